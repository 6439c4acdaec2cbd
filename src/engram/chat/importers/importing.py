"""Conversations into the ledger: guarded first, once each, a transaction for each conversation.

What came before is known by digests of the names that the export gives; what was forgotten stays forgotten,
and a conversation that grew goes on in its session. Not here: reading exports (detect.py).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from engram.chat.importers.conversation import Conversation, ImportedTurn, Refused
from engram.store.entries import IMPORTED, NewEntry, stamp
from engram.store.ledger import Ledger
from engram.store.redactions import record
from engram.store.tags import PRIVATE, may_store, parse_tags
from engram.types import Guard, Guarded

BEFORE = "messages from before the date given"
PRIVATE_ONES = "messages tagged #private"
GUARDED = "messages that the guard keeps out"
LONGEST_MODEL = 100
"""Characters of a model's name; the guard does not look at it."""
BATCH = 500
"""Keys looked up at once."""


def unguarded(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
    """Keeps every text as it is."""
    return Guarded(text)


@dataclass
class Summary:
    """What became of an export. Turns are counted by `user`, `assistant`, `tool` and `thought`."""

    conversations: int = 0
    new_conversations: int = 0
    grown_conversations: int = 0
    new: Counter[str] = field(default_factory=Counter)
    known: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def turns(self) -> int:
        """New ones of all speakers."""
        return sum(self.new.values())


LISTED = 100
"""Refused conversations that are kept by name; all are counted."""


class Importer:
    """Writes the conversations of one source. Without a ledger, or with `dry_run`, it only counts."""

    def __init__(
        self,
        ledger: Ledger | None,
        source: str,
        *,
        guard: Guard = unguarded,
        since: datetime | None = None,
        dry_run: bool = False,
    ) -> None:
        self.summary = Summary()
        self._ledger = ledger
        self._source = source
        self._guard = guard
        self._since = since
        self._writes = ledger is not None and not dry_run
        self._latest = ""

    def add(self, found: Conversation | Refused) -> int:
        """Write down what is new of a conversation; how many turns that were. Raises StorageError."""
        if isinstance(found, Refused):
            self._refuse(found)
            return 0
        going_on, self._latest = found.id == self._latest, found.id
        self.summary.conversations += not going_on
        self.summary.left_out.update(found.left_out)
        keyed = dict(_keyed(self._source, found))
        known = self._known(keyed)
        entries = self._guarded(keyed, known)
        if self._writes:
            entries, grown = self._write(found, keyed, entries)
        else:
            grown = bool(self._known([_key(self._source, found.id)]))
        if entries and not going_on:
            self.summary.new_conversations += not grown
            self.summary.grown_conversations += grown
        self.summary.new.update(map(_kind, entries.values()))
        self.summary.known += len(known)
        return len(entries)

    def _refuse(self, found: Refused) -> None:
        self.summary.left_out[found.reason] += 1
        if len(self.summary.refused) < LISTED:
            self.summary.refused.append(found)

    def _known(self, keyed: Iterable[bytes]) -> dict[bytes, int]:
        """Those of the keys that the ledger has, with their entries."""
        if self._ledger is None:
            return {}
        found: dict[bytes, int] = {}
        keys = [key.hex() for key in keyed]
        for at in range(0, len(keys), BATCH):
            found |= self._ledger.database.rows(
                "SELECT key, entry FROM imported WHERE key IN (SELECT unhex(value) FROM json_each(?))",
                (json.dumps(keys[at : at + BATCH]),),
            )
        return found

    def _is_wanted(self, turn: ImportedTurn) -> bool:
        if self._since and turn.said_at and turn.said_at < self._since:
            self.summary.left_out[BEFORE] += 1
            return False
        return True

    def _guarded(
        self, keyed: Mapping[bytes, ImportedTurn], known: Mapping[bytes, int]
    ) -> dict[bytes, NewEntry]:
        """What is new and let through by guard and tags; what follows a question has its tags."""
        tags = frozenset[str]()
        entries: dict[bytes, NewEntry] = {}
        masked: dict[str, str] = {}  # an answer may repeat what its question was masked for
        for key, turn in keyed.items():
            text = turn.text
            if turn.speaker == "user":
                text, tags = parse_tags(text)
            if key in known or not self._is_wanted(turn):
                continue
            checked = self._guard(text, "", masked) if may_store(tags) and text.strip() else Guarded(None)
            if checked.text is None:
                self._withhold(key, checked)
                self.summary.left_out[PRIVATE_ONES if PRIVATE in tags else GUARDED] += 1
                continue
            self.summary.masked.update(checked.found)
            masked |= checked.values
            entries[key] = replace(self._entry(turn, checked.text, tags), guarded=checked)
        return entries

    def _withhold(self, key: bytes, checked: Guarded) -> None:
        """What the guard keeps out is counted once in its audit, which holds no word of it."""
        if self._ledger and self._writes and checked.found:
            database = self._ledger.database
            with database.write():
                if database.rows("INSERT OR IGNORE INTO import_withheld VALUES (?) RETURNING 1", (key,)):
                    record(database, stamp(self._ledger.clock()), IMPORTED + self._source, None, checked)

    def _entry(self, turn: ImportedTurn, text: str, tags: frozenset[str]) -> NewEntry:
        return NewEntry(
            kind="thought" if turn.thinking else "turn",
            speaker=turn.speaker,
            source=IMPORTED + self._source,
            text=text,
            model=turn.model[:LONGEST_MODEL],
            tags=tags,
            said_at=stamp(turn.said_at) if turn.said_at else None,
        )

    def _write(
        self, found: Conversation, keyed: Mapping[bytes, ImportedTurn], entries: Mapping[bytes, NewEntry]
    ) -> tuple[dict[bytes, NewEntry], bool]:
        """All of it in one transaction: what was written, and whether the conversation was there before."""
        if not entries or self._ledger is None:
            return {}, False
        whole = _key(self._source, found.id)
        with self._ledger.database.write():
            known = self._known([whole, *keyed])  # again, since another process may have been first
            new = {key: entry for key, entry in entries.items() if key not in known}
            session = self._session(known) or self._ledger.begin_session(_started(found))
            written = self._ledger.append(*(replace(entry, session=session) for entry in new.values()))
            for key, entry in zip(new, written, strict=True):
                self._remember(key, entry.id)
            self._remember(whole, written[-1].id if written else known[whole])
        return new, bool(known)

    def _remember(self, key: bytes, entry: int) -> None:
        assert self._ledger is not None
        self._ledger.database.rows("INSERT OR REPLACE INTO imported VALUES (?, ?)", (key, entry))

    def _session(self, known: Mapping[bytes, int]) -> int | None:
        """The session of what came before, if anything is left in it."""
        assert self._ledger is not None
        ((session,),) = self._ledger.database.rows(
            "SELECT max(session) FROM entry WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(known.values())),),
        )
        return None if session is None else int(session)


def _keyed(source: str, found: Conversation) -> Iterator[tuple[bytes, ImportedTurn]]:
    """Turns with their keys: sha256 over source, conversation and turn. A turn without a time has that of the
    one before it, or of the conversation."""
    seen: Counter[str] = Counter()
    said_at = _started(found)
    for turn in found.turns:
        said_at = turn.said_at or said_at
        seen[turn.id] += 1
        again = f" ({seen[turn.id]})" if seen[turn.id] > 1 else ""
        yield _key(source, found.id, turn.id + again), replace(turn, said_at=said_at)


def _key(*names: str) -> bytes:
    return hashlib.sha256(json.dumps(names).encode()).digest()


def _started(found: Conversation) -> datetime | None:
    return found.started_at or next((turn.said_at for turn in found.turns if turn.said_at), None)


def _kind(entry: NewEntry) -> str:
    return "thought" if entry.kind == "thought" else entry.speaker


def total(summaries: Sequence[Summary]) -> Summary:
    """Several summaries as one."""
    found = Summary()
    for summary in summaries:
        found.conversations += summary.conversations
        found.new_conversations += summary.new_conversations
        found.grown_conversations += summary.grown_conversations
        found.new.update(summary.new)
        found.known += summary.known
        found.left_out.update(summary.left_out)
        found.masked.update(summary.masked)
        found.refused += summary.refused
        found.problems += summary.problems
    return found
