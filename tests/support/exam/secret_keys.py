"""Private keys, signed tokens and seeds: long values with a frame of their own.

The bodies are random bytes in the right armour, not keys that would open anything.

Not here: passwords (secret_plain.py) and addresses that hold them (secret_places.py).
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import textwrap

from tests.support.exam.families import Family
from tests.support.exam.pieces import BASE32, BASE58, HEX, draw, encoded, parts, some, uuid_of, within
from tests.support.exam.samples import Maker, Value, whole

BECH32 = "qpzry9x8gf2tvdw0" + "s3jn54khce6mua7l"  # BIP 173
DASHES = "-" * 5


def armoured(kind: str, sizes: tuple[int, ...], head: str = "", width: int = 64) -> Maker:
    """A block between BEGIN and END lines (RFC 7468; with headers as in RFC 1421 and RFC 9580)."""

    def make(rng: random.Random) -> Value:
        body = "\n".join(textwrap.wrap(encoded(rng, rng.choice(sizes)), width))
        return whole(f"{DASHES}BEGIN {kind}{DASHES}\n{head}{body}\n{DASHES}END {kind}{DASHES}")

    return make


def part_of_token(content: object) -> str:
    """One part of a JWT: compact JSON in base64 with the URL alphabet, without padding (RFC 7519)."""
    raw = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed_token(algorithm: str, size: int) -> Maker:
    """A JSON web token with a signature of `size` bytes."""

    def make(rng: random.Random) -> Value:
        head = {"alg": algorithm, "typ": "JWT", "kid": draw(rng, HEX, 8)}
        claims = {"sub": uuid_of(rng), "iat": rng.randint(1_700_000_000, 1_790_000_000), "role": "editor"}
        texts = [part_of_token(head), part_of_token(claims), encoded(rng, size, url=True, pad=False)]
        return whole(".".join(texts))

    return make


def putty(rng: random.Random) -> Value:
    """A key file of PuTTY, version 3 (PuTTY manual, appendix C)."""
    public = "\n".join(textwrap.wrap(encoded(rng, 84), 64))
    private = "\n".join(textwrap.wrap(encoded(rng, 36), 64))
    kind = "PuTTY-User-" + "Key-File-3: ssh-ed25519"
    head = f"{kind}\nEncryption: none\nComment: laptop\nPublic-Lines: 2\n{public}\n"
    secret = f"Private-Lines: 1\n{private}"
    text = f"{head}{secret}\nPrivate-MAC: {draw(rng, HEX, 64)}"
    return Value(text, len(head) + len("Private-Lines: 1\n"), len(head) + len(secret))


def base58_checked(raw: bytes) -> str:
    """Base58Check: four bytes of a double SHA-256 at the end (Bitcoin wiki, "Base58Check encoding")."""
    data = raw + hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return text


def wallet_key(rng: random.Random) -> Value:
    """A private key in wallet import format, compressed: 0x80, 32 bytes, 0x01."""
    return whole(base58_checked(b"\x80" + rng.randbytes(32) + b"\x01"))


def otp_address(rng: random.Random) -> Value:
    """The address behind a QR code of an authenticator (Key Uri Format of Google Authenticator)."""
    before = f"otpauth://totp/Example%20Shop:box{rng.randint(10, 99)}?sec" + "ret="
    seed = draw(rng, BASE32, 32)
    return Value(f"{before}{seed}&issuer=Example%20Shop&digits=6", len(before), len(before) + len(seed))


def ending(kind: str) -> str:
    return f"{kind} KEY"  # never "PRIVATE KEY" in one piece after BEGIN in this file


RSA_SIZES = (1190, 1192)  # bytes of a 2,048-bit key in PKCS #1


def openssh(rng: random.Random) -> Value:
    """A key as `ssh-keygen` writes it: "openssh-key-v1", a zero byte, and the rest (PROTOCOL.key)."""
    raw = b"openssh-" + b"key-v1\0" + b"\0\0\0\4none" * 2 + rng.randbytes(250)
    body = "\n".join(textwrap.wrap(base64.b64encode(raw).decode(), 70))
    kind = ending("OPENSSH PRIVATE")
    return whole(f"{DASHES}BEGIN {kind}{DASHES}\n{body}\n{DASHES}END {kind}{DASHES}")


KEYS = (
    Family("pem-rsa", "private key", "TLS_PRIVATE_KEY", armoured(ending("RSA PRIVATE"), RSA_SIZES)),
    Family("pem-ec", "EC key", "SIGNING_KEY", armoured(ending("EC PRIVATE"), (121,))),
    Family("pem-pkcs8", "private key", "PRIVATE_KEY", armoured(ending("PRIVATE"), (1217, 138))),
    Family("pem-encrypted", "encrypted key", "CLIENT_KEY", armoured(ending("ENCRYPTED PRIVATE"), (1329,))),
    Family("pem-dsa", "old DSA key", "DSA_KEY", armoured(ending("DSA PRIVATE"), (444,))),
    Family(
        "pem-with-headers",
        "server key",
        "SERVER_KEY",
        armoured(ending("RSA PRIVATE"), RSA_SIZES, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"),
    ),
    Family("ssh-private-key", "ssh key", "SSH_PRIVATE_KEY", openssh),
    Family(
        "pgp-private-key",
        "PGP key",
        "GPG_KEY",
        armoured("PGP " + ending("PRIVATE") + " BLOCK", (900, 1500), "\n"),
    ),
    Family("putty-key", "PuTTY key file", "PPK", putty),
    # age, "The age file encryption format": Bech32 in capitals.
    Family("age-key", "age identity", "AGE_KEY", parts("AGE-SEC", "RET-KEY-", "1", some(BECH32.upper(), 58))),
    # wg(8): 32 bytes in base64, named PrivateKey.
    Family(
        "wireguard-key",
        "WireGuard private key",
        "PrivateKey",
        parts(lambda rng: encoded(rng, 32)),
        bare=False,
    ),
    Family("jwt-hs256", "session token", "ACCESS_TOKEN", signed_token("HS256", 32)),
    Family("jwt-rs256", "id token", "ID_TOKEN", signed_token("RS256", 256)),
    Family("otp-address", "authenticator link", "OTP_URI", otp_address),
    Family("otp-seed", "TOTP secret", "TOTP_SECRET", parts(some(BASE32, 32)), bare=False),
    Family("wallet-key", "wallet private key", "WALLET_PRIVATE_KEY", wallet_key),
    Family(
        "ethereum-key",
        "wallet private key",
        "ETH_PRIVATE_KEY",
        parts("0x", some(HEX, 64)),
        bare=False,
    ),
    Family(
        "kubernetes-client-key",
        "kubeconfig line",
        "CLIENT_KEY_DATA",
        within(lambda rng: "client-key-" + "data: ", lambda rng: encoded(rng, 240)),
    ),
)
