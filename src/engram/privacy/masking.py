"""Typed placeholders in place of what was found: [EMAIL], and [EMAIL_1], [EMAIL_2] where two differ.

Masking is idempotent: a placeholder is never found again, and later ones count on from those that are there.
Not here: finding (detecting.py), and which types are masked (guard.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engram.privacy.findings import Finding


def mask(text: str, found: Sequence[Finding]) -> str:
    """The text with each finding replaced; equal values of a type get the same number. `found` is apart and
    in order."""
    written = _placeholders(text, found)
    pieces: list[str] = []
    at = 0
    for finding in found:
        value = text[finding.start : finding.end]
        pieces += [text[at : finding.start], written[finding.type, _same(value)]]
        at = finding.end
    return "".join([*pieces, text[at:]])


def _placeholders(text: str, found: Sequence[Finding]) -> dict[tuple[str, str], str]:
    """What each value becomes, by type and value."""
    written: dict[tuple[str, str], str] = {}
    for kind in dict.fromkeys(finding.type for finding in found):
        name = kind.upper()
        values = dict.fromkeys(_same(text[f.start : f.end]) for f in found if f.type == kind)
        taken = {int(number or 1) for number in re.findall(rf"\[{name}(?:_(\d+))?\]", text)}
        first = max(taken, default=0) + 1
        for number, value in enumerate(values, first):
            alone = number == 1 and len(values) == 1
            written[kind, value] = f"[{name}]" if alone else f"[{name}_{number}]"
    return written


def _same(value: str) -> str:
    """What counts as the same value: without the spaces and dashes that only group its characters."""
    grouped = re.fullmatch(r"[\dA-Za-z]+(?:[ \u00a0.-][\dA-Za-z]+)+", value)
    return re.sub(r"[ \u00a0.-]", "", value) if grouped else value
