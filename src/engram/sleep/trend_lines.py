"""<home>/trends.jsonl: one line for each night that ended, and how it is written and read.

A line holds figures and numbers of entries, never text: there is nothing in it for forgetting to reach. Not
here: what a line is made from (trends.py), or what follows from the lines (retained.py).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from engram.disk import disk_errors
from engram.home import Home
from engram.store.entries import local, stamp

TRENDS = "trends.jsonl"


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
    the entries of which this night is the night. `base` is the revision of the base, `model` its name, or "".
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
    base: str = ""
    model: str = ""

    @property
    def day(self) -> str:
        """When it ended, as this machine's calendar has it."""
        return f"{local(self.date):%Y-%m-%d}"


def nights_of(trends: Iterable[Trend]) -> dict[int, str]:
    """The night of each entry, as far as these lines say."""
    return {entry: line.night for line in reversed(list(trends)) for entry in line.taught}


def day_labels(trends: Iterable[Trend]) -> dict[str, str]:
    """Month and day of each night by its name; of several on one day the later ones say which."""
    seen: Counter[str] = Counter()
    labels = {}
    for line in trends:
        seen[line.day] += 1
        labels[line.night] = line.day[5:] + (f" ({seen[line.day]})" if seen[line.day] > 1 else "")
    return labels


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
            base=str(said.get("base", "")),
            model=str(said.get("model", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _read_part(part: Mapping[str, Any]) -> Part:
    return Part(float(part["before"]), float(part["after"]), int(part["n"]))


def _read_loss(value: Any) -> float | None:
    return None if value is None else float(value)
