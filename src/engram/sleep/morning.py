"""What came of past nights, and what waits for the next one: values, and what is said of them.

Read from the nights' folders, where verdict and evidence lie; they name entries by number and hold no text.
What cannot be read is left out. Not here: a night (night.py), or the next one's time (schedule).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engram.home import Home
from engram.sleep.bundle import Delta, read_deltas
from engram.sleep.gate import GateRules
from engram.sleep.nights import VERDICT, nights, read_night, read_verdict, unfinished
from engram.sleep.selecting import select
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import Ledger
from engram.store.provenance import entries_of
from engram.store.routes import corrections, recorded_routes

_MARKS = {"accept": "holds", "reject": "fails", "not_enough_evidence": "cannot tell"}
"""Which checks decided an outcome."""


@dataclass(frozen=True, slots=True)
class PastNight:
    """A night that ended. `ended` is UTC in ISO 8601; `version` the adapter that it made, "" for none;
    `service` what served when it began, "" for the bare base. `reasons` are the sentences that decided it.
    `base` is the revision of the base, `model` its name; `elsewhere`: it was compared with something that
    did not serve."""

    name: str
    ended: str
    outcome: str
    version: str = ""
    service: str = ""
    rebuild: bool = False
    reasons: tuple[str, ...] = ()
    figures: dict[str, Delta] = field(default_factory=dict)
    base: str = ""
    model: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of all `known` memories, those that the adapter in service was not taught: `new` of the `needed` from
    which a night can tell whether they were learned. `rebuild`: after a forgetting, it waits for no more."""

    known: int
    new: int
    needed: int
    rebuild: bool = False


def past_nights(home: Home) -> list[PastNight]:
    """All nights that ended, oldest first."""
    return [night for folder in nights(home) if (night := read_past(folder))]


def read_past(folder: Path) -> PastNight | None:
    """One night; None while it has not ended, or where that cannot be read."""
    verdict, begun = read_verdict(folder), read_night(folder)
    if verdict is None or verdict.get("outcome") not in _MARKS:
        return None
    return PastNight(
        folder.name,
        stamp(datetime.fromtimestamp((folder / VERDICT).stat().st_mtime, UTC)),
        verdict["outcome"],
        str(verdict.get("version") or ""),
        begun.service if begun else "",
        bool(begun and begun.rebuild),
        _reasons(verdict),
        read_deltas(folder),
        begun.base if begun else "",
        begun.model if begun else "",
        bool(begun and begun.beside is not None),
    )


def broken_off(home: Home) -> str:
    """The night that was begun and not ended, "" for none."""
    return next((folder.name for folder in reversed(unfinished(home))), "")


def waiting(home: Home, service: str, rebuild: bool = False) -> Waiting:
    """What the next night finds that `service`, the version in service, was not taught."""
    with Database.open(home.database) as database:
        entries = Ledger(database).entries()
        taught = set(entries_of(database, service)) if service else set()
        known = select(entries, corrections(database), known=recorded_routes(database)).memories
    new = sum(not taught.issuperset(memory.entries) for memory in known)
    return Waiting(len(known), new, GateRules().facts, rebuild)


def told_waiting(found: Waiting) -> str:
    """What waits, in a sentence."""
    if found.rebuild:
        return "What is left after forgetting is trained again at the next night: engram sleep."
    if not found.known:
        return "Nothing that can be learned was said yet."
    if not found.new:
        return "Nothing: all that can be learned was taught."
    if found.new < found.needed:
        return f"{found.new} of {found.needed} facts so far: too few to tell whether they were learned."
    return f"{found.new} facts, enough for a night: engram sleep."


def told(night: PastNight) -> list[str]:
    """How a night ended, in sentences: the outcome first, then why it was not taken."""
    if night.outcome == "accept":
        if not night.version:
            return ["It was good enough, and not to be put in service."]
        what = "What is left after forgetting was trained again" if night.rebuild else "Learned"
        return [f"{what}: {night.version} serves since, in place of {night.service or 'the bare base'}."]
    head = "Refused" if night.outcome == "reject" else "Too little to decide"
    return [f"{head}; {night.service or 'the bare base'} went on serving.", *night.reasons]


def told_figure(name: str, delta: Delta) -> str:
    """Before and after, in a line."""
    if not delta.asked:
        return f"{name} {delta.before:.3f} -> {delta.after:.3f}"
    return f"{name} {100 * delta.before:.1f}% -> {100 * delta.after:.1f}% (n = {delta.asked:,})"


def _reasons(verdict: Mapping[str, Any]) -> tuple[str, ...]:
    """The sentences of the checks that decided it."""
    checks = verdict.get("checks")
    return tuple(
        str(check.get("sentence", ""))
        for check in (checks if isinstance(checks, list) else [])
        if isinstance(check, dict) and check.get("mark") == _MARKS[verdict["outcome"]]
    )
