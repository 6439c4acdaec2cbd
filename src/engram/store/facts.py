"""Facts told on purpose: a key and its value. A newer value supersedes the older one, which stays as history.

Not here: the table (ledger.py), or facts found in free talk.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from engram.errors import UsageError
from engram.store.entries import REMEMBER, Entry, NewEntry, clean
from engram.store.ledger import Ledger
from engram.store.redactions import screen


def normal_key(key: str) -> str:
    """What counts as the same key: without case, width and surplus spaces, and without a final ? . ! or :"""
    return " ".join(unicodedata.normalize("NFKC", key).casefold().split()).rstrip("?.!: ")


def remember(
    ledger: Ledger,
    key: str,
    value: str,
    *,
    source: str = REMEMBER,
    tags: frozenset[str] = frozenset(),
    session: int | None = None,
    said_at: str | None = None,
) -> Entry:
    """Write a fact down, in place of the current one of that key; the same value again changes nothing,
    and keeps the tags that it has.

    Raises UsageError if key or value is empty or it is #private, Withheld, StorageError.
    """
    if not normal_key(key) or not value.strip():
        raise UsageError(
            "A fact needs a key and a value.", 'For instance: engram remember "dog\'s name" Rufo'
        )
    fact = NewEntry(
        kind="fact",
        speaker="user",
        source=source,
        text=value.strip(),
        key=" ".join(key.split()),
        session=session,
        tags=tags,
        said_at=said_at,
    )
    new = screen(ledger.guard, fact)  # first, so that it is compared with what was written then
    with ledger.database.write():  # so that no other process remembers something in between
        before = current(ledger, new.key)
        if before and before.text == clean(new.text) and tags <= before.tags:
            return before
        return ledger.append(replace(new, replaces=before.id if before else None))[0]


def current(ledger: Ledger, key: str) -> Entry | None:
    """The newest fact of this key that is not forgotten."""
    return next(reversed(history(ledger, key)), None)


def history(ledger: Ledger, key: str) -> list[Entry]:
    """Every value of this key that is not forgotten, oldest first."""
    wanted = normal_key(key)
    return [entry for entry in ledger.entries(kind="fact") if normal_key(entry.key) == wanted]


def all_current(ledger: Ledger) -> list[Entry]:
    """The newest fact of each key, in the order in which they were told."""
    newest = {normal_key(entry.key): entry for entry in ledger.entries(kind="fact")}
    return sorted(newest.values(), key=lambda entry: entry.id)
