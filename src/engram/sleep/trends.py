"""How nights went over time: <home>/trends.jsonl, one line for each night that ended with a verdict.

A line is made from what the night left in its folder, so a night that was killed before it wrote its line
gets it later. It outlives that folder, and holds figures and numbers of entries, never text: there is nothing
here for forgetting to reach. The night of a memory is the first that put an adapter in service which was
taught it; it stays so when that adapter is pruned, rolled back or rebuilt. Not here: what follows from the
lines (retained.py), or drawing them (trend_page.py).
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engram.disk import disk_errors
from engram.home import Home
from engram.sleep.bundle import BUNDLE
from engram.sleep.journal import read_journal
from engram.sleep.morning import PastNight, read_past
from engram.sleep.nights import nights
from engram.store.entries import local, stamp

TRENDS = "trends.jsonl"
PARTS = ("new", "old", "skills", "skills_of_base")
"""What a night asks about, by the names in evidence.py."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` questions were answered right."""

    right: int
    n: int

    @property
    def accuracy(self) -> float:
        return self.right / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """Shares of `n` questions right: `before` of what was in service, `after` of the night's candidate."""

    before: float
    after: float
    n: int


@dataclass(frozen=True, slots=True)
class Trend:
    """One night. `date` is when it ended (UTC, ISO 8601), `version` what it put in service ("" for nothing).

    `memories` counts all that was taught, `new` those that what served before was not taught; losses are nats
    per token of held-out text, None where they were not measured. `matrix` says for each earlier night (and
    this one, if it put something in service) what the model that serves next still knows of it. `taught` are
    the entries of which this night is the night.
    """

    night: str
    date: str
    outcome: str
    version: str = ""
    memories: int = 0
    new: int = 0
    parts: Mapping[str, Part] = field(default_factory=dict)
    loss_before: float | None = None
    loss_after: float | None = None
    matrix: Mapping[str, Share] = field(default_factory=dict)
    taught: tuple[int, ...] = ()

    @property
    def day(self) -> str:
        """When it ended, as this machine's calendar has it."""
        return f"{local(self.date):%Y-%m-%d}"


def trend(past: PastNight, bundle: Mapping[str, Any], known: Mapping[int, str], memories: int = 0) -> Trend:
    """The line of a night that ended, from its evidence as JSON values; `known` are the nights of entries so
    far. Evidence that cannot be read counts as not measured."""
    new, old = _pairs(bundle, "new"), _pairs(bundle, "old")
    side = "after" if past.version else "before"
    asked = [*old, *new] if past.version else [pair for pair in (*old, *new) if _entry(pair) in known]
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
    )


def nights_of(trends: Iterable[Trend]) -> dict[int, str]:
    """The night of each entry, as far as these lines say."""
    return {entry: line.night for line in reversed(list(trends)) for entry in line.taught}


def catch_up(home: Home) -> list[Trend]:
    """Append a line for each night that ended and has none; returns those. Raises StorageError."""
    written = read_trends(home)
    missing = _missing(home, written)
    for line in missing:
        append_trend(home, line)
    return missing


def all_trends(home: Home) -> list[Trend]:
    """All nights that ended, oldest first, also those without a line so far. Nothing is written."""
    written = read_trends(home)
    return [*written, *_missing(home, written)]


def append_trend(home: Home, line: Trend) -> None:
    """One line more, on the disk when it returns; a line that was cut off before is ended first."""
    file = home.root / TRENDS
    with disk_errors(file), file.open("a+b") as lines:
        size = lines.seek(0, os.SEEK_END)
        if not size:
            file.chmod(0o600)
        lines.seek(max(0, size - 1))
        whole = lines.read() in (b"", b"\n")
        lines.write((b"" if whole else b"\n") + json.dumps(asdict(line)).encode() + b"\n")
        lines.flush()
        os.fsync(lines.fileno())


def read_trends(home: Home) -> list[Trend]:
    """The lines in order, of two about the same night the later; what is no line is passed over."""
    try:
        lines = (home.root / TRENDS).read_bytes().splitlines()
    except OSError:
        return []
    found: dict[str, Trend] = {}
    for line in lines:
        if read := _read(line):
            found[read.night] = read
    return list(found.values())


def _read(line: bytes) -> Trend | None:
    try:
        said = json.loads(line)
        return Trend(
            night=str(said["night"]),
            date=stamp(datetime.fromisoformat(said["date"])),
            outcome=str(said["outcome"]),
            version=str(said["version"]),
            memories=int(said["memories"]),
            new=int(said["new"]),
            parts={str(name): _read_part(part) for name, part in said["parts"].items()},
            loss_before=_read_loss(said["loss_before"]),
            loss_after=_read_loss(said["loss_after"]),
            matrix={night: Share(int(s["right"]), int(s["n"])) for night, s in said["matrix"].items()},
            taught=tuple(map(int, said["taught"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _read_part(part: Mapping[str, Any]) -> Part:
    return Part(float(part["before"]), float(part["after"]), int(part["n"]))


def _read_loss(value: Any) -> float | None:
    return None if value is None else float(value)


def _missing(home: Home, written: Sequence[Trend]) -> list[Trend]:
    """Lines of nights that ended and have none."""
    have, known, found = {line.night for line in written}, nights_of(written), list[Trend]()
    for folder in nights(home):
        past = None if folder.name in have else read_past(folder)
        if past:
            found.append(trend(past, _bundle(folder), known, _memories(folder)))
            known |= dict.fromkeys(found[-1].taught, past.name)
    return found


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
