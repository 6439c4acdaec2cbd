"""What a rule finds, and what the guard makes of a text. Values only.

Not here: the rules (secrets.py, personal.py, ...), and what is written about findings (store/redactions.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

API_KEY, TOKEN, PRIVATE_KEY = "api_key", "token", "private_key"
PASSWORD, CONNECTION_STRING = "password", "connection_string"
EMAIL, PHONE, CARD, IBAN, IP, MAC = "email", "phone", "card", "iban", "ip", "mac"
NATIONAL_ID, ADDRESS, BIRTH_DATE, NAME = "national_id", "address", "birth_date", "name"

SECRETS = (API_KEY, TOKEN, PRIVATE_KEY, PASSWORD, CONNECTION_STRING)
PERSONAL = (EMAIL, PHONE, CARD, IBAN, IP, MAC, NATIONAL_ID, ADDRESS, BIRTH_DATE, NAME)
TYPES = (*SECRETS, *PERSONAL)
"""Of two findings that overlap, the one whose type stands first here gives its name to both."""
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(name.upper() for name in TYPES)})(?:_\d+)?\]")
"""What stands in place of a finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """text[start:end] is of this type; `rule` is the rule that says so, such as `github` or `nl-bsn`."""

    type: str
    start: int
    end: int
    rule: str


def disjoint(found: Iterable[Finding]) -> list[Finding]:
    """The findings in the order of the text; those that overlap become one that covers them all."""
    apart: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.start, -one.end)):
        if apart and finding.start < apart[-1].end:
            apart[-1] = _united(apart[-1], finding)
        else:
            apart.append(finding)
    return apart


def _united(one: Finding, other: Finding) -> Finding:
    first = min(one, other, key=_rank)
    return Finding(first.type, min(one.start, other.start), max(one.end, other.end), first.rule)


def _rank(finding: Finding) -> tuple[int, int]:
    """Secrets first; within the same kind of matter the longer finding knows best."""
    return finding.type not in SECRETS, finding.start - finding.end


def counts(found: Sequence[Finding]) -> dict[str, int]:
    """How many of each type, in the order of TYPES."""
    numbers = {name: sum(finding.type == name for finding in found) for name in TYPES}
    return {name: number for name, number in numbers.items() if number}
