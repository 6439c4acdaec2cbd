"""The check digits of the numbers that states give their people, each by its public definition.

Every function takes the number as written and answers whether it can be one. Not here: where such a number
stands in a text, and what must be said around it (national_ids.py).
"""

from __future__ import annotations

import re
from datetime import date

from engram.privacy.checksums import digits_of, luhn, mod_11_2, mod_11_10, verhoeff, weighted

DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
HETU_SIGNS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def plain(value: str) -> str:
    """Letters and digits only, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", value.upper())


def is_day(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _date(digits: list[int], order: str) -> bool:
    """Six digits as a day of some century; `order` is ymd or dmy."""
    pairs = [10 * digits[at] + digits[at + 1] for at in (0, 2, 4)]
    parts = dict(zip(order, pairs, strict=True))
    return any(is_day(century + parts["y"], parts["m"], parts["d"]) for century in (1900, 2000))


def us_ssn(value: str) -> bool:
    """Social Security Administration: no area 000, 666 or 9xx, no group 00, no serial 0000."""
    digits = "".join(map(str, digits_of(value)))
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def gb_nino(value: str) -> bool:
    """HMRC, NIM39110: letters and prefixes that are never given."""
    prefix = plain(value)[:2]
    return prefix[0] not in "DFIQUV" and prefix[1] not in "DFIOQUV" and prefix not in _NO_NINO


_NO_NINO = {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}


def gb_nhs(value: str) -> bool:
    """NHS Data Dictionary: weights 10 to 2, modulus 11."""
    digits = digits_of(value)
    check = 11 - weighted(digits, range(10, 1, -1)) % 11
    return check != 10 and check % 11 == digits[9]


def de_tax(value: str) -> bool:
    """ISO 7064 MOD 11,10; of the first ten digits one comes two or three times; never begins with 0."""
    digits = digits_of(value)
    most = max(digits[:10].count(digit) for digit in digits[:10])
    return digits[0] != 0 and 2 <= most <= 3 and mod_11_10(value)


def fr_nir(value: str) -> bool:
    """INSEE: 97 minus the number by 97; Corsica's 2A and 2B count as 19 and 18."""
    text = plain(value).replace("2A", "19").replace("2B", "18")
    return text.isdigit() and len(text) == 15 and 97 - int(text[:13]) % 97 == int(text[13:])


def es_dni(value: str) -> bool:
    """Ministerio del Interior: the letter is the number by 23; X, Y, Z of foreigners count as 0, 1, 2."""
    text = plain(value)
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and DNI_LETTERS[int(number) % 23] == text[-1]


def it_fiscal(value: str) -> bool:
    """Decreto ministeriale 23/12/1976: odd places count by a table, even ones by their value; by 26."""
    text = plain(value)
    total = 0
    for place, sign in enumerate(text[:15]):
        number = int(sign) if sign.isdigit() else ord(sign) - 65
        total += number if place % 2 else _FISCAL_ODD[number]
    return chr(65 + total % 26) == text[15]


def nl_bsn(value: str) -> bool:
    """The eleven test: weights 9 to 2, and -1 for the last digit."""
    digits = digits_of(value)
    return len(set(digits)) > 1 and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def be_national(value: str) -> bool:
    """97 minus the first nine digits by 97; those born from 2000 on have a 2 before them."""
    digits = "".join(map(str, digits_of(value)))
    month = int(digits[2:4]) % 20
    return month <= 12 and any(97 - int(c + digits[:9]) % 97 == int(digits[9:]) for c in ("", "2"))


def pl_pesel(value: str) -> bool:
    """Weights 1 3 7 9; the month tells the century."""
    digits = digits_of(value)
    month, day = (digits[2] * 10 + digits[3]) % 20, digits[4] * 10 + digits[5]
    total = weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3))
    return 1 <= month <= 12 and 1 <= day <= 31 and -total % 10 == digits[10]


