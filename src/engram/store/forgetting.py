"""Forgetting: every byte of an entry goes, from database, index and all made from it; a receipt stays.

First one transaction empties the rows, takes them out of the index, flags adapters, lets another version
serve where a flagged one did, and writes the receipt. Then derived folders go and the database file is
rewritten, so that nothing stays in free space. A receipt without outcome says that the second part was
interrupted; `finish` does it. Not here: backups and exports, which lie where nobody here knows.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engram.errors import StorageError, UsageError
from engram.home import Home
from engram.store import derived, provenance, service, traces
from engram.store.adapters import AdapterVersions, problem_of
from engram.store.current import link_current
from engram.store.database import Database
from engram.store.entries import Entry, stamp, written
from engram.store.index import MemoryIndex
from engram.store.ledger import Clock, Ledger, now
from engram.store.receipts import Outcome, Receipt, read_receipts, write_outcome, write_receipt
from engram.store.routes import drop_routes

_EMPTY = (
    "UPDATE entry SET kind = '', session = NULL, speaker = '', source = '', said_at = '', text = NULL, "
    "key = '', model = '', adapter = '', replaces = NULL, tags = '', flags = '', options = '', rating = 0, "
    "salt = NULL, forgotten_at = ? WHERE id IN (SELECT value FROM json_each(?))"
)


def choose(
    ledger: Ledger,
    *,
    ids: Sequence[int] = (),
    query: str | None = None,
    session: int | None = None,
    before: datetime | str | None = None,
    source: str | None = None,
) -> list[Entry]:
    """The entries of these numbers, or those that meet every criterion given.

    `query` is found anywhere in text, key or aliases, in parts of words too, whatever the case. Raises
    UnknownName, and UsageError if nothing says which.
    """
    if query is not None and not query.strip():
        raise UsageError("An empty query would choose everything.", "Say what to look for.")
    if ids and (query, session, before, source) == (None,) * 4:
        return [ledger.get(id) for id in sorted(set(ids))]
    if ids or (query, session, before, source) == (None,) * 4:
        raise UsageError("Say what to forget.", "Give numbers, or --query, --session, --before or --source.")
    found = ledger.entries(session=session, before=before, source=source)
    words = _plain(query or "").strip()
    return [entry for entry in found if any(words in _plain(text) for text in written(entry))]


def _plain(text: str) -> str:
    """Without case, and one way of writing each character."""
    return unicodedata.normalize("NFKC", text).casefold()


def forget(
    home: Home, database: Database, entries: Sequence[Entry], *, how: str = "ids", clock: Clock = now
) -> Receipt:
    """Forget these entries for good.

    When it returns, nothing of them is left below the home but what the receipt names. Raises StorageError
    that says so if the entries are gone, and the files could not be cleaned just now; `finish` cleans later.
    """
    if not entries:
        raise UsageError("There is nothing to forget.", "engram memory list shows what there is.")
    wanted = traces.passages(entries)
    receipt = _empty(home, database, entries, how, stamp(clock()))
    try:
        return _clean(home, database, receipt, wanted)
    except (StorageError, KeyboardInterrupt) as error:
        why = error.message if isinstance(error, StorageError) else "It was interrupted."
        raise StorageError(
            f"The entries are forgotten, but bytes of them may be left in files below {home.root}. {why}",
            "Run engram memory verify: it finishes this.",
        ) from error


def finish(home: Home, database: Database) -> int:
    """Clean up after forgettings that were interrupted; how many there were. Raises StorageError."""
    pending = [receipt for receipt in read_receipts(database) if receipt.outcome is None]
    for receipt in pending:
        _clean(home, database, receipt, ())
    return len(pending)


def _empty(home: Home, database: Database, entries: Sequence[Entry], how: str, made_at: str) -> Receipt:
    """The transaction: all of it or nothing."""
    with database.write():
        ledger = Ledger(database)
        ids = tuple(sorted({ledger.get(entry.id).id for entry in entries}))
        as_json = json.dumps(ids)
        sessions = [entry.session for entry in entries if entry.session is not None]
        drop_routes(database, ids)
        MemoryIndex(database).remove(ids)  # it needs the text to find its own copies
        database.rows(_EMPTY, (made_at, as_json))
        database.rows(
            "DELETE FROM session WHERE id IN (SELECT value FROM json_each(?)) "
            "AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.session = session.id)",
            (json.dumps(sessions),),
        )
        adapters = provenance.trained_on(database, ids)
        counts = dict(Counter[str](entry.kind for entry in entries))
        serving = _take_off(home, database, adapters, made_at)
        receipt = write_receipt(database, made_at, how, ids, counts, adapters, serving)
        provenance.flag(database, adapters, receipt.id)
    return receipt


def _take_off(home: Home, database: Database, adapters: Iterable[str], made_at: str) -> dict[str, str]:
    """Where a marked version serves, the newest clean one that served before takes its place, or the bare
    base. Returns what serves now, "" for the base, by the base's id."""
    marked = {*provenance.forgotten_in(database), *adapters}
    known = {version.name: version for version in AdapterVersions(database).list_versions()}

    def problem(name: str) -> str:
        return "was trained on it too" if name in marked else problem_of(home.adapters, known[name])

    return {
        base: service.roll_back(database, base, problem, made_at, service.FORGOTTEN).after or ""
        for base in service.bases(database)
        if service.serving(database, base) in marked
    }


def _clean(home: Home, database: Database, receipt: Receipt, wanted: Sequence[str]) -> Receipt:
    """Everything but the rows: derived folders, free space in the file, and a search for what is left."""
    link_current(database, home.adapters)
    named = derived.made_from(home, receipt.entries)
    derived.remove(named)
    database.compact()
    hits = traces.search(home.root, database, wanted)
    unnamed = {place for file in hits.found if (place := derived.place_of(home, file))}
    derived.remove(unnamed)
    echoing = traces.echoes(database, wanted)
    outcome = Outcome(
        removed=_names(home, {*named, *unnamed}),
        passages=len(wanted),
        files=hits.files,
        bytes=hits.bytes,
        left=_names(home, _left(database, hits.found, echoing)),
        echoes=tuple(sorted({number for numbers in echoing.values() for number in numbers})),
    )
    write_outcome(database, receipt.id, outcome)
    return replace(receipt, outcome=outcome)


def _left(
    database: Database, found: Mapping[Path, frozenset[str]], echoing: Container[str]
) -> Iterator[Path]:
    """Files that still hold a passage; the database only if it is one that no other entry contains."""
    for file, passages in found.items():
        if file == database.file:  # a single word stands in its index as well, if another entry has that word
            passages = frozenset(p for p in passages if " " in p and p not in echoing)
        if passages and file.exists():
            yield file


def _names(home: Home, paths: Iterable[Path]) -> tuple[str, ...]:
    """Relative to the home."""
    return tuple(sorted(os.path.relpath(path, home.root) for path in paths))
