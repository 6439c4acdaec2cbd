"""How nights went over time: a line for each that ended, made from what it left in its folder.

So a night that was killed before it wrote its line gets it later; once written, it outlives that folder,
which forgetting may take away. The night of a memory is the first that put an adapter in service which was
taught it; it stays so when that adapter is pruned, rolled back or rebuilt; on another base it is the first
one there. Not here: the lines as a file
(trend_lines.py), what follows from them (retained.py), or drawing them (trend_page.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engram.home import Home
from engram.sleep.bundle import BUNDLE
from engram.sleep.journal import read_journal
from engram.sleep.morning import PastNight, read_past
from engram.sleep.nights import nights, read_night
from engram.sleep.trend_lines import Part, Share, Trend, append_trend, nights_of, read_trends

PARTS = ("new", "old", "skills", "skills_of_base")
"""What a night asks about, by the names in evidence.py."""


def trend(past: PastNight, bundle: Mapping[str, Any], known: Mapping[int, str], memories: int = 0) -> Trend:
    """The line of a night that ended, from its evidence as JSON values; `known` are the nights of entries so
    far, on its base. Evidence that cannot be read counts as not measured."""
    new, old = _pairs(bundle, "new"), _pairs(bundle, "old")
    side = "after" if past.version else "before"
    asked = [*old, *new] if past.version else [pair for pair in (*old, *new) if _entry(pair) in known]
    if past.elsewhere and not past.version:  # answered by what does not serve
        asked = []
    taught = sorted({_entry(pair) for pair in asked} - set(known)) if past.version else []
    named = {**known, **dict.fromkeys(taught, past.name)}
    return Trend(
        past.name,
        past.ended,
        past.outcome,
        past.version,
        memories,
        len({pair["fact"] for pair in new}),
        {part: _part(pairs) for part in PARTS if (pairs := _pairs(bundle, part))},
        _loss(bundle, "loss_before"),
        _loss(bundle, "loss_after"),
        _matrix((named[_entry(pair)], pair[side]) for pair in asked),
        tuple(taught),
        past.base,
        past.model,
    )


def catch_up(home: Home) -> list[Trend]:
    """Append a line for each night that ended and has none; returns those. Raises StorageError."""
    missing = _missing(home, _written(home))
    for line in missing:
        append_trend(home, line)
    return missing


def all_trends(home: Home) -> list[Trend]:
    """All nights that ended, oldest first, also those without a line so far. Nothing is written."""
    written = _written(home)
    return [*written, *_missing(home, written)]


def _missing(home: Home, written: Sequence[Trend]) -> list[Trend]:
    """Lines of nights that ended and have none."""
    have, found = {line.night for line in written}, list[Trend]()
    for folder in nights(home):
        past = None if folder.name in have else read_past(folder)
        if past:
            known = nights_of(line for line in (*written, *found) if line.base == past.base)
            found.append(trend(past, _bundle(folder), known, _memories(folder)))
    return found


def _written(home: Home) -> list[Trend]:
    """The lines as they lie there; to one from before bases were written down comes that of its night, where
    its folder is still there."""
    begun = {folder.name: night for folder in nights(home) if (night := read_night(folder))}
    return [
        replace(line, base=begun[line.night].base, model=begun[line.night].model)
        if not line.base and line.night in begun
        else line
        for line in read_trends(home)
    ]


def _bundle(folder: Path) -> Mapping[str, Any]:
    try:
        bundle = json.loads((folder / BUNDLE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return bundle if isinstance(bundle, dict) else {}


def _memories(folder: Path) -> int:
    """How many memories the night found, as its journal says."""
    counts = [record.counts.get("memories", 0) for record in read_journal(folder)]
    return max((count for count in counts if isinstance(count, int)), default=0)


def _pairs(bundle: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    """The items of a part; those about memories are left out where they do not say which."""
    values = bundle.get(part)
    pairs = values.get("pairs") if isinstance(values, dict) else None
    sound = [pair for pair in (pairs if isinstance(pairs, list) else []) if _is_pair(pair)]
    return [pair for pair in sound if _entry(pair) >= 0] if part in ("new", "old") else sound


def _is_pair(pair: Any) -> bool:
    sides = isinstance(pair, dict) and all(isinstance(pair.get(side), bool) for side in ("before", "after"))
    return sides and isinstance(pair.get("fact"), str)


def _entry(pair: Mapping[str, Any]) -> int:
    """The entry of the ledger that an item is about ("12.1" is the first memory of entry 12); -1 for none."""
    number, _, _ = pair["fact"].partition(".")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else -1


def _part(pairs: Sequence[Mapping[str, Any]]) -> Part:
    before, after = (sum(pair[side] for pair in pairs) / len(pairs) for side in ("before", "after"))
    return Part(before, after, len(pairs))


def _loss(bundle: Mapping[str, Any], name: str) -> float | None:
    """0.0 is what evidence holds that nobody measured."""
    value = bundle.get(name)
    return float(value) if isinstance(value, float | int) and value else None


def _matrix(answers: Iterable[tuple[str, bool]]) -> dict[str, Share]:
    right: dict[str, list[bool]] = defaultdict(list)
    for night, is_right in answers:
        right[night].append(is_right)
    return {night: Share(sum(right[night]), len(right[night])) for night in right}
