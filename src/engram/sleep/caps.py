"""How much one source may teach: a cap for each, and what says the same counts once. Pure.

A flood from one place (a long import, one conversation that repeats itself) then cannot outvote the rest of
what is remembered. Not here: which entries may be trained on at all (store/tags.py, route.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engram.sleep.copies import Copies
from engram.sleep.memories import Memory
from engram.store.entries import CHAT, REMEMBER, Entry


@dataclass(frozen=True, slots=True)
class Caps:
    """Most memories of one source: what the user said or told in chat, any other source (an import, pastes),
    and one conversation. A year of chat has brought fewer than the first; the others keep one voice from
    being most of what is learned."""

    said: int = 5000
    elsewhere: int = 200
    conversation: int = 200


@dataclass(frozen=True, slots=True)
class Capped:
    """What stays, in its order, and how many were left out, by reason."""

    kept: tuple[Memory, ...]
    left_out: Mapping[str, int]


def capped(remembered: Sequence[Memory], entries: Sequence[Entry], caps: Caps | None = None) -> Capped:
    """The memories that are taught. Of those that say the same the oldest stays, which may be taught already;
    of too many of one source the newest stay."""
    by_id = {entry.id: entry for entry in entries}
    unlike = _unlike(remembered)
    kept = _newest(unlike, by_id, caps or Caps())
    reasons = {"said twice": len(remembered) - len(unlike), "too many of one source": len(unlike) - len(kept)}
    return Capped(tuple(kept), {reason: count for reason, count in reasons.items() if count})


def _unlike(remembered: Sequence[Memory]) -> list[Memory]:
    """The first of those that say the same."""
    copies = Copies()
    return [memory for memory in remembered if copies.of(memory)[1]]


def _newest(remembered: Sequence[Memory], by_id: Mapping[int, Entry], caps: Caps) -> list[Memory]:
    count: Counter[object] = Counter()
    kept: list[Memory] = []
    for memory in reversed(remembered):
        entry = by_id[memory.entries[-1]]
        said = entry.source in (CHAT, REMEMBER)
        limits: list[tuple[object, int]] = [(entry.source, caps.said if said else caps.elsewhere)]
        if entry.session is not None:
            limits.append((entry.session, caps.conversation))
        if all(count[place] < most for place, most in limits):
            count.update(place for place, _ in limits)
            kept.append(memory)
    return kept[::-1]
