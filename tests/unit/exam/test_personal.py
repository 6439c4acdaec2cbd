"""The exam on personal data: check digits right by other implementations, near misses wrong by them."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter

import pytest
from tests.support.exam.near import NEAR, near_misses
from tests.support.exam.personal import FAMILIES, STRUCTURED, WRAPPERS, samples, type_of
from tests.support.exam.personal_numbers import IBANS

TYPES = {"email", "phone", "card", "iban", "ip", "mac", "id", "address", "birth-date"}


def luhn(digits: str) -> bool:
    """Sum by a table of doubled digits."""
    table = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    values = [int(digit) for digit in digits]
    return (sum(values[-1::-2]) + sum(table[digit] for digit in values[-2::-2])) % 10 == 0


def mod_97(text: str) -> int:
    """The remainder, letter by letter, without a long number."""
    rest = 0
    for sign in text[4:] + text[:4]:
        value = ord(sign) - 55 if sign.isalpha() else int(sign)
        rest = (rest * (100 if value > 9 else 10) + value) % 97
    return rest


def verhoeff(digits: str) -> bool:
    """By matrices of the dihedral group made from rotation and reflection, permutation repeated."""
    step = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = step[value]
        turn, flip = check % 5, check // 5
        by, other = value % 5, value // 5
        check = (turn + (by if not flip else -by)) % 5 + 5 * (flip ^ other)
    return check == 0


def only(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def digits_of(family: str, count: int = 200) -> list[str]:
    return [only(sample.value) for sample in samples(family, count, seed=3)]


def test_every_type_family_and_surrounding() -> None:
    made = samples(count=len(STRUCTURED) * len(WRAPPERS))
    assert {sample.type for sample in made} == TYPES
    assert {(sample.family, sample.wrapper) for sample in made} == {
        (f, w) for f in STRUCTURED for w in WRAPPERS
    }
    counts = Counter(type_of(family) for family in FAMILIES)
    assert counts["iban"] >= 20 and counts["phone"] >= 12 and counts["id"] >= 12 and counts["name"] >= 8
    assert counts["card"] >= 6 and counts["address"] >= 7


def test_values_are_planted_once_and_the_seed_says_everything() -> None:
    made = samples(count=1500, seed=4, names=True)
    for sample in made:
        assert sample.value == sample.value.strip() and sample.value
        assert sample.text.count(sample.value) == 1, sample
    assert made[:500] == samples(count=500, seed=4, names=True)
    assert len({sample.text for sample in made}) > 0.97 * len(made)


@pytest.mark.parametrize("family", [name for name in FAMILIES if name.startswith("card-")])
def test_cards(family: str) -> None:
    for number in digits_of(family):
        assert luhn(number) and 13 <= len(number) <= 19


@pytest.mark.parametrize("country", sorted(IBANS))
def test_accounts(country: str) -> None:
    lengths = {
        "DE": 22,
        "FR": 27,
        "GB": 22,
        "NL": 18,
        "NO": 15,
        "BE": 16,
        "PL": 28,
        "IT": 27,
        "ES": 24,
        "CH": 21,
    }
    for number in digits_of(f"iban-{country.lower()}", 50):
        assert number.startswith(country) and mod_97(number) == 1
        assert len(number) == lengths.get(country, len(number))


def test_identity_numbers() -> None:
    """Each by its own rule, written another way than in check_digits.py."""
    for number in digits_of("id-in"):
        assert verhoeff(number) and len(number) == 12
    for number in digits_of("id-ca") + [number[-10:] for number in digits_of("id-se")]:
        assert luhn(number)
    for number in digits_of("id-nl"):
        assert (
            sum((9 - place if place < 8 else -1) * int(digit) for place, digit in enumerate(number)) % 11 == 0
        )
    for number in digits_of("id-pl"):
        assert (
            sum(int(digit) * int(weight) for digit, weight in zip(number, "13791379131", strict=True)) % 10
            == 0
        )
    for number in digits_of("id-br"):
        for length in (10, 11):
            rest = sum(int(digit) * (length - place) for place, digit in enumerate(number[:length])) % 11
            assert rest % 11 in (0, 1)  # the digit makes the sum a multiple of eleven, or stands for ten
    for number in digits_of("id-fr"):
        assert (int(number[:13]) + int(number[13:])) % 97 == 0 and len(number) == 15
    for number in digits_of("id-de"):
        state = 10
        for digit in number[:-1]:
            state = 2 * ((state + int(digit)) % 10 or 10) % 11
        assert (state + int(number[-1])) % 10 == 1 and len(number) == 11
    for number in digits_of("id-es"):
        assert "TRWAGMYFPDXBNJZSQVHLCKE".index(number[-1]) == int(number[:-1]) % 23
    for number in digits_of("id-us"):
        assert number[:3] not in ("000", "666") and number < "900000000" and len(number) == 9


def test_addresses_of_the_network() -> None:
    for family in ("ipv4", "ipv6"):
        for sample in samples(family, 200, seed=2):
            assert ipaddress.ip_address(sample.value).is_global, sample.value
    for number in digits_of("mac"):
        assert len(number) == 12 and int(number, 16) >= 0


def test_near_misses_miss() -> None:
    lines = near_misses(2400, seed=1)
    assert len({line.text for line in lines}) == len(lines) and len(NEAR) >= 20
    assert {line.kind for line in lines} == set(NEAR)
    assert lines[:500] == near_misses(500, seed=1)
    for line in lines:
        if line.kind in ("order_number", "failed_card"):
            assert not luhn(only(re.search(r"[0-9][0-9 ]{14,}[0-9]", line.text)[0]))  # type: ignore[index]
        if line.kind == "failed_iban":
            assert mod_97(only(line.text[len("reference ") : -len(" in the example")])) != 1
        assert not re.search(r"[^@\s]+@[a-z]+\.(com|org|net)\b", line.text)
