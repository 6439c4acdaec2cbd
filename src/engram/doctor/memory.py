"""Whether what was written down is whole, and what was forgotten is gone from all that was made of it.

Nothing is changed. Not here: the engine's file (house.py), how the ledger proves itself (store/verifying.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from engram.doctor.findings import Finding
from engram.home import Home
from engram.store.database import Database
from engram.store.provenance import forgotten_in
from engram.store.receipts import read_receipts
from engram.store.verifying import verify


def memory(place: Home) -> Iterator[Finding]:
    """The entries, forgettings that were interrupted, and adapters that know what is forgotten."""
    if not place.database.exists():
        return
    with Database.open(place.database) as database:
        found = verify(database)
        pending = sum(receipt.outcome is None for receipt in read_receipts(database))
        flagged = forgotten_in(database)
    if found.ok:
        yield Finding("entries", "ok", f"{found.entries - found.forgotten:,}, each as it was written")
    else:
        do = "engram memory verify names all; restore a backup, or go on knowing it."
        yield Finding("entries", "broken", f"{found.problems[0]} (problems: {len(found.problems)})", do)
    if pending:
        do = "engram memory verify finishes it."
        yield Finding("entries", "note", "a forgetting was interrupted: bytes may be left in files", do)
    for name, number in flagged.items():
        do = "Use another until it is trained again: engram adapters list, engram adapters use NAME."
        yield Finding("entries", "note", f"{name} was trained on entries forgotten since: {number}", do)
