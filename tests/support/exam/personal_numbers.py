"""Payment cards, bank accounts and identity numbers: valid by their rules, belonging to nobody on purpose.

Not here: the check digits (check_digits.py) and the sentences around (personal.py).
"""

from __future__ import annotations

import random

from tests.support.exam import check_digits as check
from tests.support.exam.personal_contact import Text
from tests.support.exam.pieces import DIGITS, UPPER, draw

# Issuer ranges as the networks publish them: (first digits, whole length).
ISSUERS = {
    "visa": (("4",), 16),
    "mastercard": (("51", "53", "55", "2221", "2720"), 16),
    "amex": (("34", "37"), 15),
    "discover": (("6011", "65"), 16),
    "diners": (("300", "36", "38"), 14),
    "jcb": (("3528", "3589"), 16),
    "maestro": (("5018", "6304", "6759"), 16),
    "unionpay": (("622126", "6250"), 16),
}


def card(issuer: str) -> Text:
    """A number of that issuer, its check digit right, spaced as printed, with dashes, or in one piece."""

    def make(rng: random.Random) -> str:
        starts, length = ISSUERS[issuer]
        start = rng.choice(starts)
        digits = start + draw(rng, DIGITS, length - len(start) - 1)
        digits += check.luhn(digits)
        gap = rng.choice(("", " ", " ", "-"))
        sizes = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}[length]
        return gap.join(split(digits, sizes))

    return make


