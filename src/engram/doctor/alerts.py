"""What a person should know about a home before the next night, as sentences. Quick: no file is hashed.

Nothing a user wrote is in any of them. Not here: the thorough checks (`engram doctor`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from engram.home import Home
from engram.sleep.morning import broken_off
from engram.store import service
from engram.store.adapters import AdapterVersions, problem_of
from engram.store.database import Database
from engram.store.index import MemoryIndex
from engram.store.provenance import forgotten_in
from engram.store.receipts import read_receipts

BEHIND = 100
"""Entries that the index may lack without a word: the next question adds them."""


def alerts(home: Home, base_id: str, least_disk: int) -> list[str]:
    """What is worth a warning; `least_disk` in bytes. Raises StorageError."""
    found = []
    free = shutil.disk_usage(home.root).free
    if free < least_disk:
        found.append(
            f"The disk is nearly full: {free / 1e6:,.0f} MB are free, a night needs {least_disk / 1e6:,.0f}."
        )
    if name := broken_off(home):
        found.append(f"{name} was broken off: engram sleep goes on with it.")
    with Database.open(home.database) as database:
        found += [*_adapters(home, database, base_id), *_memory(database)]
    return found


def _adapters(home: Home, database: Database, base_id: str) -> Iterator[str]:
    versions, marked = AdapterVersions(database), forgotten_in(database)
    serving = versions.in_service(base_id)
    if serving and (problem := problem_of(home.adapters, serving)):
        yield f"{serving.name}, which is in service, cannot be loaded: {problem}. engram adapters rollback"
    if serving and serving.name in marked:
        yield f"{serving.name} serves, trained on entries that are forgotten. engram adapters rollback"
    if service.rebuild_due(database, base_id):
        yield (
            "Something that was learned is forgotten, so an earlier adapter serves, or none: engram sleep "
            "trains again what is left."
        )
    others = [name for name in marked if serving is None or name != serving.name]
    if others:
        yield (
            f"Trained on entries that are forgotten, and not in service: {', '.join(others)}. "
            "engram adapters prune --forgotten deletes them."
        )


def _memory(database: Database) -> Iterator[str]:
    if (behind := MemoryIndex(database).stats().behind) >= BEHIND:
        yield f"The search index lacks {behind:,} entries: engram memory index rebuild, or the next question."
    if any(receipt.outcome is None for receipt in read_receipts(database)):
        yield "A forgetting was interrupted: engram memory verify finishes it."
