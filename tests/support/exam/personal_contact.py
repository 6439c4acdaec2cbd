"""E-mail and network addresses, and telephone numbers of many countries as people write them.

Domains are those reserved for examples where people would recognise them (RFC 2606), otherwise invented.

Not here: cards, accounts and identity numbers (personal_numbers.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.exam.pieces import DIGITS, HEX, draw

Text = Callable[[random.Random], str]

LOCALS = (
    "rosa.lindqvist", "tkowalczyk", "m.okafor", "yuki_tanabe", "jean-luc.b", "ines.f", "dev", "hello",
    "office", "p.vanderveen", "h.abdi", "nadia-k", "o'malley", "gustavo99", "elif.yilmaz", "smith.j",
    "anders", "lucia_m",
)  # fmt: skip
DOMAINS = (
    "example.com", "example.org", "mail.example.net", "uni-nordstadt.de", "wandelhalle.nl", "casaverde.es",
    "postkasten.at", "kestrel.co.uk", "tofuya.co.jp", "lumiere-studio.fr", "pinheiro.com.br", "hvalen.no",
)  # fmt: skip


def email(rng: random.Random) -> str:
    """RFC 5321, section 4.1.2, in the forms that people have: dots, tags, digits, subdomains."""
    local = rng.choice(LOCALS)
    if rng.random() < 0.3:
        local += draw(rng, DIGITS, rng.randint(1, 4))
    if rng.random() < 0.2:
        local += "+" + rng.choice(("news", "shop", "2026", "spam"))
    text = f"{local}@{rng.choice(DOMAINS)}"
    return text.upper() if rng.random() < 0.05 else text


def numbered(*patterns: str) -> Text:
    """Numbers by pattern: # is any digit, X one from 2 to 9; everything else stands as it is."""

    def make(rng: random.Random) -> str:
        pattern = rng.choice(patterns)
        return "".join(
            {"#": draw(rng, DIGITS, 1), "X": draw(rng, "23456789", 1)}.get(sign, sign) for sign in pattern
        )

    return make


# Country by country as the national plans group them (ITU-T E.123 and E.164; the regulators' plans).
PHONES: dict[str, Text] = {
    # 555-01xx is set aside for fiction in North America (NANPA), so it stands for many of these.
    "phone-us": numbered("(X1X) 555-01##", "+1 X1X-555-01##", "X1X-555-01##", "X1X.555.01##", "+1X1X55501##",
        "1-800-555-01##"),
    "phone-ca": numbered("+1 (416) X5X-####", "604-X5X-####", "514 X5X-####"),
    # Ofcom, numbers for use in drama: 020 7946 0xxx, 07700 900xxx, 01632 960xxx.
    "phone-uk": numbered("020 7946 0###", "+44 20 7946 0###", "07700 900###", "+44 7700 900###",
        "01632 960###", "+44 (0)1632 960###"),
    # Bundesnetzagentur, numbers for films: 030 23125xxx, 0171 39200xx and others.
    "phone-de": numbered("030 23125###", "+49 30 23125###", "0171 39200##", "+49 171 39200##",
        "(030) 23125-###", "0049 30 23125###"),
    "phone-at": numbered("+43 1 X######", "0664 X######", "+43 664 X######"),
    "phone-ch": numbered("+41 44 X## ## ##", "079 X## ## ##", "+41 79 X## ## ##"),
    # Arcep, numbers for works of fiction: 01 99 00 xx xx and 06 39 98 xx xx.
    "phone-fr": numbered("01 99 00 ## ##", "06 39 98 ## ##", "+33 1 99 00 ## ##", "06.39.98.##.##",
        "+33 6 39 98 ## ##", "063998####"),
    "phone-es": numbered("+34 91# ### ###", "6## ### ###", "6## ## ## ##", "+34 6########"),
    "phone-it": numbered("+39 06 #### ####", "347 ### ####", "+39 347 #######", "02 ########"),
    "phone-nl": numbered("020 ### ####", "06 X#######", "+31 6 X#######", "06-X#######",
        "+31 (0)20 ### ####"),
    "phone-pl": numbered("+48 6## ### ###", "22 ### ## ##", "+48 22 ### ## ##"),
    "phone-se": numbered("070-174 06 ##", "+46 70 174 06 ##", "08-465 004 ##"),
    "phone-br": numbered("(11) 9####-####", "+55 21 9####-####", "+55 11 3###-####"),
    "phone-in": numbered("+91 98### #####", "+91-98########", "098### #####"),
    "phone-jp": numbered("03-5###-####", "+81 90-####-####", "090-####-####"),
    # ACMA, numbers for use in film: 04 9157 0xxx, 02 5550 xxxx.
    "phone-au": numbered("02 5550 ####", "0491 570 ###", "+61 491 570 ###", "+61 2 5550 ####"),
}  # fmt: skip


def public_ipv4(rng: random.Random) -> str:
    """An address outside the blocks of RFC 6890; whether private ones count is left to the guard."""
    first = rng.choice((23, 31, 45, 62, 78, 84, 91, 104, 129, 141, 152, 163, 178, 185, 195, 212, 217))
    return ".".join(
        str(part) for part in (first, rng.randint(1, 254), rng.randint(1, 254), rng.randint(1, 254))
    )


def public_ipv6(rng: random.Random) -> str:
    """A global unicast address (RFC 4291), whole, shortened with "::" (RFC 5952), or in capitals."""
    groups = [rng.choice(("2a02", "2600", "2a01", "2001")), *(draw(rng, HEX, 4) for _ in range(7))]
    if groups[0] == "2001":
        groups[1] = (
            "4" + groups[1][1:]
        )  # not 2001:db8::/32, and none of the special blocks below 2001:200::/23
    style = rng.randrange(3)
    if style == 0:
        return ":".join(groups)
    short = [group.lstrip("0") or "0" for group in groups]
    text = ":".join(short[:4]) + "::" + ":".join(short[-rng.randint(1, 2) :])
    return text.upper() if style == 2 else text


def mac(rng: random.Random) -> str:
    """A hardware address with colons, dashes, or in Cisco's three groups (IEEE 802; EUI-48)."""
    pairs = [draw(rng, HEX, 2) for _ in range(6)]
    pairs[0] = rng.choice(("3c", "a4", "f0", "00", "d8", "5c"))
    style = rng.randrange(4)
    if style == 3:
        joined = "".join(pairs)
        return f"{joined[:4]}.{joined[4:8]}.{joined[8:]}"
    text = "-".join(pairs) if style == 1 else ":".join(pairs)
    return text.upper() if style else text


CONTACTS: dict[str, Text] = {"email": email, "ipv4": public_ipv4, "ipv6": public_ipv6, "mac": mac, **PHONES}
