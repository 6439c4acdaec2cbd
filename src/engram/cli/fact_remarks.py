"""What a person should know about a fact just told: what it replaced, and where it will not answer as hoped.

Not here: telling it (remember.py, memory_facts.py, chat_commands.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engram.answer.fact_table import Clash, clashes
from engram.cli.remembered import day, short
from engram.home import Home
from engram.lookup.canonical import canonical
from engram.settings_file import read_settings
from engram.store import facts
from engram.store.entries import Entry
from engram.store.facts import Remembered
from engram.store.ledger import Ledger


def shortest_key(home: Home) -> int:
    """From which length on keys answer questions, in characters without spaces. Raises SettingsError."""
    return read_settings(home.settings).lookup.shortest_key


def clashes_of(ledger: Ledger, entries: Sequence[Entry]) -> list[Clash]:
    """Those names of all facts that now lead elsewhere, and have to do with one of these entries."""
    wanted = {entry.id for entry in entries}
    found = clashes(facts.looked_up(ledger))
    return [clash for clash in found if clash.entry in wanted or clash.leads_to in wanted]


def merged_spelling(found: Remembered) -> tuple[str, str] | None:
    """Two spellings that count as one key: the earlier and the new one."""
    if found.before is None or not found.changed or found.before.key == found.entry.key:
        return None
    return found.before.key, found.entry.key


def short_keys(entry: Entry, shortest: int) -> list[str]:
    """Key and aliases that are too short to answer a question."""
    return [name for name in (entry.key, *entry.options.aliases) if len(canonical(name)) < shortest]


def replaced(found: Remembered) -> Iterator[str]:
    """A sentence about the value whose place a fact took."""
    before = found.before
    if before and found.changed:
        where = f"({day(before)}, entry {before.id})"
        spelled = (
            f" It was told as {short(before.key)!r}: case does not count." if merged_spelling(found) else ""
        )
        yield f"It was {short(before.text)} {where}; that stays as history.{spelled}"


def remarks(ledger: Ledger, found: Remembered, shortest: int) -> Iterator[str]:
    """Sentences about where a fact, just written down or there already, does not answer as hoped."""
    entry = found.entry
    if not facts.may_look_up(entry):
        why = "as its tag says" if not entry.flags else f"since it is flagged ({', '.join(entry.flags)})"
        yield f"It does not answer word for word, {why}."
        return
    for name in short_keys(entry, shortest):
        yield f"{short(name)!r} is short, and short words end many sentences: it answers only by itself."
    for clash in clashes_of(ledger, [entry]):
        yield f"{short(clash.name)!r} of entry {clash.entry} is answered by entry {clash.leads_to} now."
