"""Whether the ledger is what was written: digests, chain, numbers, tombstones and receipts.

It finds what was changed, removed, swapped or cut off by accident or by hand. It is not a signature: whoever
can write the file and knows this program can write a whole new ledger. Not here: mending.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engram.store.chain import FIELDS, digest_of, link
from engram.store.database import Database
from engram.store.receipts import Receipt, broken_receipts, read_receipts

_COLUMNS = ("id", *FIELDS, "tags", "rating", "salt", "digest", "chain", "forgotten_at")
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("session", "text", "replaces", "salt")),
    **dict.fromkeys(("kind", "speaker", "source", "said_at", "key", "model", "adapter", "tags"), ""),
    "rating": 0,
}
"""What a forgotten entry holds besides its number, digest, chain and the time of forgetting."""


@dataclass(frozen=True, slots=True)
class Verification:
    """`entries` counts all, `forgotten` those of them without text; `problems` holds one sentence each."""

    entries: int
    forgotten: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(database: Database) -> Verification:
    """Check everything, as of one moment; of a damaged file only the damage is reported.

    Raises StorageError if it cannot be read at all.
    """
    with database.read():
        if damage := [str(row[0]) for row in database.rows("PRAGMA integrity_check") if row[0] != "ok"]:
            return Verification(0, 0, tuple(f"the database says: {line}" for line in damage))
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in database.rows(_SELECT)]
        problems = [*_dangling(database), *_entries(rows), *_head(database, rows)]
        problems += [*broken_receipts(database), *_tombstones(rows, read_receipts(database))]
    forgotten = sum(row["forgotten_at"] is not None for row in rows)
    return Verification(len(rows), forgotten, tuple(problems))


_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM entry ORDER BY id"


def _dangling(database: Database) -> list[str]:
    rows = database.rows("PRAGMA foreign_key_check")
    return [f"a row of {row[0]} refers to one that is not there" for row in rows]


def _entries(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Numbers without gaps, text that has its digest, digests that hang together. After a break the chain is
    followed from there on, so that one change is one problem."""
    number, chain = 0, b""
    for row in rows:
        if row["id"] != number + 1:
            yield f"entries {number + 1} to {row['id'] - 1} are missing"
        number = row["id"]
        if row["text"] is not None and digest_of(row["salt"], row) != row["digest"]:
            yield f"entry {number} was changed: it does not match its digest"
        if link(chain, row["digest"], number) != row["chain"]:
            yield f"entry {number} does not follow from the one before it"
        chain = row["chain"]


def _head(database: Database, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Whether the ledger ends where it says it does."""
    last, chain = (rows[-1]["id"], rows[-1]["chain"]) if rows else (0, b"")
    head = database.rows("SELECT entries, chain FROM ledger_head")
    if len(head) != 1:
        yield "the ledger does not say where it ends"
    elif head[0][0] != last:
        yield f"the ledger should end with entry {head[0][0]}, and ends with {last}"
    elif head[0][1] != chain:
        yield f"the ledger should end otherwise than with this entry {last}"


def _tombstones(rows: list[dict[str, Any]], receipts: list[Receipt]) -> Iterator[str]:
    """Whether the forgotten ones are empty, and are those that the receipts name."""
    named = {number: receipt.made_at for receipt in receipts for number in receipt.entries}
    for row in rows:
        empty = all(row[name] == blank for name, blank in _BLANK.items())
        if row["forgotten_at"] is not None and not empty:
            yield f"entry {row['id']} is forgotten and not empty"
        if row["forgotten_at"] != named.get(row["id"]):
            yield f"entry {row['id']}: its text and the receipts of forgetting disagree"
    for number in sorted(set(named) - {row["id"] for row in rows}):
        yield f"entry {number} is named by a receipt and not there"
