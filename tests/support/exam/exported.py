"""What a made export holds: where it lies, the turns that an importer must find, and what it must not.

Not here: the formats (export_*.py); the list of all builders (exports.py).
"""

from __future__ import annotations

import random
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.exam.clean import line_of
from tests.support.exam.samples import draws

FIRST = 1_760_000_000  # seconds since 1970: October 2025
TAILS = (
    "",
    "",
    "",
    " 😀",
    "\n\nsecond paragraph, with äöü and “quotes”",
    "\n```python\nprint('hi')\n```",
    "\tтаб",
)


@dataclass(frozen=True)
class Turn:
    """One message of the branch that the user kept."""

    role: str  # "user" or "assistant"
    text: str
    when: int | None  # whole seconds since 1970 UTC; None where the format has no time of its own


@dataclass(frozen=True)
class Export:
    """A file as a program would have written it, and what is in it."""

    path: Path
    format: str
    conversations: tuple[tuple[Turn, ...], ...]  # the kept branches, oldest turn first
    apart: tuple[str, ...] = ()  # thoughts, tool traffic, attachments: never inside the text of a turn
    absent: tuple[str, ...] = ()  # abandoned branches, hidden and system texts: nowhere
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, one conversation after the other."""
        return tuple(turn for conversation in self.conversations for turn in conversation)


def script(seed: int, number: int, pairs: int = 3) -> list[Turn]:
    """A conversation of questions and answers about nothing; every text is unique by its mark."""
    rng = draws(seed, "script", number)
    when = FIRST + number * 86_400
    turns = []
    for place in range(2 * pairs):
        role = "assistant" if place % 2 else "user"
        text = f"{line_of(rng, 'english')} (turn {seed}-{number}-{place}){rng.choice(TAILS)}"
        when += rng.randint(3, 400)
        turns.append(Turn(role, text, when))
    return turns


def scripts(seed: int, count: int, pairs: int = 3) -> list[list[Turn]]:
    return [script(seed, number, pairs) for number in range(count)]


def timeless(turns: list[Turn]) -> tuple[Turn, ...]:
    """The same turns for a format that stores no time per message."""
    return tuple(replace(turn, when=None) for turn in turns)


def hex_id(rng: random.Random) -> str:
    """An identifier such as programs give their rows."""
    return f"{rng.getrandbits(128):032x}"


def zipped(path: Path, files: dict[str, bytes | str]) -> Path:
    """An archive of those files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
