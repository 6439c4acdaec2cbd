"""The audit of the guard: what was masked, kept, dropped, flagged or allowed, and where; never a word of it.

Not here: the guard itself, which is handed in (types.Guard), and how it is shown (cli/privacy.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engram.errors import Withheld
from engram.store.entries import NewEntry
from engram.types import Guard, Guarded

if TYPE_CHECKING:
    from engram.store.database import Database


@dataclass(frozen=True, slots=True)
class Redaction:
    """One action of the guard on one text: `count` findings of a type. `entry` is its number, if it has one;
    `place` is what it was on its way to."""

    made_at: str
    place: str
    entry: int | None
    type: str
    action: str
    count: int


def screen(guard: Guard | None, new: NewEntry) -> NewEntry:
    """The entry as it may be written: key, aliases and text guarded, unless a caller has done so. Raises
    Withheld."""
    if guard is None or new.guarded is not None:
        return new
    key, *aliases = [guard(name) if name else Guarded("") for name in (new.key, *new.options.aliases)]
    text = guard(new.text, new.key, key.values)
    parts = (key, *aliases, text)
    allowed = [part.text for part in parts if part.text is not None]
    if len(allowed) < len(parts):
        raise withheld(next(part.found for part in parts if part.text is None))
    options = replace(new.options, aliases=tuple(allowed[1:-1]))
    return replace(new, key=allowed[0], text=allowed[-1], options=options, guarded=_together(parts))


def _together(parts: Sequence[Guarded]) -> Guarded:
    """What was done to the parts of one entry; the text is that of the last."""
    found = Counter[str]()
    for part in parts:
        found.update(part.found)
    kept = {name: count for part in parts for name, count in part.kept.items()}
    values = {value: name for part in parts for value, name in part.values.items()}
    unsafe = tuple(sorted({name for part in parts for name in part.unsafe}))
    return Guarded(parts[-1].text, dict(found), kept, unsafe, values)


def withheld(found: Mapping[str, int]) -> Withheld:
    """The error for a text that may not be written down."""
    types = ", ".join(name.replace("_", " ") for name in found)
    first = next(iter(found), "type")
    return Withheld(
        f"This holds what the settings keep out ({types}), so nothing of it was written down.",
        f"Say it without, or set privacy.{first} to mask.",
    )


def record(database: Database, made_at: str, place: str, entry: int | None, done: Guarded) -> None:
    """Write down what was done, inside the transaction that is open or in one of its own."""
    rows = [(name, action, count) for name, action, count in _actions(done)]
    with database.write():
        for name, action, count in rows:
            database.rows(
                "INSERT INTO redaction (made_at, place, entry, type, action, count) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (made_at, place, entry, name, action, count),
            )


def record_allowed(database: Database, made_at: str, entry: int, kinds: Iterable[str]) -> None:
    """Write down that the user took these flags off an entry."""
    with database.write():
        for kind in sorted(kinds):
            database.rows(
                "INSERT INTO redaction (made_at, place, entry, type, action, count) "
                "VALUES (?, 'entry', ?, ?, 'allowed', 1)",
                (made_at, entry, kind),
            )


def redactions(database: Database, entry: int | None = None) -> list[Redaction]:
    """All of them, or those of an entry, oldest first."""
    where, given = ("WHERE entry = ?", (entry,)) if entry is not None else ("", ())
    rows = database.rows(
        f"SELECT made_at, place, entry, type, action, count FROM redaction {where} ORDER BY id", given
    )
    return [Redaction(*row) for row in rows]


def _actions(done: Guarded) -> Iterator[tuple[str, str, int]]:
    action = "dropped" if done.text is None else "masked"
    yield from ((name, action, count) for name, count in done.found.items())
    yield from ((name, "kept", count) for name, count in done.kept.items())
    yield from ((kind, "flagged", 1) for kind in done.unsafe)
