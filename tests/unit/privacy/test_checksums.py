"""Check digits against published examples, and what each must notice: a wrong digit."""

from __future__ import annotations

import random

import pytest

from engram.privacy import checksums, id_checks
from engram.privacy.rules import Check

# Numbers that their makers, standards or encyclopedias print as examples.
KNOWN: dict[str, tuple[Check, str]] = {
    "luhn (ISO 7812)": (checksums.luhn, "79927398713"),
    "iban (ISO 13616)": (checksums.iban, "GB82WEST12345698765432"),
    "verhoeff": (checksums.verhoeff, "2363"),
    "iso 7064 mod 11,10 (OIB)": (checksums.mod_11_10, "69435151530"),
    "iso 7064 mod 11-2 (China)": (checksums.mod_11_2, "11010519491231002X"),
    "base58check (genesis block)": (checksums.base58check, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    "bech32 (BIP 173)": (checksums.bech32, "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"),
    "de tax": (id_checks.de_tax, "86095742719"),
    "es dni": (id_checks.es_dni, "12345678Z"),
    "it fiscal": (id_checks.it_fiscal, "RSSMRA85T10A562S"),
    "nl bsn": (id_checks.nl_bsn, "111222333"),
    "pl pesel": (id_checks.pl_pesel, "44051401359"),
    "se personal": (id_checks.se_personal, "811218-9876"),
    "fi hetu": (id_checks.fi_hetu, "131052-308T"),
    "pt nif": (id_checks.pt_nif, "123456789"),
    "br cpf": (id_checks.br_cpf, "111.444.777-35"),
    "cn resident": (id_checks.cn_resident, "11010519491231002X"),
    "ch ahv": (id_checks.ch_ahv, "756.9217.0769.85"),
    "cl rut": (id_checks.cl_rut, "12.345.678-5"),
    "tr identity": (id_checks.tr_identity, "10000000146"),
    "gb nhs": (id_checks.gb_nhs, "943 476 5919"),
    "sg nric": (id_checks.sg_nric, "S1234567D"),
    "tw identity": (id_checks.tw_identity, "A123456789"),
    "fr nir": (id_checks.fr_nir, "2 55 08 14 168 025 38"),
    "ro cnp": (id_checks.ro_cnp, "1800101221144"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_published_examples(name: str) -> None:
    check, value = KNOWN[name]
    assert check(value)


@pytest.mark.parametrize("name", KNOWN)
def test_one_wrong_digit_is_noticed(name: str) -> None:
    """By all; those with even weights by 10 let some through, such as Taiwan's."""
    check, value = KNOWN[name]
    places = [place for place, character in enumerate(value) if character.isdigit()]
    let_through = 0
    for place in places:
        for digit in set("0123456789") - {value[place]}:
            let_through += check(value[:place] + digit + value[place + 1 :])
    assert let_through <= len(places) * 9 * 0.1


def test_random_numbers_mostly_fail() -> None:
    draw = random.Random(1)
    numbers = ["".join(draw.choices("0123456789", k=16)) for _ in range(2000)]
    assert 0.07 < sum(map(checksums.luhn, numbers)) / 2000 < 0.13


def test_github_check_sums() -> None:
    """The algorithm as GitHub describes it, with base 62 by another road: digits, capitals, small letters."""
    import string
    import zlib

    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    body = "abcdefghijklmnopqrstuvwxyz1234"
    rest = zlib.crc32(body.encode())
    check = "".join(alphabet[rest // 62**power % 62] for power in range(5, -1, -1))
    assert checksums.crc32_base62(f"ghp_{body}{check}")
    assert not checksums.crc32_base62(f"ghp_x{body[1:]}{check}")


@pytest.mark.parametrize("check", [check for check, _ in KNOWN.values()][:7])
@pytest.mark.parametrize("value", ["", "-", "x", "٣٣", "1" * 3])
def test_what_is_malformed_is_only_wrong(check: Check, value: str) -> None:
    if check is checksums.mod_11_2 and not value.isascii():
        return
    try:
        assert check(value) in (True, False)
    except ValueError:
        assert check is checksums.mod_11_2  # whose pattern lets digits and X through only
