"""From everything said to what a night teaches: routes first, then caps. Pure.

Not here: the guard (lessons/screening.py), which looks at what is left, and more questions (augment.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engram.sleep.caps import Caps, capped
from engram.sleep.memories import Memory, memories
from engram.sleep.route import route_entries, to_train
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
    wanted = to_train(found, routed)
    done = capped(wanted, entries, caps)
    elsewhere = {"left to retrieval, or nothing to keep": len(found) - len(wanted)}
    left_out = {reason: count for reason, count in elsewhere.items() if count} | dict(done.left_out)
    return Selected(done.kept, tuple(routed), left_out)
