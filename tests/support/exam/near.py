"""Near misses: lines that look like a secret or like personal data and are neither.

Every one has to pass untouched. Numbers that imitate a card, an account or an identity number fail the check
digit on purpose; digests, commits and identifiers are public things.

Not here: ordinary clean text (clean.py).
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

from tests.support.exam import near_numbers as numbers
from tests.support.exam.near_numbers import PACKAGES
from tests.support.exam.pieces import HEX, LOWER, URLSAFE, draw, encoded, uuid_of
from tests.support.exam.samples import Clean, draws

TITLE = ("how", "to", "build", "a", "small", "boat", "garden", "winter", "notes")


def document_id(rng: random.Random) -> str:
    line = rng.choice(
        ("document {u} was updated", "GET /api/items/{u} 200", "id: {u}", '{{"request_id": "{u}"}}')
    )
    return line.format(u=uuid_of(rng))


def commit(rng: random.Random) -> str:
    long, short = draw(rng, HEX, 40), draw(rng, HEX, 7) + "a"
    line = rng.choice(
        ("commit {long}", "reverted in {short}", "git cherry-pick {long}", "HEAD is now at {short} fix typo")
    )
    return line.format(long=long, short=short)


def lock_file(rng: random.Random) -> str:
    package = rng.choice(PACKAGES)
    digest = draw(rng, HEX, 64)
    integrity = base64.b64encode(rng.randbytes(64)).decode()
    return rng.choice(
        (
            f"    --hash=sha256:{digest}",
            f'      "integrity": "sha512-{integrity}",',
            f'checksum = "{digest}"',
            f"{package} v1.{rng.randint(0, 40)}.0 h1:{encoded(rng, 32)}",
            f"{digest}  {package}-{rng.randint(1, 9)}.tar.gz",
        )
    )


def container(rng: random.Random) -> str:
    return f"FROM registry.example.com/{rng.choice(PACKAGES)}@sha256:{draw(rng, HEX, 64)}"


def colours(rng: random.Random) -> str:
    six, eight, three = (draw(rng, HEX, size) for size in (6, 8, 3))
    return f"  --accent: #{six}; background: #{eight}; border: 1px solid #{three};"


def hex_dump(rng: random.Random) -> str:
    groups = " ".join(draw(rng, HEX, 4) for _ in range(8))
    return f"{rng.randrange(0, 4096, 16):08x}: {groups}  ................"


def picture(rng: random.Random) -> str:
    """The first bytes of a PNG file (RFC 2083) in an address of data."""
    raw = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + rng.randbytes(60)
    return f'<img src="data:image/png;base64,{base64.b64encode(raw).decode()}" alt="logo">'


def placeholder(rng: random.Random) -> str:
    """What documentation writes where a secret would stand."""
    word = "pass" + "word"
    return rng.choice(
        (
            f"set {word.upper()}=<your {word} here>",
            "export API_KEY=${API_KEY}",
            'api_key = os.environ["API_KEY"]',
            f"{word}: ********",
            'token = "YOUR_TOKEN_HERE"',
            f"postgresql://user:{{{word}}}@host:5432/db",
            "Authorization: Bearer <token>",
            f"def check_{word}({word}: str) -> bool:",
            "aws_secret_access_key = {{ vault_aws_key }}",
            "client_secret: xxxxxxxxxxxxxxxx",
        )
    ) + rng.choice(("", "  # example", f"  # line {rng.randint(2, 900)}", " "))


def talk_of_secrets(rng: random.Random) -> str:
    """Sentences about passwords and keys that hold none."""
    word = "pass" + "word"
    return rng.choice(
        (
            f"how often should I change my {word}? it has {rng.randint(6, 20)} letters",
            f"the {word} field is empty on page {rng.randint(2, 90)}",
            f"what makes a good {word} in {rng.randint(2020, 2027)}?",
            f"rotate the API key every {rng.randint(30, 120)} days",
            f"the token expired after {rng.randint(5, 90)} minutes",
            f"my secret is that I ate {rng.randint(2, 9)} cookies",
            f"a JWT has three parts; the second held {rng.randint(3, 30)} claims",
            f"public key cryptography was explained in chapter {rng.randint(2, 40)}",
        )
    )


def public_key(rng: random.Random) -> str:
    """A public key is meant to be shown."""
    head = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + rng.randbytes(32)).decode()
    return f"ssh-ed25519 {head} laptop-{rng.randint(1, 99)}"


def slug(rng: random.Random) -> str:
    words = [
        rng.choice(("how", "to", "build", "a", "small", "boat", "garden", "winter", "notes"))
        for _ in range(7)
    ]
    place = f"https://blog.example.com/{rng.randint(2015, 2026)}"
    return f"{place}/{'-'.join(words)}?ref=feed&page={rng.randint(1, 9)}"


def video(rng: random.Random) -> str:
    return f"watch https://video.example.com/watch?v={draw(rng, URLSAFE, 11)}&t={rng.randint(10, 900)}s"


def handle(rng: random.Random) -> str:
    """At signs that are no mail addresses."""
    word = draw(rng, LOWER, 6)
    return rng.choice(
        (
            f"@{word} can you review?",
            f"npm i @{word}/core@{rng.randint(1, 9)}.2.0",
            f"git@{word}:team/site",
            "@dataclass(frozen=True)  # " + word,
        )
    )


NEAR: dict[str, Callable[[random.Random], str]] = {
    make.__name__: make
    for make in (
        numbers.order_number, numbers.failed_card, numbers.failed_iban, numbers.version,
        numbers.section_number, numbers.iso_date, numbers.isbn, numbers.measures, numbers.local_address,
        numbers.invoice, numbers.epoch,
        document_id, commit, lock_file, container, colours, hex_dump, picture, placeholder, talk_of_secrets,
        public_key, slug, video, handle,
    )
}  # fmt: skip


def near_misses(count: int = 1000, seed: int = 0) -> list[Clean]:
    """`count` lines, the kinds in turn; no line twice."""
    made: dict[str, Clean] = {}
    kinds = list(NEAR)
    number = 0
    while len(made) < count:
        kind = kinds[number % len(kinds)]
        text = NEAR[kind](draws(seed, kind, number))
        made.setdefault(text, Clean(kind, text))
        number += 1
    return list(made.values())
