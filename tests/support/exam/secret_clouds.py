"""Credentials of clouds and of the platforms that run on them.

Not here: code hosts and registries (secret_code.py), other services (secret_services.py).
"""

from __future__ import annotations

import random
from urllib.parse import quote

from tests.support.exam.families import Family
from tests.support.exam.pieces import (
    ALNUM,
    BASE32,
    BASE64,
    HEX,
    LOWER_ALNUM,
    URLSAFE,
    draw,
    encoded,
    parts,
    some,
    token,
    uuid_of,
)
from tests.support.exam.samples import Value, inside


def azure_connection(rng: random.Random) -> Value:
    # Microsoft Learn, "Configure Azure Storage connection strings": the key is 64 bytes in base64.
    account = draw(rng, LOWER_ALNUM, 12)
    before = f"DefaultEndpointsProtocol=https;AccountName={account};Account" + "Key="
    return inside(before, encoded(rng, 64), ";EndpointSuffix=core.windows.net")


def azure_sas(rng: random.Random) -> Value:
    # Microsoft Learn, "Create a service SAS": `sig` is an HMAC-SHA256 in base64, URL-escaped.
    account = draw(rng, LOWER_ALNUM, 10)
    before = (
        f"https://{account}.blob.core.windows.net/backups/day{rng.randint(1, 300)}.tar"
        f"?sv=2023-11-03&sr=b&sp=r&se=2027-0{rng.randint(1, 9)}-01T00%3A00%3A00Z&si" + "g="
    )
    return inside(before, quote(encoded(rng, 32), safe=""))


def presigned_s3(rng: random.Random) -> Value:
    # AWS, "Authenticating Requests: Using Query Parameters (Signature Version 4)".
    owner = "AK" + "IA" + draw(rng, BASE32, 16)
    before = (
        f"https://bucket{rng.randint(10, 99)}.s3.eu-west-1.amazonaws.com/report.csv"
        f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={owner}%2F20261103%2Feu-west-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20261103T081422Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature="
    )
    return inside(before, draw(rng, HEX, 64))


def signed_gcs(rng: random.Random) -> Value:
    # Google Cloud, "Signed URLs": V4 signing with an RSA key of 2,048 bits gives 512 hexadecimal digits.
    before = (
        f"https://storage.googleapis.com/bucket-{rng.randint(10, 99)}/photo.zip"
        "?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Date=20261103T081422Z&X-Goog-Expires=900&X-Goog-SignedHeaders=host&X-Goog-Signature="
    )
    return inside(before, draw(rng, HEX, 512))


CLOUDS = (
    # AWS IAM User Guide, "IAM identifiers": AKIA for long-term and ASIA for temporary keys, base 32.
    Family("aws-access-key-id", "AWS access key", "AWS_ACCESS_KEY_ID", token(("AK", "IA"), BASE32, 16)),
    Family("aws-temporary-key-id", "AWS temporary key", "AWS_ACCESS_KEY_ID", token(("AS", "IA"), BASE32, 16)),
    # Same guide: the secret key has 40 characters of base64 and no mark of its own.
    Family(
        "aws-secret-key", "AWS secret access key", "AWS_SECRET_ACCESS_KEY", token((), BASE64, 40), bare=False
    ),
    Family(
        "aws-session-token",
        "AWS session token",
        "AWS_SESSION_TOKEN",
        token(("IQoJ", "b3JpZ2lu", "X2Vj"), BASE64, 300, 500, "=="),
        bare=False,
    ),
    Family("aws-presigned-url", "presigned download link", "DOWNLOAD_URL", presigned_s3),
    # Google Cloud, "Use API keys": 39 characters beginning with these four.
    Family("google-api-key", "Google API key", "GOOGLE_API_KEY", token(("AI", "za", "Sy"), URLSAFE, 33)),
    Family(
        "google-oauth-secret",
        "Google client secret",
        "GOOGLE_CLIENT_SECRET",
        token(("GOC", "SPX-"), URLSAFE, 28),
    ),
    Family(
        "google-oauth-token",
        "Google access token",
        "GOOGLE_ACCESS_TOKEN",
        token(("ya", "29.", "a0"), URLSAFE, 120, 200),
    ),
    Family("google-signed-url", "signed storage link", "SIGNED_URL", signed_gcs),
    Family(
        "azure-storage-key", "storage connection string", "AZURE_STORAGE_CONNECTION_STRING", azure_connection
    ),
    Family("azure-sas", "SAS link", "BLOB_URL", azure_sas),
    # Microsoft Entra: secrets made since 2021 hold "Q~" after four characters.
    Family(
        "azure-client-secret",
        "Azure client secret",
        "AZURE_CLIENT_SECRET",
        parts(some(ALNUM, 3), some("78", 1), "Q~", some(URLSAFE + ".~", 31), some(ALNUM, 3)),
    ),
    # DigitalOcean API reference, "Authentication".
    Family(
        "digitalocean-token", "DigitalOcean token", "DIGITALOCEAN_TOKEN", token(("do", "p_v", "1_"), HEX, 64)
    ),
    # Heroku Dev Center, changelog of 2024: API keys begin with HRKU-.
    Family("heroku-key", "Heroku API key", "HEROKU_API_KEY", token(("HR", "KU-", "AA"), URLSAFE, 58)),
    Family("heroku-key-old", "Heroku API key", "HEROKU_API_KEY", parts(uuid_of), bare=False),
    # Cloudflare API documentation: 40 characters, no mark.
    Family(
        "cloudflare-token", "Cloudflare API token", "CLOUDFLARE_API_TOKEN", token((), URLSAFE, 40), bare=False
    ),
    # Alibaba Cloud, "Create an AccessKey pair".
    Family(
        "alibaba-key-id",
        "Aliyun access key",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        token(("LT", "AI", "5t"), ALNUM, 18),
    ),
    # Databricks, "Personal access tokens".
    Family("databricks-token", "Databricks token", "DATABRICKS_TOKEN", token(("da", "pi"), HEX, 32)),
    # HashiCorp Vault 1.10 release notes: service tokens begin with hvs.
    Family("vault-token", "Vault token", "VAULT_TOKEN", token(("hv", "s."), URLSAFE, 91, 100)),
    Family(
        "terraform-token",
        "Terraform Cloud token",
        "TFE_TOKEN",
        parts(some(ALNUM, 14), ".atlas", "v1.", some(URLSAFE, 67)),
    ),
    Family("doppler-token", "Doppler token", "DOPPLER_TOKEN", token(("dp", ".pt", "."), ALNUM, 43)),
    Family("pulumi-token", "Pulumi token", "PULUMI_ACCESS_TOKEN", token(("pu", "l-"), HEX, 40)),
    Family(
        "planetscale-password",
        "PlanetScale password",
        "PSCALE_PASSWORD",
        token(("pscale", "_pw_"), URLSAFE, 43),
    ),
    Family("supabase-token", "Supabase access token", "SUPABASE_ACCESS_TOKEN", token(("sb", "p_"), HEX, 40)),
    Family("netlify-token", "Netlify token", "NETLIFY_AUTH_TOKEN", token(("nf", "p_"), ALNUM, 36)),
)
