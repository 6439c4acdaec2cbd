"""What tests of the search index share: texts that are hard to keep apart, and what an index holds.

Not here: ledgers (remembering.py).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from engram.store.database import Database
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger

NOW = datetime(2026, 11, 20, tzinfo=UTC)
STEMS = ["river", "stone", "lamp", "garden", "winter", "seven", "paper", "gate", "cloud", "honey", "seal"]
LONG = " ".join(random.Random(1).choices([a[:3] + b[:4] for a in STEMS for b in STEMS], k=90))
TEXTS = [
    *("the locker code is 7341", "The locker code is 7341", "the locker code is 7342", "hi", "hi"),
    *("what is the locker code?", "my dog is Rufo. What does he eat?", "我的狗叫小白。"),
    *(LONG, f"so truly it was that {LONG}", f"{LONG} once more and for all", f"{LONG} {LONG}", " "),
]
"""The two that are longer than LONG at either end are near it, but not to each other: LONG makes one group of
them."""


def texts(index: MemoryIndex, query: str, **more: Any) -> list[str]:
    return [found.text for found in index.search(query, now=NOW, **more)]


def content(database: Database) -> dict[str, Any]:
    """What an index holds, with the places of chunks in the ledger for their numbers."""
    place = {id: (entry, start) for id, entry, start in database.rows("SELECT id, entry, start FROM chunk")}
    return {
        "chunks": sorted(
            (place[id], stop, same, place[leader], said)
            for id, stop, same, leader, said in database.rows(
                "SELECT id, stop, same, leader, said FROM chunk"
            )
        ),
        "words": sorted((place[id], *row) for id, *row in database.rows("SELECT rowid, * FROM chunk_text")),
        "bands": sorted((place[id], band) for id, band in database.rows("SELECT * FROM chunk_band")),
        "vectors": sorted(
            (place[id], vector) for id, vector in database.rows("SELECT chunk, vector FROM chunk_vector")
        ),
        "waiting": database.rows("SELECT * FROM chunk_pending"),
    }


def erase(ledger: Ledger, id: int) -> None:
    """As forgetting.py does it, without rewriting the file."""
    with ledger.database.write():
        MemoryIndex(ledger.database).remove([id])
        ledger.database.rows("UPDATE entry SET replaces = NULL WHERE replaces = ?", (id,))
        ledger.database.rows(
            "UPDATE entry SET text = NULL, key = '', salt = NULL, forgotten_at = '2026-11-20' WHERE id = ?",
            (id,),
        )
