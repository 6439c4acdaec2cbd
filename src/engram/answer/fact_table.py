"""Facts of the ledger as the table that is looked up, and which of them stand in each other's way there.

The ledger tells keys apart by their words, the table without spaces too: of `light house` and `lighthouse`
the newer answers. Not here: the table (lookup/table.py), or when it is stale (exact.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from engram.errors import UsageError
from engram.lookup.canonical import canonical
from engram.lookup.facts import Fact
from engram.lookup.table import FactTable
from engram.store.entries import Entry

Place = tuple[str, str]
"""Namespace and canonical key."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A key, or an alias, of one entry that leads to another entry's fact."""

    name: str
    entry: int
    leads_to: int


def facts_of(entries: Iterable[Entry]) -> dict[Place, Fact]:
    """Current facts, oldest first, by their places; one that cannot be looked up is left out."""
    found: dict[Place, Fact] = {}
    for entry in entries:
        with suppress(UsageError):  # a key of marks alone, say
            found[entry.options.namespace, canonical(entry.key)] = fact_of(entry)
    return found


def fact_of(entry: Entry) -> Fact:
    """Raises UsageError for what no text can ask for."""
    options = entry.options
    return Fact(
        entry.key,
        entry.text,
        options.aliases,
        options.probability,
        options.end,
        options.namespace,
        entry.id,
        entry.said_at,
    )


def change(table: FactTable, wanted: dict[Place, Fact]) -> None:
    """Let a table hold these facts and no others; what is the same is left alone."""
    there = {(fact.namespace, canonical(fact.key)): fact for fact in table.facts()}
    for namespace, key in there.keys() - wanted.keys():
        table.delete(key, namespace)
    for place, fact in wanted.items():
        if there.get(place) != fact:
            table.put(fact)


def clashes(entries: Iterable[Entry]) -> Iterator[Clash]:
    """Names among these current facts, oldest first, under which another one of them answers."""
    known = [entry for entry in entries if canonical(entry.key)]
    table = FactTable(facts_of(known).values())
    for entry in known:
        for name in (entry.key, *entry.options.aliases):
            fact = table.get(name, entry.options.namespace)
            if fact is not None and fact.source is not None and fact.source != entry.id:
                yield Clash(name, entry.id, fact.source)
