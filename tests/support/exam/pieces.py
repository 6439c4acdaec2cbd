"""Alphabets and small makers that the secret families are put together from.

Every vendor's prefix is handed in as pieces and joined at run time, and every body is drawn from a seeded
generator: so no file of this folder holds a text that looks like a credential, and scanners stay silent.

Not here: which families there are (secret_*.py).
"""

from __future__ import annotations

import base64
import random
import string
import zlib
from collections.abc import Callable

from tests.support.exam.samples import Maker, Value, inside, whole

LOWER = string.ascii_lowercase
UPPER = string.ascii_uppercase
DIGITS = string.digits
LETTERS = UPPER + LOWER
ALNUM = DIGITS + UPPER + LOWER  # also the order of digits of the base 62 below
LOWER_ALNUM = LOWER + DIGITS
UPPER_ALNUM = UPPER + DIGITS
HEX = DIGITS + "abcdef"
BASE32 = UPPER + "234567"  # RFC 4648, section 6
URLSAFE = ALNUM + "-_"  # RFC 4648, section 5
BASE64 = ALNUM + "+/"
BASE58 = "".join(letter for letter in ALNUM if letter not in "0OIl")


def draw(rng: random.Random, alphabet: str, length: int) -> str:
    """`length` characters of the alphabet; never all of one class by bad luck, since bodies are long."""
    return "".join(rng.choice(alphabet) for _ in range(length))


def encoded(rng: random.Random, count: int, url: bool = False, pad: bool = True) -> str:
    """`count` random bytes in base64, by the standard or the URL alphabet, with or without padding."""
    raw = rng.randbytes(count)
    text = (base64.urlsafe_b64encode(raw) if url else base64.b64encode(raw)).decode()
    return text if pad else text.rstrip("=")


def uuid_of(rng: random.Random) -> str:
    """A random UUID of version 4 (RFC 9562)."""
    digits = list(draw(rng, HEX, 32))
    digits[12], digits[16] = "4", rng.choice("89ab")
    text = "".join(digits)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def base62(number: int, width: int) -> str:
    """A number in base 62 (digits, capitals, small letters), filled up with zeros."""
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = ALNUM[rest] + text
    return text.rjust(width, "0")


def checked(*prefix: str) -> Maker:
    """30 random characters and the CRC-32 of them in base 62: the tokens of GitHub and npm.

    Source: GitHub Engineering, "Behind GitHub's new authentication token formats" (2021). It does not say in
    which order the 62 digits stand; the one used here is the common reading.
    """

    def make(rng: random.Random) -> Value:
        body = draw(rng, ALNUM, 30)
        return whole("".join(prefix) + body + base62(zlib.crc32(body.encode()), 6))

    return make


def token(prefix: tuple[str, ...], alphabet: str, length: int, longest: int = 0, suffix: str = "") -> Maker:
    """A fixed prefix (in pieces) and a random body of `length` to `longest` characters."""

    def make(rng: random.Random) -> Value:
        count = rng.randint(length, max(length, longest))
        return whole("".join(prefix) + draw(rng, alphabet, count) + suffix)

    return make


def parts(*makers: str | Callable[[random.Random], str]) -> Maker:
    """Fixed texts and drawn ones, one after the other; all of it is sensitive."""

    def make(rng: random.Random) -> Value:
        return whole("".join(part if isinstance(part, str) else part(rng) for part in makers))

    return make


def some(alphabet: str, length: int, longest: int = 0) -> Callable[[random.Random], str]:
    """A piece for `parts`: that many characters of the alphabet."""
    return lambda rng: draw(rng, alphabet, rng.randint(length, max(length, longest)))


def within(
    before: Callable[[random.Random], str], secret: Callable[[random.Random], str], after: str = ""
) -> Maker:
    """A value of which only the middle is sensitive, both parts drawn."""
    return lambda rng: inside(before(rng), secret(rng), after)
