"""The ledger: everything said or remembered, in one numbering, durable when `append` returns.

Entries are added, tagged, rated and (forgetting.py) forgotten, never edited: what supersedes one is a new one
that names it. Not here: what the rows prove (verifying.py), facts by key (facts.py), search (index.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engram.errors import StorageError, UnknownName, UsageError
from engram.store.backup import backup
from engram.store.chain import digest_of, link, new_salt
from engram.store.database import Database
from engram.store.entries import (
    Entry,
    Kind,
    LedgerStats,
    NewEntry,
    SessionSummary,
    Speaker,
    check_source,
    clean,
    moment,
    stamp,
)
from engram.store.fact_options import options_from_text, options_to_text
from engram.store.redactions import Redaction, record, redactions, screen
from engram.store.tags import tags_to_text
from engram.store.verifying import Verification, verify
from engram.types import Guard

Clock = Callable[[], datetime]

_COLUMNS = (
    "id, kind, speaker, source, said_at, text, key, session, model, adapter, tags, rating, replaces, flags, "
    "options"
)
_TAGS = 10  # which of these the tags are
_INSERT = (
    "INSERT INTO entry (id, kind, session, speaker, source, said_at, text, key, model, adapter, replaces, "
    "tags, flags, options, salt, digest, chain) VALUES (:id, :kind, :session, :speaker, :source, :said_at, "
    ":text, :key, :model, :adapter, :replaces, :tags, :flags, :options, :salt, :digest, :chain)"
)
_SESSIONS = """
SELECT s.id, s.started_at, max(e.said_at), count(*), coalesce((
    SELECT text FROM entry f WHERE f.session = s.id AND f.speaker = 'user' AND f.text IS NOT NULL
    ORDER BY f.id LIMIT 1
), '')
FROM session s JOIN entry e ON e.session = s.id WHERE e.forgotten_at IS NULL GROUP BY s.id ORDER BY s.id
"""


def now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """The entries of one database. `clock` says what time it is; `guard` looks at every text before it is
    written."""

    def __init__(self, database: Database, clock: Clock = now, guard: Guard | None = None) -> None:
        self.database = database
        self.clock = clock
        self.guard = guard

    def begin_session(self, started_at: datetime | None = None) -> int:
        """The number of a new conversation, which began now unless an import knows when."""
        with self.database.write():
            ((number,),) = self.database.rows(
                "INSERT INTO session (started_at) VALUES (?) RETURNING id",
                (stamp(started_at or self.clock()),),
            )
        return int(number)

    def append(self, *new: NewEntry) -> list[Entry]:
        """Write down all of these or none. When it returns they survive a power cut.

        Raises StorageError, Withheld, and UsageError for a #private one or one that refers to what is not
        there.
        """
        screened = [screen(self.guard, entry) for entry in new]
        with self.database.write():
            return [self._add(entry) for entry in screened]

    def get(self, id: int) -> Entry:
        """Raises UnknownName if there is none of that number, or if it is forgotten."""
        found = self.database.rows(f"SELECT {_COLUMNS}, forgotten_at FROM entry WHERE id = ?", (id,))
        if not found:
            ((last,),) = self.database.rows("SELECT entries FROM ledger_head")
            there = f"The newest is {last}." if last else "Nothing is written down yet."
            raise UnknownName(f"There is no entry {id}.", f"{there} engram memory list shows them.")
        *values, forgotten_at = found[0]
        if forgotten_at:
            raise UnknownName(
                f"Entry {id} was forgotten on {forgotten_at[:10]}.", "It cannot be brought back."
            )
        return _entry(values)

    def entries(
        self,
        *,
        session: int | None = None,
        kind: Kind | None = None,
        speaker: Speaker | None = None,
        source: str | None = None,
        tag: str | None = None,
        since: datetime | str | None = None,
        before: datetime | str | None = None,
        after_id: int = 0,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Entry]:
        """What is there and not forgotten, by number. `since` is included in the times, `before` is not; as
        text they are ISO 8601. Raises UsageError if one is no date."""
        wanted: list[tuple[str, Any]] = [
            ("id > ?", after_id or None),
            ("session = ?", session),
            ("kind = ?", kind),
            ("speaker = ?", speaker),
            ("source = ?", source),
            ("instr(' ' || tags || ' ', ' ' || ? || ' ')", tag),
            ("said_at >= ?", None if since is None else stamp(moment(since))),
            ("said_at < ?", None if before is None else stamp(moment(before))),
        ]
        asked = [(sql, value) for sql, value in wanted if value is not None]
        where = " AND ".join(["forgotten_at IS NULL", *(sql for sql, _ in asked)])
        order = "DESC" if newest_first else "ASC"
        rows = self.database.rows(
            f"SELECT {_COLUMNS} FROM entry WHERE {where} ORDER BY id {order} LIMIT ?",
            [*(value for _, value in asked), -1 if limit is None else limit],
        )
        return [_entry(row) for row in rows]

    def superseded(self) -> frozenset[int]:
        """Numbers of the entries that a later one replaces."""
        rows = self.database.rows(
            "SELECT replaces FROM entry WHERE replaces IS NOT NULL AND forgotten_at IS NULL"
        )
        return frozenset(number for (number,) in rows)

    def versions(self, id: int) -> list[Entry]:
        """An entry with all that it replaces and that replace it, oldest first. Raises UnknownName."""
        first = self.get(id)
        while first.replaces is not None and self._is_there(first.replaces):
            first = self.get(first.replaces)
        found, numbers = [first], [first.id]
        while numbers:
            rows = self.database.rows("SELECT id FROM entry WHERE replaces = ? ORDER BY id", (numbers.pop(),))
            found += [self.get(number) for (number,) in rows]
            numbers += [number for (number,) in rows]
        return sorted(found, key=lambda entry: entry.id)

    def sessions(self) -> list[SessionSummary]:
        """Conversations in which something is left, oldest first."""
        return [SessionSummary(*row) for row in self.database.rows(_SESSIONS)]

    def stats(self) -> LedgerStats:
        """Counts of what is there."""
        count = self.database.rows
        there = "FROM entry WHERE forgotten_at IS NULL"
        ((entries, tagged, first, last),) = count(
            f"SELECT count(*), count(nullif(tags, '')), min(said_at), max(said_at) {there}"
        )
        ((forgotten,),) = count("SELECT count(*) FROM entry WHERE forgotten_at IS NOT NULL")
        ((sessions,),) = count(f"SELECT count(DISTINCT session) {there}")
        kinds, speakers, sources = (
            dict(count(f"SELECT {column}, count(*) {there} GROUP BY 1 ORDER BY 1"))
            for column in ("kind", "speaker", "source")
        )
        return LedgerStats(
            entries, forgotten, sessions, kinds, speakers, sources, tagged, first or "", last or ""
        )

    def rate(self, id: int, rating: int) -> Entry:
        """1 confirms, -1 rejects, 0 takes either back. Raises UnknownName, UsageError."""
        if rating not in (-1, 0, 1):
            raise UsageError(f"{rating} is no rating.", "Give 1 (good), -1 (bad) or 0 (neither).")
        return self._change(id, "rating", rating)

    def set_tags(self, id: int, tags: Iterable[str]) -> Entry:
        """Give an entry these tags instead of those it has. Raises UnknownName; UsageError for #private,
        since it is written down already: forget it."""
        return self._change(id, "tags", tags_to_text(tags))

    def redactions(self, id: int) -> list[Redaction]:
        """What the guard did to an entry before it was written."""
        return redactions(self.database, id)

    def verify(self) -> Verification:
        """Whether all of it is what was written (verifying.py)."""
        return verify(self.database)

    def backup(self, file: Path) -> Verification:
        """A whole copy in a new file (backup.py), checked."""
        return backup(self.database, file)

    def _change(self, id: int, column: str, value: object) -> Entry:
        with self.database.write():
            self.get(id)
            self.database.rows(f"UPDATE entry SET {column} = ? WHERE id = ?", (value, id))
            return self.get(id)

    def _is_there(self, id: int) -> bool:
        return bool(self.database.rows("SELECT 1 FROM entry WHERE id = ? AND text IS NOT NULL", (id,)))

    def _has_session(self, id: int) -> bool:
        return bool(self.database.rows("SELECT 1 FROM session WHERE id = ?", (id,)))

    def _add(self, new: NewEntry) -> Entry:
        """One row more, inside the transaction that is open."""
        tags = tags_to_text(new.tags)
        fields: dict[str, Any] = {
            "kind": new.kind,
            "session": new.session,
            "speaker": new.speaker,
            "source": check_source(new.source),
            "said_at": stamp(moment(new.said_at) if new.said_at else self.clock()),
            "text": clean(new.text),
            "key": clean(new.key),
            "model": clean(new.model),
            "adapter": clean(new.adapter),
            "replaces": new.replaces,
            "options": clean(options_to_text(new.options)),
        }
        if new.replaces is not None:
            self.get(new.replaces)
        if new.session is not None and not self._has_session(new.session):
            raise UnknownName(f"There is no session {new.session}.", "engram memory list shows them.")
        ((count, chain),) = self.database.rows("SELECT entries, chain FROM ledger_head")
        salt, id = new_salt(), count + 1
        digest = digest_of(salt, fields)
        chain = link(chain, digest, id)
        flags = " ".join(new.guarded.unsafe) if new.guarded else ""
        proof = {"id": id, "tags": tags, "flags": flags, "salt": salt, "digest": digest, "chain": chain}
        self.database.rows(_INSERT, fields | proof)
        self.database.rows("UPDATE ledger_head SET entries = ?, chain = ?", (id, chain))
        if new.guarded:
            record(self.database, stamp(self.clock()), "entry", id, new.guarded)
        return self.get(id)


def _entry(row: Any) -> Entry:
    values = list(row)
    if not isinstance(values[_TAGS], str):  # the engine forbids it, so the file is not as it wrote it
        raise StorageError(f"Entry {values[0]} is damaged.", "engram memory verify says more.")
    values[_TAGS] = frozenset(values[_TAGS].split())
    try:
        values[-2:] = [frozenset(str(values[-2]).split()), options_from_text(values[-1])]
        return Entry(*values)
    except ValueError:
        raise StorageError(f"Entry {values[0]} is damaged.", "engram memory verify says more.") from None
