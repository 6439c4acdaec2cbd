"""Ledgers for tests: opened without waiting for the disk, and filled with a little of everything.

Not here: anything about power cuts (tests/faults/power.py), which is where waiting for the disk matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engram.store import facts
from engram.store.database import Database
from engram.store.entries import Entry, NewEntry
from engram.store.ledger import Ledger

START = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


class Clock:
    """Says a minute more each time it is asked."""

    def __init__(self, start: datetime = START) -> None:
        self._next = start

    def __call__(self) -> datetime:
        self._next += timedelta(minutes=1)
        return self._next


@contextmanager
def opened(file: Path) -> Iterator[Ledger]:
    """The ledger in a file, with a clock of its own. Its promises about power do not hold."""
    with Database.open(file) as database:
        database.rows("PRAGMA synchronous = OFF")
        yield Ledger(database, Clock())


def said(text: str, session: int | None = None, speaker: str = "user", **more: object) -> NewEntry:
    """A turn typed in chat, or answered."""
    return NewEntry("turn", speaker, "chat", text, session=session, **more)  # type: ignore[arg-type]


def furnish(ledger: Ledger) -> list[Entry]:
    """Two sessions, an edited question, tags, ratings, a paste, an import and a fact with history."""
    first, second = ledger.begin_session(), ledger.begin_session()
    ledger.append(
        said("my dog is called Rufo", first), said("A fine name!", first, "assistant", model="seedling")
    )
    ledger.append(said("teh locker code is 7341", first))
    ledger.append(
        said("the locker code is 7341", first, replaces=3), said("Noted.", first, "assistant", adapter="v2")
    )
    ledger.append(NewEntry("turn", "user", "pasted", "Dear Sir or Madam,\nwe regret", session=second))
    ledger.append(
        NewEntry("turn", "user", "import:old-chats", "I moved in 2019", said_at="2024-05-06T07:08:09Z")
    )
    ledger.append(said("my sister works nights", second, tags=frozenset({"no-rag", "no-train"})))
    facts.remember(ledger, "coffee", "black")
    facts.remember(ledger, "Coffee", "with milk")
    ledger.rate(2, 1)
    ledger.rate(5, -1)
    return ledger.entries()
