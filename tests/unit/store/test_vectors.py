"""The vectors: nearest by dot product, as numpy computes it over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.support.remembering import opened, said

from engram.store.database import Database
from engram.store.vectors import VectorTable


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Thirty chunks of thirty entries, every third of which may not become a note."""
    with opened(tmp_path / "memory.db") as ledger:
        ledger.append(*(said(f"turn {n}") for n in range(1, 31)))
        with ledger.database.write():
            for n in range(1, 31):
                ledger.database.rows(
                    "INSERT INTO chunk (entry, start, stop, same, leader, said) VALUES (?, 0, 1, ?, ?, ?)",
                    (n, n, n, n % 3 > 0),
                )
                ledger.database.rows("INSERT INTO chunk_pending VALUES (?)", (n,))
        yield ledger.database


def put(table: VectorTable, database: Database, matrix: np.ndarray, chunks: range) -> None:
    with database.write():
        for chunk in chunks:
            table.put(chunk, matrix[chunk])


def test_nearest_are_those_that_numpy_finds(database: Database) -> None:
    matrix = np.random.default_rng(0).standard_normal((31, 8)).astype(np.float32)
    query = matrix[7] + 0.1
    table = VectorTable(database)
    for chunks in (range(1, 10), range(10, 12), range(12, 31)):  # grows while it is used
        put(table, database, matrix, chunks)
        known = np.arange(1, chunks.stop)
        scores = matrix.astype(np.float16).astype(np.float32)[known] @ query
        expected = [int(n) for n in known[np.argsort(-scores)] if scores[n - 1] > 0]
        assert [chunk for chunk, _ in table.nearest(query, 5, False)] == expected[:5]
        allowed = [n for n in expected if n % 3]
        assert [chunk for chunk, _ in table.nearest(query, 5, True)] == allowed[:5]


def test_what_is_dropped_is_not_found_by_any_open_table(database: Database) -> None:
    matrix = np.eye(31, dtype=np.float32)
    table, other = VectorTable(database), VectorTable(database)
    put(table, database, matrix, range(1, 31))
    assert [chunk for chunk, _ in table.nearest(matrix[4], 3, False)] == [4]
    with database.write():
        other.drop(4)
    assert table.nearest(matrix[4], 3, False) == [] == other.nearest(matrix[4], 3, False)


def test_other_dimensions_replace_all(database: Database) -> None:
    table = VectorTable(database)
    put(table, database, np.eye(31, dtype=np.float32), range(1, 31))
    assert table.nearest(np.eye(31, dtype=np.float32)[4], 3, False)
    with database.write():
        table.clear("wider")
    assert table.nearest(np.eye(31, dtype=np.float32)[4], 3, False) == []
    put(table, database, np.eye(31, 40, dtype=np.float32), range(1, 31))
    assert [chunk for chunk, _ in table.nearest(np.eye(31, 40, dtype=np.float32)[4], 3, False)] == [4]


def test_a_vector_nobody_waits_for_is_not_kept(database: Database) -> None:
    table = VectorTable(database)
    put(table, database, np.eye(31, dtype=np.float32), range(1, 31))
    with database.write():
        table.put(4, np.ones(31, dtype=np.float32))  # a second process embedded it too
    assert database.rows("SELECT count(*) FROM chunk_vector") == [(30,)]
