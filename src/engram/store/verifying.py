"""Whether the ledger is what was written: digests, chain, numbers, tombstones and receipts.

It finds what was changed, removed, swapped or cut off by accident or by hand. It is not a signature: whoever
can write the file and knows this program can write a whole new ledger. Not here: mending.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engram.store.chain import FIELDS, OPTIONS, digest_of, link
from engram.store.database import Database
from engram.store.receipts import broken_receipts, read_receipts

_COLUMNS = ("id", *FIELDS, OPTIONS, "tags", "flags", "rating", "salt", "digest", "chain", "forgotten_at")
_PAGE = f"SELECT {', '.join(_COLUMNS)} FROM entry WHERE id > ? ORDER BY id LIMIT ?"
PAGE = 2_000
"""Entries read at a time, so that a long ledger needs no more memory than a short one."""
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("session", "text", "replaces", "salt")),
    **dict.fromkeys(("kind", "speaker", "source", "said_at", "key", "model", "adapter"), ""),
    **dict.fromkeys(("tags", "flags", OPTIONS), ""),
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
    if damage := database.damage():
        return Verification(0, 0, tuple(f"the database says: {line}" for line in damage))
    with database.read():
        named = {id: receipt.made_at for receipt in read_receipts(database) for id in receipt.entries}
        check = _Check(named)
        for row in _rows(database):
            check.problems += [*check.place(row), *check.text(row), *check.tombstone(row)]
            check.last, check.chain = row["id"], row["chain"]
        problems = [*_dangling(database), *check.problems, *_end(database, check), *broken_receipts(database)]
        ((forgotten, entries),) = database.rows("SELECT count(forgotten_at), count(*) FROM entry")
    missing = [f"entry {id} is named by a receipt and not there" for id in sorted(named) if id > check.last]
    return Verification(entries, forgotten, (*problems, *missing))


def _rows(database: Database) -> Iterator[dict[str, Any]]:
    """All entries by number, a page at a time."""
    last = -(1 << 63)
    while page := database.rows(_PAGE, (last, PAGE)):
        yield from (dict(zip(_COLUMNS, row, strict=True)) for row in page)
        last = page[-1][0]


@dataclass
class _Check:
    """What is known after some rows. After a break the chain is followed from there on, so that one change is
    one problem. `named` are the numbers in receipts, with the time of forgetting."""

    named: Mapping[int, str]
    last: int = 0
    chain: bytes = b""
    problems: list[str] = field(default_factory=list)

    def place(self, row: dict[str, Any]) -> Iterator[str]:
        """Numbers have no gaps, and each row follows from the one before."""
        if row["id"] != self.last + 1:
            yield f"entries {self.last + 1} to {row['id'] - 1} are missing"
        if link(self.chain, row["digest"], row["id"]) != row["chain"]:
            yield f"entry {row['id']} does not follow from the one before it"

    def text(self, row: dict[str, Any]) -> Iterator[str]:
        """What is there has its digest."""
        if row["text"] is not None and digest_of(row["salt"], row) != row["digest"]:
            yield f"entry {row['id']} was changed: it does not match its digest"

    def tombstone(self, row: dict[str, Any]) -> Iterator[str]:
        """The forgotten ones are empty, and are those that the receipts name."""
        if row["forgotten_at"] is not None and any(row[name] != blank for name, blank in _BLANK.items()):
            yield f"entry {row['id']} is forgotten and not empty"
        if row["forgotten_at"] != self.named.get(row["id"]):
            yield f"entry {row['id']}: its text and the receipts of forgetting disagree"


def _dangling(database: Database) -> list[str]:
    rows = database.rows("PRAGMA foreign_key_check")
    return [f"a row of {row[0]} refers to one that is not there" for row in rows]


def _end(database: Database, check: _Check) -> Iterator[str]:
    """Whether the ledger ends where it says it does."""
    head = database.rows("SELECT entries, chain FROM ledger_head")
    if len(head) != 1:
        yield "the ledger does not say where it ends"
    elif head[0][0] != check.last:
        yield f"the ledger should end with entry {head[0][0]}, and ends with {check.last}"
    elif head[0][1] != check.chain:
        yield f"the ledger should end otherwise than with this entry {check.last}"
