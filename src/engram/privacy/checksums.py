"""Check digits and check sums, each from the public definition that its docstring names.

Pure functions of a text; none raises for what is malformed, it answers False. Not here: where such numbers
stand in a text (numbers.py, national_ids.py, vendor_keys.py).
"""

from __future__ import annotations

import hashlib
import string
import zlib
from collections.abc import Sequence

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

# The dihedral group D5 and the permutation of Verhoeff (1969), "Error Detecting Decimal Codes".
_D5 = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTATION = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def digits_of(text: str) -> list[int]:
    """The ASCII digits in it."""
    return [int(character) for character in text if character in string.digits]


def weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    """Sum of digit times weight, as far as there are weights."""
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B: the sum with every second digit from the right doubled is a multiple of 10."""
    digits = digits_of(text)[::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return len(digits) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: the first four characters go to the end, letters count from 10, the rest by 97 is 1."""
    plain = "".join(text.split()).replace("-", "").upper()
    if not (plain.isascii() and plain.isalnum()):
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def verhoeff(text: str) -> bool:
    """Verhoeff (1969), as India's Aadhaar numbers use it."""
    check = 0
    for place, digit in enumerate(reversed(digits_of(text))):
        check = int(_D5[check][int(_PERMUTATION[place % 8][digit])])
    return check == 0


def mod_11_10(text: str) -> bool:
    """ISO 7064, MOD 11,10: Germany's tax number, Croatia's OIB."""
    product = 10
    digits = digits_of(text)
    for digit in digits[:-1]:
        total = (digit + product) % 10 or 10
        product = 2 * total % 11
    return bool(digits) and (11 - product) % 10 == digits[-1]


def mod_11_2(text: str) -> bool:
    """ISO 7064, MOD 11-2, with X for ten: China's resident numbers (GB 11643)."""
    values = [10 if character in "xX" else int(character) for character in text]
    return sum(value * (1 << place) for place, value in enumerate(reversed(values))) % 11 == 1


def crc32_base62(text: str, length: int = 6) -> bool:
    """GitHub's and npm's tokens end in six base 62 digits of the CRC-32 of what stands after the prefix
    (github.blog, "Behind GitHub's new authentication token formats", 2021)."""
    body = text[text.index("_") + 1 :] if "_" in text else text
    number, written = zlib.crc32(body[:-length].encode()), ""
    while number:
        number, digit = divmod(number, 62)
        written = BASE62[digit] + written
    return written.rjust(length, "0") == body[-length:]


def base58check(text: str) -> bool:
    """Bitcoin's Base58Check: the last four bytes begin the double sha256 of the rest (BIP 13, BIP 32)."""
    number = 0
    for character in text:
        if (place := BASE58.find(character)) < 0:
            return False
        number = number * 58 + place
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    raw = b"\0" * (len(text) - len(text.lstrip("1"))) + raw
    return len(raw) > 4 and hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def bech32(text: str) -> bool:
    """BIP 173's check sum, which age's and Nostr's keys have as well."""
    text = text.lower()
    prefix, _, body = text.rpartition("1")
    if any(character not in BECH32 for character in body):
        return False
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = 1
    for value in values + [BECH32.index(character) for character in body]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= factor if top >> bit & 1 else 0
    return check == 1
