"""Everything that the rules find in a text, also where it is percent-encoded or base 64 (RFC 3986, RFC 4648).

Not here: what becomes of it (guard.py).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from engram.privacy.assignments import assignments
from engram.privacy.births import birth_dates
from engram.privacy.contacts import CONTACTS, is_version, phones
from engram.privacy.credentials import CREDENTIALS, app_passwords, key_blocks
from engram.privacy.developer_keys import DEVELOPER_KEYS
from engram.privacy.findings import PLACEHOLDER, SECRETS, Finding, disjoint
from engram.privacy.national_ids import national_ids
from engram.privacy.numbers import cards, ibans
from engram.privacy.postal import addresses
from engram.privacy.rules import find_all
from engram.privacy.service_keys import SERVICE_KEYS

_FORMED = (*DEVELOPER_KEYS, *SERVICE_KEYS, *CREDENTIALS, *CONTACTS)
_ESCAPE = re.compile(r"\\([\"'/nrt])")
_SIGNS = {"n": "\n", "r": "\n", "t": "\t"}
_PERCENT = re.compile(r"%([0-7][0-9A-Fa-f])")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{24,20000}={0,2}(?![A-Za-z0-9+/_=-])")


def detect(text: str) -> list[Finding]:
    """All findings, apart from one another, in order. Placeholders are never found, and nothing is found by
    what stands on their other side: masking what is masked changes nothing."""
    found: list[Finding] = []
    at = 0
    for start, end in [*(match.span() for match in PLACEHOLDER.finditer(text)), (len(text), len(text))]:
        found += _all_in(text, at, start)
        at = end
    return found


def _all_in(text: str, start: int, end: int) -> list[Finding]:
    """Findings between two places, and those beside them that they had hidden: of two values around one name
    a rule sees only one."""
    piece = text[start:end]
    if not piece or piece.isspace():
        return []
    found: list[Finding] = []
    at = start
    for one in (_at(finding, start) for finding in disjoint(_everything(piece))):
        found += [*_all_in(text, at, one.start), one]
        at = one.end
    return [*found, *(_all_in(text, at, end) if found else ())]


def _at(finding: Finding, place: int) -> Finding:
    return (
        Finding(finding.type, finding.start + place, finding.end + place, finding.rule) if place else finding
    )


def _everything(text: str) -> Iterator[Finding]:
    yield from _plain(text)
    yield from _escaped(text)
    yield from _percent_encoded(text)
    yield from _encoded(text)


def _plain(text: str) -> Iterator[Finding]:
    yield from (found for found in find_all(_FORMED, text) if not is_version(text, found))
    yield from key_blocks(text)
    yield from app_passwords(text)
    yield from assignments(text)
    yield from phones(text)
    yield from cards(text)
    yield from ibans(text)
    yield from national_ids(text)
    yield from addresses(text)
    yield from birth_dates(text)


def _escaped(text: str) -> Iterator[Finding]:
    """What stands there once a JSON string is read (RFC 8259), told by places in the given text."""
    if "\\" in text:
        yield from _read(text, _ESCAPE, lambda escape: _SIGNS.get(escape, escape))


def _percent_encoded(text: str) -> Iterator[Finding]:
    """What stands there once %40 is @."""
    if "%" in text:
        yield from _read(text, _PERCENT, lambda digits: chr(int(digits, 16)))


def _read(text: str, pattern: re.Pattern[str], sign: Callable[[str], str]) -> Iterator[Finding]:
    """Findings of the text with each match of the pattern read as one character, where one is among them."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in pattern.finditer(text):
        pieces += [text[at : match.start()], sign(match[1])]
        places += [*range(at, match.start()), match.start()]
        at = match.end()
    if not at:
        return
    places += range(at, len(text) + 1)
    for finding in _plain("".join([*pieces, text[at:]])):
        start = places[finding.start]
        yield Finding(
            finding.type,
            start,
            places[finding.end - 1] + _width(pattern, text, places[finding.end - 1]),
            finding.rule,
        )


def _width(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() - at if match else 1


def _encoded(text: str) -> Iterator[Finding]:
    """Whole pieces of base 64 that hold a secret or a mail address when decoded."""
    for match in _BASE64.finditer(text):
        decoded = _decoded(match.group())
        if decoded is None:
            continue
        inner = next(
            (one for one in _plain(decoded) if one.type in SECRETS or one.type in ("email", "iban", "card")),
            None,
        )
        if inner:
            yield Finding(inner.type, *match.span(), inner.rule)


def _decoded(value: str) -> str | None:
    """The text that it is the base 64 of; None where it is none."""
    standard = value.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        plain = raw.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return plain if plain.isprintable() or "\n" in plain else None
