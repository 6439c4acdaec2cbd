"""Keys and tokens of clouds, code hosts and package registries, by the formats that their makers document.

Each rule stands on a prefix or another fixed part, so that nothing is guessed. Not here: services, payments
and models (service_keys.py), keys without a form of their own (assignments.py).
"""

from __future__ import annotations

import re

from engram.privacy.checksums import bech32, crc32_base62
from engram.privacy.findings import API_KEY, TOKEN
from engram.privacy.rules import EDGE, END, Rule, anything, key, rule, varied

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def _github(value: str) -> bool:
    """With the right check sum certainly; otherwise if it is no placeholder, since it may be mistyped."""
    return crc32_base62(value) or varied(value)


_AMAZON = (
    # docs.aws.amazon.com, IAM identifiers: unique ID prefixes, base 32 after them
    key(
        API_KEY,
        "aws-access-key",
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        "akia asia abia acca a3t",
    ),
    rule(
        API_KEY,
        "aws-secret-key",
        r"(?i:aws|amazon|s3|secret.?access.?key).{0,60}?(?<![A-Za-z0-9/+])(?P<it>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "aws amazon s3 secret",
    ),
    rule(
        API_KEY,
        "aws-secret-key",
        r"(?:AKIA|ASIA)[A-Z2-7]{16}[^A-Za-z0-9].{0,200}?(?<![A-Za-z0-9/+])(?P<it>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "akia asia",
        flags=re.ASCII | re.DOTALL,
    ),
    key(TOKEN, "aws-session-token", r"(?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/=]{80,2000}", "iqoj fwog fqog"),
    key(API_KEY, "aws-bedrock", r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{60,400}={0,2}", "absk bedrock-api"),
    key(API_KEY, "aws-appsync", r"da2-[a-z0-9]{26}", "da2-"),
    key(API_KEY, "aws-mws", rf"amzn\.mws\.{_UUID}", "amzn.mws"),
)

_GOOGLE = (
    key(API_KEY, "google-api-key", r"AIza[\w-]{35}", "aiza"),
    key(API_KEY, "google-oauth-secret", r"GOCSPX-[\w-]{24,32}", "gocspx-"),
    key(TOKEN, "google-access-token", r"ya29\.[\w.-]{20,2000}", "ya29."),
    key(TOKEN, "google-refresh-token", r"1//0[\w-]{30,200}", "1//0"),
    key(API_KEY, "google-gemini", r"AQ\.[\w-]{30,120}", "aq."),
    key(API_KEY, "firebase-messaging", r"AAAA[\w-]{7}:APA91b[\w-]{100,180}", "apa91b"),
)

_MICROSOFT = (
    # learn.microsoft.com, "Sensitive information type entity definitions"
    rule(API_KEY, "azure-account-key", r"(?i:AccountKey|SharedAccessKey|AccessKey|primaryKey|secondaryKey)[\"']?\s?[=:]\s?[\"']?(?P<it>[A-Za-z0-9+/]{43,87}={1,2})", "key"),
    key(API_KEY, "azure-identifiable-key", r"[A-Za-z0-9+/]{44,76}(?:\+ASt|AzSe[A-Z]|\+AMC|\+ACR|\+ARm|\+ABa|ACDb|AzFu|APIM)[A-Za-z0-9+/]{5,9}(?:={1,2})?", "+ast azse +amc +acr +arm +aba acdb azfu apim"),
    key(API_KEY, "azure-client-secret", r"[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}", "q~"),
    key(TOKEN, "azure-sas", r"(?:sig|Signature)=(?P<sig>[A-Za-z0-9%/+]{40,80}(?:=|%3[dD]){0,2})", "sig= signature="),
    key(TOKEN, "azure-devops", r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", "azdo"),
    key(API_KEY, "azure-openai", r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}", "jqqj99"),
    key(TOKEN, "azure-function", r"[\w-]{44}AzFu[\w-]{5,8}=?=?", "azfu"),
)  # fmt: skip

_CLOUDS = (
    key(TOKEN, "digitalocean", r"do[opr]_v1_[a-f0-9]{64}", "doo_v1_ dop_v1_ dor_v1_"),
    key(API_KEY, "digitalocean-spaces", r"DO(?:00|801)[A-Z0-9]{16,17}", "do00 do801"),
    key(API_KEY, "cloudflare-origin", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}", "v1.0-"),
    key(API_KEY, "cloudflare", r"cf(?:ut|at|k)_[A-Za-z0-9]{40,60}", "cfut_ cfat_ cfk_"),
    key(API_KEY, "heroku", r"HRKU-[\w-]{36,70}", "hrku-"),
    rule(API_KEY, "heroku", rf"(?i:heroku).{{0,60}}?{EDGE}(?P<it>{_UUID}){END}", "heroku"),
    key(API_KEY, "alibaba", r"LTAI[A-Za-z0-9]{12,26}", "ltai"),
    key(API_KEY, "tencent", r"AKID[A-Za-z0-9]{32}", "akid"),
    key(API_KEY, "yandex", r"(?:AQVN[\w-]{35,38}|y[0-3]_[\w-]{55,75}|t1\.[A-Z0-9a-z_-]+[=]{0,2}\.[A-Z0-9a-z_-]{86}[=]{0,2})", "aqvn y0_ y1_ y2_ y3_ t1."),
    key(TOKEN, "fly", r"(?:fo1_[\w-]{43}|fm[12][ar]?_[A-Za-z0-9+/=]{80,900})", "fo1_ fm1 fm2"),
    key(API_KEY, "render", r"rnd_[A-Za-z0-9]{28,40}", "rnd_"),
    key(TOKEN, "netlify", r"nf[pcou]_[A-Za-z0-9]{36,40}", "nfp_ nfc_ nfo_ nfu_"),
    key(TOKEN, "vercel", r"vc[pkiar]_[A-Za-z0-9]{24,60}", "vcp_ vck_ vci_ vca_ vcr_"),
    key(TOKEN, "databricks", r"d(?:api|ose|kea)[a-f0-9]{32}(?:-\d)?", "dapi dose dkea"),
    key(TOKEN, "planetscale", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}", "pscale_"),
    key(API_KEY, "supabase", r"(?:sbp_(?:oauth_)?[a-f0-9]{40}|sb_secret_[\w-]{20,60})", "sbp_ sb_secret"),
    key(TOKEN, "neon", r"napi_[a-z0-9]{60,70}", "napi_"),
    key(TOKEN, "terraform", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}", "atlasv1"),
    key(TOKEN, "vault", r"(?:hv[sbr]\.[\w-]{24,300}|s\.[A-Za-z0-9]{24})", "hvs. hvb. hvr. s."),
    key(TOKEN, "doppler", r"dp\.(?:ct|pt|st|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}", "dp."),
    key(TOKEN, "pulumi", r"pul-[a-f0-9]{40}", "pul-"),
    key(TOKEN, "tailscale", r"tskey-(?:auth-|api-|client-|scim-|webhook-)?[A-Za-z0-9]{6,40}-[A-Za-z0-9]{10,60}", "tskey-"),
    key(TOKEN, "scaleway", rf"SCW[A-Z0-9]{{17}}|(?i:scw_secret_key)[\"']?\s?[=:]\s?[\"']?{_UUID}", "scw"),
    key(TOKEN, "openshift", r"sha256~[\w-]{43}", "sha256~"),
    rule(TOKEN, "kubeadm", rf"(?i:token|kubeadm)\W{{1,9}}(?P<it>[a-z0-9]{{6}}\.[a-z0-9]{{16}}){END}", "kubeadm token"),
    key(TOKEN, "dynatrace", r"dt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0"),
    key(TOKEN, "1password", r"(?:ops_eyJ[\w=-]{100,2000}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})", "ops_ey a3-"),
    rule(API_KEY, "age", rf"{EDGE}(?P<it>AGE-SECRET-KEY-1[{'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'}]{{58}}){END}", "age-secret", lambda value: bech32(value) or varied(value)),
)  # fmt: skip

_CODE = (
    rule(TOKEN, "github", rf"{EDGE}(?P<it>gh[pousr]_[A-Za-z0-9]{{36,255}}){END}", "ghp_ gho_ ghu_ ghs_ ghr_", _github),
    key(TOKEN, "github-fine-grained", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", "github_pat_"),
    key(TOKEN, "gitlab", r"gl(?:pat|dt|oas|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[\w.-]{20,300}", "gl"),
    key(TOKEN, "gitlab-runner", r"GR1348941[\w-]{20,50}", "gr1348941"),
    key(TOKEN, "bitbucket", r"ATBB[A-Za-z0-9]{32}", "atbb"),
    key(TOKEN, "atlassian", r"AT(?:ATT|CTT|STT)3[\w=-]{60,250}", "atatt3 atctt3 atstt3"),
    rule(TOKEN, "npm", rf"{EDGE}(?P<it>npm_[A-Za-z0-9]{{36}}){END}", "npm_", _github),
    rule(TOKEN, "npm", rf"_authToken\s?=\s?(?P<it>{_UUID}|[A-Za-z0-9+/=_-]{{20,400}})", "_authtoken"),
    key(TOKEN, "pypi", r"pypi-[\w-]{50,1000}", "pypi-"),
    key(TOKEN, "rubygems", r"rubygems_[a-f0-9]{48}", "rubygems_"),
    key(TOKEN, "crates", r"cio[A-Za-z0-9]{32}", "cio"),
    key(TOKEN, "nuget", r"oy2[a-z0-9]{43}", "oy2"),
    key(TOKEN, "clojars", r"(?i:CLOJARS_)[a-z0-9]{60}", "clojars_"),
    key(TOKEN, "docker", r"dckr_(?:pat|oat)_[\w-]{20,60}", "dckr_"),
    key(TOKEN, "circleci", r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}", "ccipat cciprj"),
    key(TOKEN, "buildkite", r"bk(?:ua|at|pi)_[a-f0-9]{40}", "bkua_ bkat_ bkpi_"),
    key(TOKEN, "sonar", r"sq[uap]_[a-f0-9]{40}", "squ_ sqa_ sqp_"),
    key(TOKEN, "artifactory", r"(?:AKCp[A-Za-z0-9]{69,73}|cmVmdGtu[A-Za-z0-9]{56})", "akcp cmvmdgtu"),
    key(TOKEN, "postman", r"PMA[KT]-(?:[a-f0-9]{24}-[a-f0-9]{34}|[A-Z0-9]{26})", "pmak- pmat-"),
    key(TOKEN, "sourcegraph", r"sg[pd]_(?:(?:[a-f0-9]{16}|local)_)?[a-f0-9]{40}", "sgp_ sgd_"),
    key(TOKEN, "prefect", r"pn[ub]_[A-Za-z0-9]{36}", "pnu_ pnb_"),
    key(TOKEN, "readme", r"rdme_[a-z0-9]{70}", "rdme_"),
    key(TOKEN, "infracost", r"ico-[A-Za-z0-9]{32}", "ico-"),
    key(TOKEN, "snyk", rf"snyk_[a-z]{{2,4}}\.[a-f0-9]{{8}}\.[\w-]{{20,400}}|(?i:snyk_token)\s?=\s?{_UUID}", "snyk"),
    key(TOKEN, "wakatime", rf"waka_{_UUID}", "waka_"),
    key(TOKEN, "launchdarkly", rf"(?:api|sdk|mob|rel)-{_UUID}", "api- sdk- mob- rel-"),
    # docs.djangoproject.com, get_random_secret_key: 50 of these signs
    rule(API_KEY, "django", r"(?i:secret[ _-]?key|django)[^\n]{0,40}?(?<![a-z0-9!@#$%^&*(_+)-])(?P<it>(?:django-insecure-)?[a-z0-9!@#$%^&*(_=+)-]{50})(?![a-z0-9!@#$%^&*(_=+)-])", "secret django", anything),
    rule(API_KEY, "django", r"(?P<it>django-insecure-[a-z0-9!@#$%^&*(_=+)-]{30,80})", "django-insecure-", anything),
    key(TOKEN, "jwt", r"eyJ[\w-]{10,2000}\.eyJ[\w-]{10,8000}\.[\w-]{6,2000}", "eyj", anything),
    key(TOKEN, "jwe", r"eyJ[\w-]{10,2000}\.[\w-]{0,1000}\.[\w-]{8,200}\.[\w-]{8,8000}\.[\w-]{16,64}", "eyj", anything),
)  # fmt: skip

DEVELOPER_KEYS: tuple[Rule, ...] = (*_AMAZON, *_GOOGLE, *_MICROSOFT, *_CLOUDS, *_CODE)
