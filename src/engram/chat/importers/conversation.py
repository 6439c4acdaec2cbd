"""What an export holds: conversations and their turns, as values; and careful looks into foreign JSON.

Not here: any program's format (chatgpt.py, claude.py, ...), and writing to the ledger (importing.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engram.store.entries import Speaker

HIDDEN = "messages hidden by the program"
SYSTEM = "system messages"
EMPTY = "empty messages"
OTHER_BRANCH = "messages of branches not kept"
REPEATED = "messages repeated from another thread"
MEDIA = "pictures and other files"
ATTACHED = "texts of attached files"
TOO_LONG = "messages over 1 MB"
UNKNOWN = "messages of an unknown speaker"

SPEAKERS: dict[str, Speaker] = {"user": "user", "assistant": "assistant", "tool": "tool"}
"""Roles as most formats write them."""
LONGEST_TEXT = 2**20
"""Characters of one message: about a long novel. More is a file that somebody pasted, not talk."""


@dataclass(frozen=True, slots=True)
class ImportedTurn:
    """Something that was said. `id` names it within its conversation; `thinking` is what a model wrote before
    its answer. `said_at` is None where the export does not tell."""

    id: str
    speaker: Speaker
    text: str
    said_at: datetime | None = None
    thinking: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The branch that the user kept, oldest turn first; `left_out` counts, by reason, what is not in it."""

    id: str
    title: str
    started_at: datetime | None
    turns: tuple[ImportedTurn, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """A conversation that could not be read: `reason` is for counting, `where` is its place in the export."""

    where: str
    reason: str


@dataclass
class Turns:
    """Turns as a reader finds them, and counts of what it leaves out."""

    found: list[ImportedTurn] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def leave(self, reason: str, number: int = 1) -> None:
        if number:
            self.left_out[reason] += number

    def conversation(self, id: str, title: str, started_at: datetime | None) -> Conversation:
        return Conversation(id, title, started_at, tuple(self.found), dict(self.left_out))


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: Any) -> str:
    """The value if it is a text, else ""."""
    return value if isinstance(value, str) else ""


def name(value: Any) -> str:
    """An identifier: a text, or a whole number of ordinary size as one; else ""."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return str(value) if whole else text(value)


def objects(values: Iterable[Any]) -> list[Mapping[str, Any]]:
    """The objects among some values."""
    return [value for value in values if isinstance(value, dict)]
