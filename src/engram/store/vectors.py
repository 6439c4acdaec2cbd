"""The vectors of chunks: kept in the database as float16, searched in memory as one float32 matrix.

Every chunk is compared with the question: no approximate index, so nothing is missed and nothing is to be
tuned. Not here: who makes vectors (answer/embedders.py) and which chunks get one (index.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engram.store.database import Database

Vector = npt.NDArray[np.float32]


class VectorTable:
    """The vectors of one database; `nearest` follows what other processes add and take away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._matrix: Vector = np.empty((0, 0), dtype=np.float32)  # [room, d]
        self._chunks: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)  # [room]
        self._said: npt.NDArray[np.bool_] = np.empty(0, dtype=np.bool_)  # [room]
        self._count = self._last = 0
        self._generation = -1

    def put(self, chunk: int, vector: Vector) -> None:
        """Keep the vector [d] of a chunk that waits for one, inside the caller's transaction; if somebody
        else did so meanwhile, or the chunk is gone, nothing happens."""
        if self._database.rows("DELETE FROM chunk_pending WHERE chunk = ? RETURNING chunk", (chunk,)):
            blob = vector.astype("<f2").tobytes()
            self._database.rows("INSERT INTO chunk_vector (chunk, vector) VALUES (?, ?)", (chunk, blob))

    def drop(self, chunk: int) -> None:
        """Take a chunk's vector away, or its place among those that wait; inside a transaction."""
        self._database.rows("DELETE FROM chunk_pending WHERE chunk = ?", (chunk,))
        if self._database.rows("DELETE FROM chunk_vector WHERE chunk = ? RETURNING chunk", (chunk,)):
            self._database.rows("UPDATE index_state SET generation = generation + 1")

    def clear(self, embedder: str) -> None:
        """Let every leader wait for a vector of this embedder; inside a transaction."""
        self._database.rows("DELETE FROM chunk_vector")
        self._database.rows("INSERT OR IGNORE INTO chunk_pending SELECT id FROM chunk WHERE leader = id")
        self._database.rows("UPDATE index_state SET embedder = ?, generation = generation + 1", (embedder,))

    def nearest(self, query: Vector, limit: int, said_only: bool) -> list[tuple[int, float]]:
        """(chunk, dot product) of the `limit` nearest vectors, best first; `query` [d]. Chunks without any
        likeness are left out."""
        self._catch_up()
        if not self._count or query.shape[0] != self._matrix.shape[1]:
            return []
        # Not `@`: memory bounds a product this thin, and waiting for a second, busy core costs milliseconds.
        scores: Vector = np.einsum("nd,d->n", self._matrix[: self._count], query)  # [count]
        if said_only:
            scores[~self._said[: self._count]] = -1.0
        best = np.argpartition(scores, max(0, len(scores) - limit))[-limit:]
        best = best[np.lexsort((self._chunks[best], -scores[best]))]
        return [(int(self._chunks[i]), float(scores[i])) for i in best if scores[i] > 0]

    def _catch_up(self) -> None:
        """Read what was added since the last call; everything, if something was taken away."""
        ((generation,),) = self._database.rows("SELECT generation FROM index_state")
        if generation != self._generation:
            self._empty(generation)
        rows = self._database.rows(
            "SELECT v.id, v.chunk, c.said, v.vector FROM chunk_vector v JOIN chunk c ON c.id = v.chunk "
            "WHERE v.id > ? ORDER BY v.id",
            (self._last,),
        )
        if rows:
            self._add(rows)

    def _add(self, rows: Sequence[tuple[int, int, int, bytes]]) -> None:
        new = np.frombuffer(b"".join(row[3] for row in rows), dtype="<f2").reshape(len(rows), -1)
        total = self._count + len(rows)
        if total > len(self._chunks):
            self._grow(total + total // 4 if self._count else total, new.shape[1])
        there = slice(self._count, total)
        self._matrix[there] = new
        self._chunks[there] = [chunk for _, chunk, _, _ in rows]
        self._said[there] = [bool(said) for _, _, said, _ in rows]
        self._count, self._last = total, rows[-1][0]

    def _grow(self, room: int, dimension: int) -> None:
        """Room for this many vectors; those that are there stay."""
        there = slice(0, self._count)
        matrix = np.empty((room, dimension), dtype=np.float32)
        chunks, said = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.bool_)
        matrix[there] = self._matrix[there].reshape(self._count, dimension)
        chunks[there], said[there] = self._chunks[there], self._said[there]
        self._matrix, self._chunks, self._said = matrix, chunks, said

    def _empty(self, generation: int) -> None:
        self._matrix = np.empty((0, 0), dtype=np.float32)
        self._chunks, self._said = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)
        self._count = self._last = 0
        self._generation = generation
