"""From everything said to what a night teaches: routes first, then caps. Pure.

Not here: the guard (lessons/screening.py), which looks at what is left, and more questions (augment.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engram.routing.route import route_entries
from engram.sleep.caps import Caps, capped
from engram.sleep.copies import Copies
from engram.sleep.memories import Memory, all_told, memories
from engram.store.entries import Entry
from engram.store.routes import Route, Routed


@dataclass(frozen=True, slots=True)
class Selected:
    """The memories to teach, where every entry goes, and how many memories were left out, by reason."""

    memories: tuple[Memory, ...]
    routed: tuple[Routed, ...]
    left_out: Mapping[str, int]


def select(
    entries: Sequence[Entry],
    corrections: Mapping[int, Route],
    caps: Caps | None = None,
    known: Sequence[Routed] = (),
) -> Selected:
    """What an adapter is to learn of these entries. `known` are routes to be taken as they are."""
    there = {one.entry: one for one in known if one.entry not in corrections}
    routed = [
        *route_entries([entry for entry in entries if entry.id not in there], corrections),
        *there.values(),
    ]
    found = memories(entries)
    wanted = to_train(found, routed, _said(entries, routed, corrections))
    done = capped(wanted, entries, caps)
    elsewhere = {"left to retrieval, or nothing to keep": len(found) - len(wanted)}
    left_out = {reason: count for reason, count in elsewhere.items() if count} | dict(done.left_out)
    return Selected(done.kept, tuple(routed), left_out)


def to_train(
    remembered: Sequence[Memory], routed: Sequence[Routed], said: Sequence[tuple[Memory, Route]] = ()
) -> list[Memory]:
    """The memories that an adapter is to learn. What was confirmed decides, not the question before it;
    `said` is where the user said that memories go: of those that say the same, the last one counts."""
    routes = {one.entry: one.route for one in routed}
    copies = Copies()
    explicit = {copies.of(memory)[0]: route for memory, route in said}
    return [
        memory
        for memory in remembered
        if explicit.get(copies.of(memory)[0], routes.get(memory.entries[-1])) in ("lora", "both")
    ]


def _said(
    entries: Sequence[Entry], routed: Sequence[Routed], corrections: Mapping[int, Route]
) -> list[tuple[Memory, Route]]:
    """What the user said about memories, oldest first, as far as tags allow it: also about those that were
    told again since, which would otherwise go where a machine sends them."""
    routes = {one.entry: one.route for one in routed if one.entry in corrections}
    open_ones = [replace(entry, tags=frozenset()) if entry.id in routes else entry for entry in entries]
    found = all_told(open_ones) if routes else []
    return [(memory, routes[memory.entries[-1]]) for memory in found if memory.entries[-1] in routes]
