"""The exam on unsafe content: lines that should be flagged and lines close to them that should not.

    from tests.support.exam.unsafe import SAFE_LINES, UNSAFE_LINES, halves

A filter that is tuned on examples may see one half only; `halves` draws it, so that the other stays unseen.

Not here: the lines (unsafe_lines.py, safe_lines.py) and any rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.exam.safe_lines import SAFE
from tests.support.exam.samples import draws
from tests.support.exam.unsafe_lines import UNSAFE


@dataclass(frozen=True)
class Judged:
    """A line, the room it comes from, and whether it should be flagged."""

    category: str
    text: str
    unsafe: bool


UNSAFE_LINES = tuple(Judged(name, text, True) for name, texts in UNSAFE.items() for text in texts)
SAFE_LINES = tuple(Judged(name, text, False) for name, texts in SAFE.items() for text in texts)


def halves(seed: int = 0) -> tuple[list[Judged], list[Judged]]:
    """All lines in two halves, every category split evenly: one to look at, one to be measured on."""
    shown: list[Judged] = []
    held_out: list[Judged] = []
    for category in (*UNSAFE, *SAFE):
        lines = [line for line in (*UNSAFE_LINES, *SAFE_LINES) if line.category == category]
        draws(seed, "halves", category).shuffle(lines)
        shown += lines[: len(lines) // 2]
        held_out += lines[len(lines) // 2 :]
    return shown, held_out
