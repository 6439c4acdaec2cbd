"""The search index: whatever the ledger holds, found again by words and by likeness.

Derived from the ledger and never more than it: `refresh` adds what is new, `remove` takes away every byte of
what is to be forgotten, `rebuild` makes it anew. Not here: how a question is answered from it (search.py),
the rows and groups of chunks (duplicates.py), and what becomes a note (answer/recall.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from engram.store.chunks import chunks
from engram.store.database import Database
from engram.store.duplicates import BODY, ChunkRows, Piece
from engram.store.search import Found as Found
from engram.store.search import Search
from engram.store.sentences import told
from engram.store.vectors import VectorTable
from engram.types import Embedder

BATCH = 128
"""Entries, or vectors, per write transaction: others wait for some 50 ms."""

_TABLES = ("chunk", "chunk_band", "chunk_text", "chunk_pending", "chunk_vector")


@dataclass(frozen=True, slots=True)
class IndexStats:
    """`groups` counts the chunks that stand in the search tables, `waiting` those without a vector yet;
    `behind` the entries that are not indexed yet."""

    embedder: str
    entries: int
    chunks: int
    groups: int
    terms: int
    vectors: int
    waiting: int
    behind: int


def _nobody(added: int) -> None:
    """Watches when nobody does."""


class MemoryIndex:
    """The index of one database. Without an embedder only words are searched."""

    def __init__(self, database: Database, embedder: Embedder | None = None) -> None:
        self._database = database
        self._rows = database.rows
        self._embedder = embedder
        self._vectors = VectorTable(database)
        self._chunks = ChunkRows(database, self._vectors)
        self._search = Search(database, self._vectors, embedder)

    def refresh(self, watch: Callable[[int], None] = _nobody) -> int:
        """Index whatever the ledger has and the index has not, and drop what the ledger no longer has.

        Returns how many entries were added, and tells `watch` as it goes on. Safe to call at any time, from
        several processes.
        """
        self._drop_forgotten()
        added = 0
        while batch := self._add_batch():
            added += batch
            watch(added)
        self._embed_pending()
        return added

    def remove(self, entry_ids: Iterable[int]) -> int:
        """Take entries out: chunks, words and vectors. Inside a transaction of the caller it is a part of
        that one; to be called while the entries still have their text. Returns how many chunks went."""
        with self._database.write():
            return self._chunks.remove(entry_ids)

    def rewind(self, entry_id: int) -> None:
        """Take out this entry and all after it, so that the next `refresh` indexes them as if for the first
        time: which of two likes leads the other hangs on their order. Inside a transaction of the caller it
        is a part of that one."""
        with self._database.write():
            rows = self._rows("SELECT DISTINCT entry FROM chunk WHERE entry >= ?", (entry_id,))
            self._chunks.remove([number for (number,) in rows])
            self._rows("UPDATE index_state SET through = min(through, ?)", (entry_id - 1,))

    def rebuild(self) -> int:
        """Make everything anew from the ledger. Returns how many entries are indexed."""
        self.clear()
        return self.refresh()

    def clear(self) -> None:
        """Empty the index; the next `refresh` fills it again."""
        with self._database.write():
            for table in _TABLES:
                self._rows(f"DELETE FROM {table}")
            self._rows("UPDATE index_state SET through = 0, generation = generation + 1")

    def search(
        self,
        query: str,
        limit: int = 8,
        *,
        now: datetime,
        exclude: frozenset[int] = frozenset(),
        for_recall: bool = True,
    ) -> list[Found]:
        """What fits the query, best first. Entries of `exclude` are left out; `for_recall` also leaves out
        what must not become a note: answers, questions, #no-rag, #no-memory and what was superseded."""
        return self._search.search(query, limit, now=now, exclude=exclude, for_recall=for_recall)

    def asked(self, question: str) -> dict[str, float]:
        """The terms of a question with what each of them weighs: ranking.weights over this index."""
        return self._search.asked(question)

    def compact(self) -> tuple[int, int]:
        """Merge the word index into one piece and write the database file anew, without free space. Returns
        its size before and after, in bytes. Raises StorageError while another program reads."""
        before = self._database.file.stat().st_size
        with self._database.write():
            self._rows("INSERT INTO chunk_text (chunk_text) VALUES ('optimize')")
        self._database.compact()
        return before, self._database.file.stat().st_size

    def prune(self) -> int:
        """Take out whatever has no entry any more. Returns how many chunks went; normally none is there."""
        with self._database.write():
            lost = self._rows("SELECT DISTINCT entry FROM chunk WHERE entry NOT IN (SELECT id FROM entry)")
            went = self._chunks.remove(entry for (entry,) in lost)
        return went + self._drop_forgotten()

    def stats(self) -> IndexStats:
        """Counts of what is there."""
        count = "SELECT count(*) FROM"
        asked = (
            "SELECT count(DISTINCT entry) FROM chunk",
            f"{count} chunk",
            f"{count} chunk WHERE leader = id",
            f"{count} chunk_term",
            f"{count} chunk_vector",
            f"{count} chunk_pending",
            f"{count} entry WHERE forgotten_at IS NULL AND id > (SELECT through FROM index_state)",
        )
        numbers = [int(self._rows(sql)[0][0]) for sql in asked]
        ((embedder,),) = self._rows("SELECT embedder FROM index_state")
        return IndexStats(embedder, *numbers)

    def _drop_forgotten(self) -> int:
        """What `remove` was not called for, if anything."""
        gone = self._rows(
            "SELECT DISTINCT c.entry FROM entry e JOIN chunk c ON c.entry = e.id "
            "WHERE e.forgotten_at IS NOT NULL"
        )
        if not gone:
            return 0
        with self._database.write():
            return self._chunks.remove(entry for (entry,) in gone)

    def _add_batch(self) -> int:
        """Index the next entries; 0 when there are none. What is read is written in the same transaction, or
        a text could come back that another process forgets in between."""
        if not self._rows("SELECT 1 FROM entry WHERE id > (SELECT through FROM index_state) LIMIT 1"):
            return 0
        with self._database.write():
            added = self._add("e.id > (SELECT through FROM index_state) ORDER BY e.id LIMIT ?", BATCH)
            if added:
                self._rows("UPDATE index_state SET through = ?", (added[-1],))
        return len(added)

    def _add(self, which: str, given: int) -> list[int]:
        """Index the entries that an SQL condition names; their numbers."""
        entries = self._rows(
            f"SELECT e.id, e.kind, e.speaker, CASE WHEN e.flags = '' THEN {BODY} END FROM entry e "
            f"WHERE {which}",
            (given,),
        )
        for entry in entries:
            for piece in _pieces(*entry):
                self._chunks.add(piece)
        return [entry[0] for entry in entries]

    def _embed_pending(self) -> None:
        """Give every leader a vector of the present embedder."""
        if not (embedder := self._embedder):
            return
        if self._rows("SELECT embedder FROM index_state") != [(embedder.id,)]:
            with self._database.write():
                self._vectors.clear(embedder.id)
        while pending := self._rows("SELECT chunk FROM chunk_pending ORDER BY chunk LIMIT ?", (BATCH,)):
            vectors = embedder.embed([self._chunks.text(chunk) for (chunk,) in pending])
            with self._database.write():
                if self._rows("SELECT embedder FROM index_state") != [(embedder.id,)]:
                    return  # another process runs with other settings: it has the last word
                for (chunk,), vector in zip(pending, vectors, strict=True):
                    self._vectors.put(chunk, vector)


def _pieces(entry: int, kind: str, speaker: str, body: str | None) -> list[Piece]:
    """The chunks of an entry; none of one that is forgotten or flagged."""
    text = body or ""
    found = []
    for start, stop in chunks(text):
        said = speaker == "user" and bool(kind == "fact" or told(text[start:stop]))
        found.append(Piece(entry, start, stop, text[start:stop], f"{kind}/{speaker}", said))
    return found
