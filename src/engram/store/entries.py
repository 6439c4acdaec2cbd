"""What the ledger holds: entries, before and after they got a number, and the values it answers with.

Not here: the table they lie in (ledger.py), and what tags allow (tags.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from engram.errors import StorageError, UsageError
from engram.home import check_name
from engram.store.fact_options import DEFAULT, FactOptions
from engram.types import Guarded

_HALVES = re.compile("[\ud800-\udfff]")

Kind = Literal["turn", "fact", "thought"]
Speaker = Literal["user", "assistant", "tool"]

CHAT = "chat"
"""Typed, or answered, in a conversation."""
PASTED = "pasted"
"""Put into a conversation in one piece: perhaps somebody else's words."""
REMEMBER = "remember"
"""A fact that was told on purpose."""
IMPORTED = "import:"
"""What the name of an import follows."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """Something to be written down. A turn's `text` is what was said; a fact's is the value of its `key`; a
    thought's is what a model wrote before its answer.

    `model` and `adapter` are those of an answer. `replaces` is the number of the entry that this one
    supersedes. `said_at` is for imports: UTC in ISO 8601; None is now. `guarded` says that the text is as the
    guard let it through, and what was done. `options` are a fact's.
    """

    kind: Kind
    speaker: Speaker
    source: str
    text: str
    key: str = ""
    session: int | None = None
    model: str = ""
    adapter: str = ""
    tags: frozenset[str] = frozenset()
    replaces: int | None = None
    said_at: str | None = None
    guarded: Guarded | None = None
    options: FactOptions = DEFAULT


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was written down. `said_at`: UTC in ISO 8601, to the second; `rating`: -1, 0 or 1;
    `flags`: kinds of unsafe content, which keep it out of index and training."""

    id: int
    kind: Kind
    speaker: Speaker
    source: str
    said_at: str
    text: str
    key: str
    session: int | None
    model: str
    adapter: str
    tags: frozenset[str]
    rating: int
    replaces: int | None
    flags: frozenset[str] = frozenset()
    options: FactOptions = DEFAULT


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A conversation at a glance. `opening` is the first thing that the user said in it."""

    id: int
    started_at: str
    last_at: str
    entries: int
    opening: str


@dataclass(frozen=True, slots=True)
class LedgerStats:
    """Counts of what is there. `first_at` and `last_at` are "" in an empty ledger."""

    entries: int
    forgotten: int
    sessions: int
    by_kind: dict[str, int]
    by_speaker: dict[str, int]
    by_source: dict[str, int]
    tagged: int
    first_at: str
    last_at: str


def written(entry: Entry) -> tuple[str, ...]:
    """Everything in an entry that the user or a model worded."""
    return (entry.text, entry.key, *entry.options.aliases)


def stamp(moment: datetime) -> str:
    """A moment as the ledger writes it: UTC in ISO 8601, to the second, so that texts compare as times do."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def local(said_at: str) -> datetime:
    """The ledger's time as this machine's clock shows it. Raises StorageError if it is none."""
    try:
        return datetime.fromisoformat(said_at).astimezone()
    except (ValueError, OverflowError, OSError):
        raise StorageError(
            f"{said_at!r} is no time.", "engram memory verify names what is damaged."
        ) from None


def moment(given: datetime | str) -> datetime:
    """A moment from what a person wrote; without a zone it is this machine's time, a day alone its beginning.
    Raises UsageError."""
    if isinstance(given, datetime):
        return given.astimezone()
    try:
        return datetime.fromisoformat(given).astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{given!r} is no date.", "Write it as 2026-11-18 or 2026-11-18T09:30.") from None


def check_source(source: str) -> str:
    """Return `source` if it is one of the words above or an import with a plain name; raises BadName, or
    UsageError."""
    if source in (CHAT, PASTED, REMEMBER):
        return source
    if source.startswith(IMPORTED):
        check_name("import", source.removeprefix(IMPORTED))
        return source
    raise UsageError(
        f"There is no source {source!r}.", f"There are {CHAT}, {PASTED}, {REMEMBER} and {IMPORTED}NAME."
    )


def clean(text: str) -> str:
    """`text` with what UTF-8 cannot hold (half a surrogate pair) replaced by U+FFFD."""
    return _HALVES.sub("\ufffd", text)