def se_personal(value: str) -> bool:
    """Skatteverket: a date (or, of a co-ordination number, the day plus 60) and Luhn over ten digits."""
    digits = digits_of(value)[-10:]
    day = [*digits[:4], digits[4] - 6 if digits[4] >= 6 else digits[4], digits[5]]
    return _date(day, "ymd") and luhn("".join(map(str, digits)))


def fi_hetu(value: str) -> bool:
    """DVV: the date and the individual number by 31."""
    text = value.upper()
    signs = digits_of(text[:6]), text[7:10]
    return _date(signs[0], "dmy") and HETU_SIGNS[int(text[:6] + signs[1]) % 31] == text[10]


def dk_cpr(value: str) -> bool:
    """A date; the old modulus 11 is no longer kept to (CPR-kontoret, 2007)."""
    return _date(digits_of(value), "dmy")


def no_birth(value: str) -> bool:
    """Skatteetaten: two check digits by 11; D numbers have 4 more in the day, H numbers in the month."""
    digits = digits_of(value)
    day = [digits[0] % 4 if digits[0] >= 4 else digits[0], digits[1], digits[2] % 4, *digits[3:6]]
    first = -weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return _date(day, "dmy") and (first, second) == (digits[9], digits[10])


def pt_nif(value: str) -> bool:
    """Weights 9 to 2 by 11; a check of 10 or 11 is 0."""
    digits = digits_of(value)
    check = 11 - weighted(digits, range(9, 1, -1)) % 11
    return digits[0] in (1, 2, 3, 5, 6, 8, 9) and (0 if check > 9 else check) == digits[8]


def br_cpf(value: str) -> bool:
    """Receita Federal: two digits by 11, weights 10 to 2 and 11 to 2."""
    digits = digits_of(value)
    first = weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return len(set(digits)) > 1 and [first, second] == digits[9:]


def in_aadhaar(value: str) -> bool:
    """UIDAI: Verhoeff, and never 0 or 1 in front."""
    return digits_of(value)[0] > 1 and verhoeff(value)


def cn_resident(value: str) -> bool:
    """GB 11643: a date and ISO 7064 MOD 11-2."""
    return is_day(int(value[6:10]), int(value[10:12]), int(value[12:14])) and mod_11_2(value)


def kr_resident(value: str) -> bool:
    """A date, and a digit for sex and century; the check digit is no longer kept to (2020)."""
    digits = digits_of(value)
    return _date(digits, "ymd") and digits[6] in range(1, 9)


def jp_number(value: str) -> bool:
    """Ordinance 85 of 2014: weights 2 to 7, then 2 to 6, from the right, by 11."""
    digits = digits_of(value)
    total = weighted(digits[10::-1], (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)) % 11
    return (0 if total <= 1 else 11 - total) == digits[11]


def ca_sin(value: str) -> bool:
    """Service Canada: Luhn, and never 0 or 8 in front."""
    return digits_of(value)[0] not in (0, 8) and luhn(value)


def au_tfn(value: str) -> bool:
    """Weights 1 4 3 7 5 8 6 9 10 by 11; Medicare cards 1 3 7 9 1 3 7 9 by 10."""
    digits = digits_of(value)
    if len(digits) == 9:
        return weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0
    return digits[0] in range(2, 7) and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == digits[8]


def mx_curp(value: str) -> bool:
    """RENAPO: the values of an alphabet with Ñ, weights 18 to 2, by 10."""
    signs = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = weighted([signs.index(sign) for sign in value.upper()[:17]], range(18, 1, -1))
    return str(-total % 10) == value[17]


def cl_rut(value: str) -> bool:
    """Weights 2 to 7 from the right, by 11, with K for ten."""
    text = plain(value)
    total = weighted(digits_of(text[:-1])[::-1], (2, 3, 4, 5, 6, 7, 2, 3, 4))
    return "0123456789K0"[(11 - total % 11) % 11] == text[-1]


