"""The exam on unsafe content: lines that should be flagged and lines close to them that should not.

    from tests.support.exam.unsafe import ORDINARY, SAFE_LINES, UNSAFE_LINES, halves, held_out

A filter that is tuned on examples may see one half of the first lists only; `halves` draws it, so that the
other stays unseen. `held_out` is that other half and the second lists, which were written later by somebody
who had seen neither rules nor lines. ORDINARY are 400 harmless things that people tell an assistant
(ordinary.txt), written by somebody who had seen neither, too; the second half has words in it that a careless
rule trips over.

Not here: the lines (unsafe_lines.py, safe_lines.py, and the second of each) and any rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.exam.safe_lines import SAFE
from tests.support.exam.safe_lines_2 import SAFE as SAFE_2
from tests.support.exam.samples import draws
from tests.support.exam.unsafe_lines import UNSAFE
from tests.support.exam.unsafe_lines_2 import UNSAFE as UNSAFE_2


@dataclass(frozen=True)
class Judged:
    """A line, the room it comes from, and whether it should be flagged."""

    category: str
    text: str
    unsafe: bool


UNSAFE_LINES = tuple(Judged(name, text, True) for name, texts in UNSAFE.items() for text in texts)
SAFE_LINES = tuple(Judged(name, text, False) for name, texts in SAFE.items() for text in texts)

ORDINARY = tuple(Path(__file__).with_name("ordinary.txt").read_text(encoding="utf-8").splitlines())


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


def held_out() -> list[Judged]:
    """All lines that no rule was tuned on; of the second lists, those that do not stand in the first."""
    known = {line.text.lower() for line in (*UNSAFE_LINES, *SAFE_LINES)}
    second = [
        Judged(name, text, unsafe)
        for unsafe, lists in ((True, UNSAFE_2), (False, SAFE_2))
        for name, texts in lists.items()
        for text in texts
        if text.lower() not in known
    ]
    return [*halves()[1], *second]