def split(text: str, sizes: tuple[int, ...]) -> list[str]:
    """Cut into pieces of those sizes; what is left over makes the last."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    return [piece for piece in (*pieces, text[at:]) if piece]


# SWIFT, IBAN Registry: structure of the national part; n digits, a capitals, c either.
IBANS = {
    "DE": "18n", "FR": "10n11c2n", "ES": "20n", "IT": "1a10n12c", "NL": "4a10n", "GB": "4a14n", "AT": "16n",
    "BE": "12n", "CH": "5n12c", "PL": "24n", "SE": "20n", "NO": "11n", "DK": "14n", "FI": "14n", "PT": "21n",
    "IE": "4a14n", "CZ": "20n", "SK": "20n", "HU": "24n", "RO": "4a16c", "GR": "7n16c", "LU": "3n13c",
    "HR": "17n", "BG": "4a6n8c", "TR": "6n16c", "EE": "16n", "LT": "16n",
}  # fmt: skip


def iban(country: str) -> Text:
    """A valid IBAN of the country, in groups of four or in one piece."""

    def make(rng: random.Random) -> str:
        account, size = "", ""
        for sign in IBANS[country]:
            if sign.isdigit():
                size += sign
                continue
            account += draw(rng, {"n": DIGITS, "a": UPPER, "c": DIGITS + UPPER}[sign], int(size))
            size = ""
        account = with_national_digits(country, account)
        text = country + check.iban(country, account) + account
        return " ".join(split(text, (4,) * 9)) if rng.random() < 0.6 else text

    return make


def with_national_digits(country: str, account: str) -> str:
    """Three countries check the national part as well; the last (in Spain the middle) digits are theirs."""
    if country == "BE":
        return account[:10] + check.belgian_account(account[:10])
    if country == "NO":
        return check.norwegian_account(account[:10])
    if country == "ES":
        return account[:8] + check.spanish_account(account[:8], account[10:]) + account[10:]
    return account


def birthday(rng: random.Random) -> tuple[int, int, int]:
    """Year, month and day of somebody between 20 and 80."""
    return rng.randint(1946, 2005), rng.randint(1, 12), rng.randint(1, 28)


def us_ssn(rng: random.Random) -> str:
    """Area not 000, 666 or 9xx, no group of zeros (Social Security Administration)."""
    area = rng.choice([number for number in range(1, 900) if number != 666])
    return f"{area:03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def uk_nino(rng: random.Random) -> str:
    """Two letters, six digits, A to D (HMRC, National Insurance Manual, NIM39110)."""
    first, second = rng.choice("ABCEHJKLMPRSTWXY"), rng.choice("ABCEHJKLMPRSTWXYZ")
    if first + second in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
        first = "A"
    text = first + second + draw(rng, DIGITS, 6) + rng.choice("ABCD")
    return " ".join(split(text, (2, 2, 2, 2, 1))) if rng.random() < 0.5 else text


def de_tax_id(rng: random.Random) -> str:
    """Ten digits of which exactly one comes twice, and a check digit; sometimes in groups of 2, 3, 3, 3."""
    kept = rng.sample(DIGITS, 9)
    while kept[0] == "0":
        rng.shuffle(kept)
    kept.insert(rng.randint(2, 8), kept[0])
    text = "".join(kept)
    text += check.german_tax(text)
    return " ".join(split(text, (2, 3, 3, 3))) if rng.random() < 0.5 else text


def fr_nir(rng: random.Random) -> str:
    """Sex, year, month, department, commune, rank and key."""
    year, month, _ = birthday(rng)
    text = f"{rng.choice('12')}{year % 100:02d}{month:02d}{rng.randint(1, 95):02d}"
    text = text.replace(text[5:7], "75") if text[5:7] == "20" else text  # Corsica is written 2A and 2B
    text += f"{rng.randint(1, 900):03d}{rng.randint(1, 999):03d}"
    pieces = split(text, (1, 2, 2, 2, 3, 3))
    return (" " if rng.random() < 0.6 else "").join((*pieces, check.french_social(text)))


def es_dni(rng: random.Random) -> str:
    digits = draw(rng, DIGITS, 8)
    return digits + rng.choice(("", "-")) + check.spanish_letter(digits)


def es_nie(rng: random.Random) -> str:
    first, digits = rng.choice("XYZ"), draw(rng, DIGITS, 7)
    gap = rng.choice(("", "-"))
    return first + gap + digits + gap + check.spanish_letter(str("XYZ".index(first)) + digits)


def it_codice(rng: random.Random) -> str:
    """Six letters of the name, year, month letter, day (women plus 40), place and check letter."""
    letters = draw(rng, "BCDFGLMNPRSTVZ", 6)
    year, month, day = birthday(rng)
    place = rng.choice("ABCDEFGHIL") + f"{rng.randint(1, 999):03d}"
    text = f"{letters}{year % 100:02d}{'ABCDEHLMPRST'[month - 1]}{day + rng.choice((0, 40)):02d}{place}"
    return text + check.italian_letter(text)


def nl_bsn(rng: random.Random) -> str:
    while True:
        digits = rng.choice("123456789") + draw(rng, DIGITS, 7)
        last = check.dutch(digits)
        if last is not None:
            return digits + last


def pl_pesel(rng: random.Random) -> str:
    """Date of birth with the century in the month, four digits, check digit."""
    year, month, day = birthday(rng)
    text = f"{year % 100:02d}{month + (20 if year >= 2000 else 0):02d}{day:02d}{draw(rng, DIGITS, 4)}"
    return text + check.polish(text)


def se_personnummer(rng: random.Random) -> str:
    """Two or four digits of the year, a dash, three digits, Luhn over ten digits (Skatteverket)."""
    year, month, day = birthday(rng)
    text = f"{year % 100:02d}{month:02d}{day:02d}{draw(rng, DIGITS, 3)}"
    century = str(year // 100) if rng.random() < 0.5 else ""
    return f"{century}{text[:6]}-{text[6:]}{check.luhn(text)}"


def br_cpf(rng: random.Random) -> str:
    digits = draw(rng, DIGITS, 9)
    text = digits + check.brazilian(digits)
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}" if rng.random() < 0.7 else text


def in_aadhaar(rng: random.Random) -> str:
    """Twelve digits, the first from 2 to 9 (UIDAI), in groups of four."""
    digits = draw(rng, "23456789", 1) + draw(rng, DIGITS, 10)
    text = digits + check.verhoeff(digits)
    return " ".join(split(text, (4, 4, 4))) if rng.random() < 0.7 else text


def ca_sin(rng: random.Random) -> str:
    """Nine digits by Luhn, the first not 0 or 8 (Service Canada)."""
    digits = draw(rng, "12345679", 1) + draw(rng, DIGITS, 7)
    return rng.choice((" ", "-")).join(split(digits + check.luhn(digits), (3, 3, 3)))


CARDS: dict[str, Text] = {f"card-{issuer}": card(issuer) for issuer in ISSUERS}
ACCOUNTS: dict[str, Text] = {f"iban-{country.lower()}": iban(country) for country in IBANS}
IDENTITIES: dict[str, Text] = {
    "id-us": us_ssn, "id-uk": uk_nino, "id-de": de_tax_id, "id-fr": fr_nir, "id-es": es_dni,
        "id-es-nie": es_nie,
    "id-it": it_codice, "id-nl": nl_bsn, "id-pl": pl_pesel, "id-se": se_personnummer, "id-br": br_cpf,
    "id-in": in_aadhaar, "id-ca": ca_sin,
}  # fmt: skip
