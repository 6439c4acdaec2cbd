"""Everything that the rules find in a text, also where it is percent-encoded or base 64 (RFC 3986, RFC 4648).

Not here: what becomes of it (guard.py).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence

from engram.privacy.assignments import assignments
from engram.privacy.contacts import CONTACTS, phones
from engram.privacy.credentials import CREDENTIALS, key_blocks
from engram.privacy.developer_keys import DEVELOPER_KEYS
from engram.privacy.findings import SECRETS, Finding, disjoint
from engram.privacy.national_ids import national_ids
from engram.privacy.numbers import cards, ibans
from engram.privacy.postal import addresses
from engram.privacy.rules import find_all
from engram.privacy.service_keys import SERVICE_KEYS

_FORMED = (*DEVELOPER_KEYS, *SERVICE_KEYS, *CREDENTIALS, *CONTACTS)
PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*(?:_\d+)?\]")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{24,20000}={0,2}(?![A-Za-z0-9+/_=-])")


def detect(text: str) -> list[Finding]:
    """All findings, apart from one another, in order. Placeholders are never found."""
    found = [*_plain(text), *_percent_encoded(text), *_encoded(text)]
    kept = [finding for finding in disjoint(found) if not PLACEHOLDER.fullmatch(_of(text, finding))]
    return kept


def _of(text: str, finding: Finding) -> str:
    return text[finding.start : finding.end]


def _plain(text: str) -> Iterator[Finding]:
    yield from find_all(_FORMED, text)
    yield from key_blocks(text)
    yield from assignments(text)
    yield from phones(text)
    yield from cards(text)
    yield from ibans(text)
    yield from national_ids(text)
    yield from addresses(text)


def _percent_encoded(text: str) -> Iterator[Finding]:
    """What stands there once %40 is @: found in the decoded text, told by places in the given one."""
    if text.count("%") < 1 or not _PERCENT.search(text):
        return
    decoded, places = _unquoted(text)
    for finding in _plain(decoded):
        start, end = places[finding.start], places[finding.end]
        if "%" in text[max(0, start - 3) : end]:
            yield Finding(finding.type, start, end, finding.rule)


def _unquoted(text: str) -> tuple[str, Sequence[int]]:
    """The text with ASCII percent-encoding undone, and for each of its characters the place it came from."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(text):
        match = _PERCENT.match(text, at)
        code = int(match[1], 16) if match else 128
        pieces.append(chr(code) if code < 128 else text[at])
        places.append(at)
        at += 3 if code < 128 else 1
    return "".join(pieces), [*places, at]


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
