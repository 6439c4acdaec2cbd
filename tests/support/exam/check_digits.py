"""Check digits of the numbers that identify people and accounts, and numbers that just miss them.

Each function gives the digits to append. The tests check them with other implementations of the same rules.

Not here: how the numbers are written (personal_numbers.py).
"""

from __future__ import annotations


def luhn(digits: str) -> str:
    """ISO/IEC 7812-1, annex B: payment cards, and Sweden's and Canada's personal numbers."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def iban(country: str, account: str) -> str:
    """ISO 13616: the two digits after the country, from the remainder of 97 (ISO 7064)."""
    text = account + country + "00"
    number = int("".join(str(int(letter, 36)) for letter in text))
    return f"{98 - number % 97:02d}"


VERHOEFF_TABLE = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def verhoeff(digits: str) -> str:
    """Verhoeff (1969), in the dihedral group of ten elements: India's Aadhaar (UIDAI)."""
    for candidate in "0123456789":
        check = 0
        for place, digit in enumerate(reversed(digits + candidate)):
            check = dihedral(check, VERHOEFF_TABLE[place % 8][int(digit)])
        if check == 0:
            return candidate
    raise AssertionError("the group has an inverse for every element")


def dihedral(left: int, right: int) -> int:
    """The product of two symmetries of a pentagon: 0-4 turn it, 5-9 also flip it."""
    if left < 5:
        return (left + right) % 5 if right < 5 else 5 + (left + right - 5) % 5
    return 5 + (left - 5 - right) % 5 if right < 5 else (left - right) % 5


def german_tax(digits: str) -> str:
    """Steuer-Identifikationsnummer: ISO 7064, MOD 11,10 (Bundeszentralamt für Steuern)."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def french_social(digits: str) -> str:
    """Numéro de sécurité sociale: 97 less the remainder of 97 (Insee)."""
    return f"{97 - int(digits) % 97:02d}"


def spanish_letter(digits: str) -> str:
    """DNI and NIE: a letter by the remainder of 23 (Ministerio del Interior)."""
    return ("TRWAGMYFPDXB" + "NJZSQVHLCKE")[int(digits) % 23]


ITALIAN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def italian_letter(code: str) -> str:
    """Codice fiscale: letters in odd places by a table, in even places by rank (D.M. 23/12/1976)."""
    total = 0
    for place, letter in enumerate(code, start=1):
        rank = int(letter) if letter.isdigit() else ord(letter) - ord("A")
        total += ITALIAN_ODD[rank] if place % 2 else rank
    return chr(ord("A") + total % 26)


def dutch(digits: str) -> str | None:
    """BSN: the test of eleven, weights 9 to 2 and -1 for the last digit; not every start has one."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True)) % 11
    return str(total) if total < 10 else None


def polish(digits: str) -> str:
    """PESEL: weights 1, 3, 7, 9 in turn (Act on population registration)."""
    total = sum(int(digit) * (1, 3, 7, 9)[place % 4] for place, digit in enumerate(digits))
    return str(-total % 10)


def brazilian(digits: str) -> str:
    """CPF: two digits, each from the remainder of eleven (Receita Federal)."""
    text = digits
    for _ in range(2):
        weights = range(len(text) + 1, 1, -1)
        rest = sum(int(digit) * weight for digit, weight in zip(text, weights, strict=True)) * 10 % 11
        text += str(rest % 10)
    return text[len(digits) :]


def isbn13(digits: str) -> str:
    """ISO 2108: weights 1 and 3 in turn."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def belgian_account(digits: str) -> str:
    """The remainder of 97 of ten digits, 97 where it is none (National Bank of Belgium)."""
    return f"{int(digits) % 97 or 97:02d}"


def norwegian_account(digits: str) -> str:
    """Eleven digits, the last by weights and the remainder of eleven (Bits); moves on where there is none."""
    while True:
        weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
        last = -sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if last < 10:
            return digits + str(last)
        digits = f"{int(digits) + 1:010d}"


def spanish_account(bank: str, number: str) -> str:
    """Two control digits, of bank and branch and of the account (Banco de España, CCC)."""
    return "".join(spanish_control(part.rjust(10, "0")) for part in (bank, number))


def spanish_control(digits: str) -> str:
    total = sum(int(digit) * 2**place for place, digit in enumerate(digits)) % 11
    return {0: "0", 1: "1"}.get(total, str(11 - total))
