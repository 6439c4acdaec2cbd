"""Numbers of accounts with check digits that hold for every country: payment cards and IBANs.

Not here: numbers that a state gives its people (national_ids.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.privacy.checksums import iban, luhn
from engram.privacy.findings import CARD, IBAN, Finding

_CARD = re.compile(r"(?<![\w.+-])(?=(?P<it>(?:\d[ \u00a0.\-–]?){12,18}\d))")
_ISSUERS = re.compile(  # ISO/IEC 7812 ranges as the networks publish them, with their lengths
    r"(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|095|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}"
    r"|62\d{14,17}|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|(?:60|65|81|82|508)\d{13,14}|220[0-4]\d{12,15}"
    r"|9792\d{12}|1\d{14})\Z"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=(?P<it>[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}))")
_LENGTHS = {  # SWIFT's IBAN registry
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def cards(text: str) -> Iterator[Finding]:
    """Numbers of a network's range and length with the right check digit; digits after one do not hide it."""
    for match in _CARD.finditer(text):
        for length in range(19, 12, -1):
            end = _end_of(match["it"], length)
            if end and not text[match.start() + end :][:1].isalnum() and _is_card(match["it"][:end]):
                yield Finding(CARD, match.start(), match.start() + end, "luhn")
                break


def _is_card(value: str) -> bool:
    digits = re.sub(r"\D", "", value)
    return bool(_ISSUERS.match(digits)) and luhn(digits) and len(set(digits)) > 1


def ibans(text: str) -> Iterator[Finding]:
    """IBANs of a country's length with the right check digits; words after one do not hide it."""
    for match in _IBAN.finditer(text):
        length = _LENGTHS.get(match["it"][:2].upper())
        end = length and _end_of(match["it"], length)
        if end and not text[match.start() + end :][:1].isalnum() and iban(match["it"][:end]):
            yield Finding(IBAN, match.start(), match.start() + end, "mod-97")


def _end_of(text: str, characters: int) -> int | None:
    """After how many characters of the text there were so many letters and digits."""
    seen = 0
    for place, character in enumerate(text, 1):
        seen += character.isalnum()
        if seen == characters:
            return place
    return None
