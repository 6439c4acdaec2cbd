"""The rows of chunks and the groups of those that say the same: one leader each stands in the search tables.

A group is what can be reached over pairs that say the same (minhash.py); its leader is its oldest chunk. Both
depend only on which chunks there are, so that an index that grew and shrank equals one built at once. All of
it works inside the caller's transaction. Not here: entries, and search (index.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engram.store.database import Database
from engram.store.minhash import bands, exact_key, near
from engram.store.vectors import VectorTable
from engram.store.words import terms

_ALIASES = """
CASE WHEN json_valid(e.options) THEN coalesce((
    SELECT ' (' || group_concat(value, ', ' ORDER BY key) || ')' FROM json_each(e.options, '$.aliases')
), '') ELSE '' END
"""
BODY = f"CASE WHEN e.key = '' THEN e.text ELSE e.key || {_ALIASES} || ': ' || e.text END"
"""What of an entry is cut into chunks, in SQL: the text of a turn; of a fact its key, other names of that in
brackets, and its value."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk to be added: characters [start, stop) of an entry's body, and those as `text`. `label` keeps
    apart what must never be one group; `said` tells whether it may become a note."""

    entry: int
    start: int
    stop: int
    text: str
    label: str
    said: bool


class ChunkRows:
    """The tables chunk, chunk_band, chunk_text and chunk_pending of one database."""

    def __init__(self, database: Database, vectors: VectorTable) -> None:
        self._rows = database.rows
        self._vectors = vectors

    def add(self, piece: Piece) -> None:
        """Add a chunk to the group that it belongs to, or make it the leader of its own."""
        same = exact_key(piece.text, f"{piece.label}/{int(piece.said)}")
        ((number,),) = self._rows(
            "INSERT INTO chunk (entry, start, stop, same, leader, said) VALUES (?, ?, ?, ?, 0, ?) "
            "RETURNING id",
            (piece.entry, piece.start, piece.stop, same, piece.said),
        )
        self._rows("UPDATE chunk SET leader = id WHERE id = ?", (number,))
        for band in bands(piece.text):
            self._rows("INSERT OR IGNORE INTO chunk_band VALUES (?, ?)", (number, band))
        if self._join(number, piece.text) == number:
            self._index(number, piece.text, piece.said)

    def remove(self, entries: Iterable[int]) -> int:
        """Take the chunks of these entries out, every row of them; groups that lose one are formed anew.
        Returns how many chunks went."""
        gone: list[tuple[int, int]] = []
        for entry in entries:
            gone += self._rows("SELECT id, leader FROM chunk WHERE entry = ?", (entry,))
        leaders = sorted({leader for _, leader in gone})
        for leader in leaders:
            self._unindex(leader)
        for number, _ in gone:
            self._rows("DELETE FROM chunk WHERE id = ?", (number,))
            self._rows("DELETE FROM chunk_band WHERE chunk = ?", (number,))
        for leader in leaders:
            self._form_anew(leader)
        return len(gone)

    def text(self, number: int) -> str:
        """The characters of a chunk; "" if its entry is forgotten."""
        found = self._rows(
            f"SELECT {BODY}, c.start, c.stop FROM chunk c JOIN entry e ON e.id = c.entry WHERE c.id = ?",
            (number,),
        )
        body, start, stop = found[0] if found else (None, 0, 0)
        return (body or "")[start:stop]

    def _form_anew(self, leader: int) -> None:
        """What is left of a group as groups of its own."""
        members = self._rows("SELECT id, said FROM chunk WHERE leader = ? ORDER BY id", (leader,))
        self._rows("UPDATE chunk SET leader = id WHERE leader = ?", (leader,))
        texts = {number: self.text(number) for number, _ in members}
        for number, _ in members:
            self._join(number, texts[number])
        for number, said in members:
            if self._leader_of(number) == number:
                self._index(number, texts[number], said)

    def _join(self, number: int, text: str) -> int:
        """Make one group of a chunk's and those of all that say the same; returns its leader."""
        groups = {self._leader_of(number), *self._alike(number, text)}
        leader = min(groups)
        for other in groups - {leader}:
            self._rows("UPDATE chunk SET leader = ? WHERE leader = ?", (leader, other))
            self._unindex(other)
        return leader

    def _alike(self, number: int, text: str) -> list[int]:
        """Leaders of the chunks that say the same as this one."""
        same = self._rows(
            "SELECT DISTINCT o.leader FROM chunk c JOIN chunk o ON o.same = c.same WHERE c.id = ?", (number,)
        )
        candidates = self._rows(
            "SELECT o.leader, min(o.id) FROM chunk c JOIN chunk_band b ON b.chunk = c.id "
            "JOIN chunk_band t ON t.band = b.band JOIN chunk o ON o.id = t.chunk "
            "WHERE c.id = ? AND o.same <> c.same AND o.said = c.said GROUP BY o.leader, o.same",
            (number,),
        )
        near_ones = [leader for leader, other in candidates if near(text, self.text(other))]
        return [*(leader for (leader,) in same), *near_ones]

    def _leader_of(self, number: int) -> int:
        ((leader,),) = self._rows("SELECT leader FROM chunk WHERE id = ?", (number,))
        return int(leader)

    def _index(self, number: int, text: str, said: bool) -> None:
        """Put a leader where searches look."""
        words = " ".join(terms(text))
        columns = (words, "") if said else ("", words)
        self._rows("INSERT INTO chunk_text (rowid, said, other) VALUES (?, ?, ?)", (number, *columns))
        self._rows("INSERT INTO chunk_pending VALUES (?)", (number,))

    def _unindex(self, number: int) -> None:
        self._rows("DELETE FROM chunk_text WHERE rowid = ?", (number,))
        self._vectors.drop(number)
