"""Near misses made of digits: numbers that fail their check digit, versions, dates, measures, addresses.

Not here: digests, identifiers, placeholders and the list of all kinds (near.py).
"""

from __future__ import annotations

import random

from tests.support.exam import check_digits as check
from tests.support.exam.pieces import DIGITS, draw

PACKAGES = (
    "requests",
    "left-pad",
    "serde",
    "numpy",
    "react-dom",
    "tokio",
    "flask",
    "lodash",
    "pillow",
    "anyhow",
)


def wrong(right: str, rng: random.Random) -> str:
    """Another check digit than the right one."""
    return rng.choice([digit for digit in DIGITS if digit != right])


def order_number(rng: random.Random) -> str:
    """Sixteen digits that fail Luhn, as order and parcel numbers do nine times out of ten."""
    digits = rng.choice("789") + draw(rng, DIGITS, 14)
    text = digits + wrong(check.luhn(digits), rng)
    line = rng.choice(
        ("order number {} was shipped", "Sendungsnummer {}", "tracking {} says delivered", "pedido {}")
    )
    return line.format(text)


def failed_card(rng: random.Random) -> str:
    start = rng.choice(("4", "52", "35"))
    digits = start + draw(rng, DIGITS, 15 - len(start))
    text = digits + wrong(check.luhn(digits), rng)
    return f"item {text[:4]} {text[4:8]} {text[8:12]} {text[12:]} is out of stock"


def failed_iban(rng: random.Random) -> str:
    """The form of an IBAN whose two check digits are off by less than 97."""
    account = draw(rng, DIGITS, 18)
    off = (int(check.iban("DE", account)) + rng.randint(1, 90)) % 97
    text = f"DE{off:02d}{account}"
    return f"reference {' '.join(text[at : at + 4] for at in range(0, 22, 4))} in the example"


def version(rng: random.Random) -> str:
    numbers = [str(rng.randint(0, 24)) for _ in range(rng.choice((3, 4)))]
    line = rng.choice(
        ("upgraded {p} to {v}", "{p}=={v}", "{p} v{v} is out", '"{p}": "^{v}",', "assembly version {v}")
    )
    return line.format(
        p=rng.choice(PACKAGES), v=".".join(numbers[:3] if "==" in line or "^" in line else numbers)
    )


def section_number(rng: random.Random) -> str:
    places = ".".join(draw(rng, "123456789", 1) for _ in range(4))
    return f"see section {places} of the manual"


def iso_date(rng: random.Random) -> str:
    day = f"20{rng.randint(10, 26)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
    line = rng.choice(
        ("the meeting is on {d}", "released {d}", "last backup {d}T{c}Z", "{d} {c} INFO started", "due: {d}")
    )
    return line.format(d=day, c=clock)


def isbn(rng: random.Random) -> str:
    digits = rng.choice(("978", "979")) + draw(rng, DIGITS, 9)
    text = digits + check.isbn13(digits)
    return f"ISBN {text[:3]}-{text[3]}-{text[4:7]}-{text[7:12]}-{text[12]}, second edition"


def measures(rng: random.Random) -> str:
    line = rng.choice(
        (
            "{a} x {b} x {c} mm",
            "lat {a}.{b}, lon {c}.{d}",
            "{a}/{b} tests, {c}.{d} s",
            "rows {a}-{b}, columns {c}-{d}",
        )
    )
    return line.format(**{name: rng.randint(10, 899) for name in "abcd"})


def local_address(rng: random.Random) -> str:
    """Addresses that mean the same machine everywhere, and masks (RFC 6890)."""
    return rng.choice(
        (
            "listening on 127.0.0.1:{p}",
            "bind 0.0.0.0 port {p}",
            "curl http://[::1]:{p}/health",
            "netmask 255.255.255.0 mtu {p}",
        )
    ).format(p=rng.randint(1024, 9999))


def invoice(rng: random.Random) -> str:
    line = rng.choice(
        (
            "invoice {y}-{n}",
            "ticket #{n}{y}",
            "RFC {m}, page {k}",
            "part no. {m}-{k}-{n}",
            "{n} steps, {m} kcal",
        )
    )
    return line.format(
        y=rng.randint(2019, 2027),
        n=rng.randint(10000, 99999),
        m=rng.randint(1000, 9999),
        k=rng.randint(10, 99),
    )


def epoch(rng: random.Random) -> str:
    moment = rng.randint(1_600_000_000, 1_790_000_000)
    return rng.choice(
        (
            f"ts={moment} level=info",
            f'{{"created": {moment}{draw(rng, DIGITS, 3)}}}',
            f"uptime since {moment}",
        )
    )
