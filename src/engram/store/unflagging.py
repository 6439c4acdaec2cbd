"""Taking the flags off an entry: the user knows better than the rules, so it is indexed and trained again.

What was decided stands in the audit, by type and never with a word of the text, and counts from then on: the
last look at training rows lets it pass as well. Not here: what flags an entry (privacy), or what they do.
"""

from __future__ import annotations

from engram.errors import UsageError
from engram.store.database import Database
from engram.store.entries import Entry, stamp
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.redactions import record_allowed


def unflag(ledger: Ledger, id: int) -> Entry:
    """Take all flags off an entry, in one transaction; returns it as it is now. Raises UnknownName, and
    UsageError if it has none."""
    with ledger.database.write():
        entry = ledger.get(id)
        if not entry.flags:
            raise UsageError(f"Entry {id} has no flag.", "engram memory list shows flags after a !.")
        ledger.database.rows("UPDATE entry SET flags = '' WHERE id = ?", (id,))
        record_allowed(ledger.database, stamp(ledger.clock()), id, entry.flags)
        MemoryIndex(ledger.database).rewind(id)
        return ledger.get(id)


def allowed(database: Database) -> frozenset[int]:
    """Entries whose flags the user took off."""
    rows = database.rows("SELECT entry FROM redaction WHERE action = 'allowed' AND entry IS NOT NULL")
    return frozenset(number for (number,) in rows)