def ar_cuil(value: str) -> bool:
    """Weights 5 4 3 2 7 6 5 4 3 2 by 11."""
    digits = digits_of(value)
    return (11 - weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11 == digits[10]


def tr_identity(value: str) -> bool:
    """Nüfus: the tenth digit from odd and even places, the eleventh from the sum of the ten."""
    digits = digits_of(value)
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[0] > 0 and tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def za_identity(value: str) -> bool:
    """A date, 0 or 1 for citizenship, and Luhn."""
    digits = digits_of(value)
    return _date(digits, "ymd") and digits[10] in (0, 1, 2) and luhn(value)


def ie_pps(value: str) -> bool:
    """Weights 8 to 2, and 9 for a second letter, by 23."""
    text = plain(value)
    extra = 9 * (ord(text[8]) - 64) if len(text) > 8 and text[8] != "W" else 0
    return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(digits_of(text), range(8, 1, -1)) + extra) % 23] == text[7]


def ch_ahv(value: str) -> bool:
    """EAN-13 over a number that begins with 756."""
    digits = digits_of(value)
    return weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def at_insurance(value: str) -> bool:
    """Weights 3 7 9 and 5 8 4 2 1 6 by 11, and a date; the fourth digit is the check."""
    digits = digits_of(value)
    total = weighted(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6))
    return total % 11 == digits[3] and _date(digits[4:], "dmy")


def cz_birth(value: str) -> bool:
    """A date (women's months plus 50, later also 20), and the whole a multiple of 11."""
    text = "".join(map(str, digits_of(value)))
    month = int(text[2:4]) % 50 % 20
    return 1 <= month <= 12 and 1 <= int(text[4:6]) <= 31 and (len(text) == 9 or int(text) % 11 in (0, 10))


def ro_cnp(value: str) -> bool:
    """Weights 2 7 9 1 4 6 3 5 8 2 7 9 by 11, ten becomes 1; a date."""
    digits = digits_of(value)
    check = weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return digits[0] > 0 and _date(digits[1:7], "ymd") and (1 if check == 10 else check) == digits[12]


def bg_egn(value: str) -> bool:
    """Weights 2 4 8 5 10 9 7 3 6 by 11 by 10; months plus 20 or 40 tell the century."""
    digits = digits_of(value)
    month = (digits[2] * 10 + digits[3]) % 20
    check = weighted(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    return 1 <= month <= 12 and 1 <= digits[4] * 10 + digits[5] <= 31 and check == digits[9]


def baltic(value: str) -> bool:
    """Estonia and Lithuania: weights 1 to 9, 1, by 11; if that is ten, 3 to 9, 1, 2, 3."""
    digits = digits_of(value)
    check = weighted(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(digits, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return digits[0] in range(1, 7) and _date(digits[1:7], "ymd") and check == digits[10]


def sg_nric(value: str) -> bool:
    """Weights 2 7 6 5 4 3 2; 4 more for T and G, 3 more for M; a letter by 11."""
    text = plain(value)
    total = weighted(digits_of(text), (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "XWUTRQPNJLK"}.get(text[0], "XWUTRQPNMLK")
    return letters[total % 11] == text[8]


def th_identity(value: str) -> bool:
    """Weights 13 to 2 by 11."""
    digits = digits_of(value)
    return (11 - weighted(digits, range(13, 1, -1)) % 11) % 10 == digits[12]


def ru_snils(value: str) -> bool:
    """Weights 9 to 1 by 101."""
    digits = digits_of(value)
    return weighted(digits, range(9, 0, -1)) % 101 % 100 == digits[9] * 10 + digits[10]


def tw_identity(value: str) -> bool:
    """The letter's number in two digits, weights 1 9 8 7 6 5 4 3 2 1 1 by 10."""
    number = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0].upper()) + 10
    digits = [number // 10, number % 10, *digits_of(value[1:])]
    return weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0
