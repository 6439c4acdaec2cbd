"""Which entries an adapter was trained on, and which adapters were trained on something forgotten since.

Not here: training, or what becomes of a flagged adapter (the night rebuilds it; until then it is said).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from engram.errors import AdapterError
from engram.store.database import Database


def check_there(database: Database, entries: Iterable[int]) -> None:
    """Raises AdapterError if one of these entries is forgotten, or was never there."""
    rows = database.rows(
        "SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT id FROM entry WHERE forgotten_at IS NULL)",
        (json.dumps(list(entries)),),
    )
    if rows:
        raise AdapterError(
            "Something that this adapter was trained on was forgotten meanwhile; it is not kept.",
            "Train it again: engram sleep.",
        )


def record_entries(database: Database, adapter: str, entries: Iterable[int]) -> None:
    """Write down what a registered version was trained on."""
    with database.write():
        database.rows(
            "INSERT OR IGNORE INTO adapter_entry SELECT ?, value FROM json_each(?)",
            (adapter, json.dumps(sorted(entries))),
        )


def entries_of(database: Database, adapter: str) -> list[int]:
    """What a version was trained on, by number."""
    rows = database.rows("SELECT entry FROM adapter_entry WHERE adapter = ? ORDER BY entry", (adapter,))
    return [number for (number,) in rows]


def trained_on(database: Database, entries: Iterable[int]) -> tuple[str, ...]:
    """Versions that were trained on one of these entries."""
    rows = database.rows(
        "SELECT DISTINCT adapter FROM adapter_entry WHERE entry IN (SELECT value FROM json_each(?)) "
        "ORDER BY adapter",
        (json.dumps(list(entries)),),
    )
    return tuple(name for (name,) in rows)


def flag(database: Database, adapters: Iterable[str], receipt: int) -> None:
    """Mark versions as trained on something forgotten, inside the transaction that is open."""
    for name in adapters:
        database.rows("INSERT OR IGNORE INTO adapter_flag VALUES (?, ?)", (name, receipt))


def forgotten_in(database: Database) -> dict[str, int]:
    """Flagged versions, and how many of the entries that each was trained on are forgotten."""
    return dict(
        database.rows(
            "SELECT f.adapter, count(DISTINCT e.id) FROM (SELECT DISTINCT adapter FROM adapter_flag) f "
            "JOIN adapter_entry t ON t.adapter = f.adapter "
            "JOIN entry e ON e.id = t.entry AND e.forgotten_at IS NOT NULL GROUP BY f.adapter"
        )
    )
