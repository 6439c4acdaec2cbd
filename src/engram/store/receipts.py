"""Receipts of forgetting: which numbers went, when, what was searched and found. Never a word of the text.

Not here: forgetting itself (forgetting.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from engram.errors import StorageError
from engram.store.chain import link
from engram.store.database import Database


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the files. Paths are relative to the home.

    `removed` are derived folders and files that held some of it. `passages` is how many pieces of the text
    were looked for in `files` files of `bytes` bytes afterwards; `left` are files in which one was found, and
    `echoes` entries that were not chosen and contain one.
    """

    removed: tuple[str, ...] = ()
    passages: int = 0
    files: int = 0
    bytes: int = 0
    left: tuple[str, ...] = ()
    echoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """One forgetting. `how` is what they were chosen by; `counts` by kind; `adapters` are versions that were
    trained on one of them; `serving` says for each base whose version was one of these what serves now, ""
    for the bare base. `outcome` is None until the files were cleaned too."""

    id: int
    made_at: str
    how: str
    entries: tuple[int, ...]
    counts: dict[str, int] = field(default_factory=dict)
    adapters: tuple[str, ...] = ()
    serving: dict[str, str] = field(default_factory=dict)
    outcome: Outcome | None = None


def write_receipt(
    database: Database,
    made_at: str,
    how: str,
    entries: tuple[int, ...],
    counts: dict[str, int],
    adapters: tuple[str, ...],
    serving: dict[str, str],
) -> Receipt:
    """Add one, inside the transaction that is open."""
    content = json.dumps(
        {"how": how, "entries": entries, "counts": counts, "adapters": adapters, "serving": serving}
    )
    last = database.rows("SELECT id, chain FROM receipt ORDER BY id DESC LIMIT 1")
    before, chain = last[0] if last else (0, b"")
    number = before + 1
    chain = link(chain, _digest(made_at, content), number)
    database.rows("INSERT INTO receipt VALUES (?, ?, ?, '', ?)", (number, made_at, content, chain))
    return Receipt(number, made_at, how, entries, counts, adapters, serving)


def write_outcome(database: Database, number: int, outcome: Outcome) -> None:
    """Say what became of the files, unless another process has said it."""
    with database.write():
        text = json.dumps(asdict(outcome))
        database.rows("UPDATE receipt SET outcome = ? WHERE id = ? AND outcome = ''", (text, number))


def read_receipts(database: Database) -> list[Receipt]:
    """All, oldest first. Raises StorageError if one cannot be read."""
    rows = database.rows("SELECT id, made_at, content, outcome FROM receipt ORDER BY id")
    try:
        return [_receipt(*row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StorageError(
            f"A receipt of forgetting in {database.file} is damaged.", "Restore a backup."
        ) from error


def broken_receipts(database: Database) -> Iterator[str]:
    """Receipts that were changed, removed or swapped."""
    number, before = 0, b""
    for id, made_at, content, chain in database.rows(
        "SELECT id, made_at, content, chain FROM receipt ORDER BY id"
    ):
        if id != number + 1 or link(before, _digest(made_at, content), id) != chain:
            yield f"receipt {id} was changed, or the one before it is missing"
        number, before = id, chain


def _digest(made_at: str, content: str) -> bytes:
    return hashlib.sha256(f"{made_at}\n{content}".encode()).digest()


def _receipt(id: int, made_at: str, content: str, outcome: str) -> Receipt:
    fields: dict[str, Any] = json.loads(content)
    return Receipt(
        id,
        made_at,
        fields["how"],
        tuple(fields["entries"]),
        dict(fields["counts"]),
        tuple(fields["adapters"]),
        dict(fields.get("serving", {})),  # the first receipts have none
        _outcome(json.loads(outcome)) if outcome else None,
    )


def _outcome(fields: dict[str, Any]) -> Outcome:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return Outcome(**values)
