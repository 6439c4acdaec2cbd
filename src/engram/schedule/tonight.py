"""Whether a scheduled night begins now, and how the last one ended: two small files in the home.

The same on every system, so that one place decides and says why. A night that was put off is due until it has
been slept: the next start of the machine asks again. Not here: the night (sleep/night.py).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from engram.disk import to_json, write_file
from engram.errors import EngramError, GateRefused, NotEnoughEvidence
from engram.home import Home
from engram.schedule.installing import Kind
from engram.schedule.plan import after, before, parse_time
from engram.schedule.power import on_battery
from engram.store.entries import stamp
from engram.store.ledger import Clock, now

TIMETABLE, LAST = "schedule.json", "schedule-last.json"
SLEPT, PUT_OFF, FAILED = "slept", "put off", "failed"


@dataclass(frozen=True, slots=True)
class Timetable:
    """That this home sleeps at a time of day ("03:00"), who wakes it up to do so (launchd, systemd or cron),
    and since when (UTC, ISO 8601)."""

    at: str
    kind: Kind
    since: str

    def next(self, moment: datetime) -> datetime:
        """When the next night is due, by the clock; local time."""
        return after(parse_time(self.at), moment)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the last scheduled night ended: `slept`, `put off` or `failed`, and why, as a sentence. `slept` is
    when one was last slept ("" for never)."""

    at: str
    outcome: str
    why: str = ""
    slept: str = ""


def read_timetable(home: Home) -> Timetable | None:
    """None where nothing is scheduled, or it cannot be read."""
    found = _read(home.root / TIMETABLE)
    try:
        timetable = Timetable(**found)
        parse_time(timetable.at)
        datetime.fromisoformat(timetable.since)
    except (TypeError, ValueError, EngramError):
        return None
    return timetable if timetable.kind in get_args(Kind) else None


def write_timetable(home: Home, at: str, kind: Kind, clock: Clock = now) -> Timetable:
    """Write down what was scheduled. Raises StorageError."""
    timetable = Timetable(at, kind, stamp(clock()))
    write_file(home.create().root / TIMETABLE, to_json(asdict(timetable)))
    return timetable


def remove_timetable(home: Home) -> None:
    (home.root / TIMETABLE).unlink(missing_ok=True)


def last_attempt(home: Home) -> Attempt | None:
    """None where there was none, or it cannot be read."""
    try:
        return Attempt(**_read(home.root / LAST))
    except TypeError:
        return None


def reason_to_wait(home: Home, least_disk: int, clock: Clock = now) -> str:
    """Why a scheduled night does not begin now, as a sentence; "" where it does. `least_disk` in bytes.

    A night that is put off is written down. Raises StorageError.
    """
    moment, last = clock(), last_attempt(home)
    timetable = read_timetable(home)
    if timetable and not is_due(timetable, last.slept if last else "", moment):
        return f"No night is due before {timetable.next(moment):%Y-%m-%d %H:%M}."
    if why := hindrance(on_battery(), shutil.disk_usage(home.create().root).free, least_disk):
        _write(home, Attempt(stamp(moment), PUT_OFF, why, last.slept if last else ""))
    return why


def is_due(timetable: Timetable, slept: str, moment: datetime) -> bool:
    """Whether the time has come since it was scheduled, and since a night was last slept."""
    done = max(timetable.since, slept)
    return before(parse_time(timetable.at), moment) > datetime.fromisoformat(done)


def hindrance(battery: bool, free: int, least: int) -> str:
    """What speaks against a night just now. `free` and `least` in bytes."""
    if battery:
        return "The machine runs on its battery: the night is put off."
    if free < least:
        return f"{free / 1e6:,.0f} MB of disk are free, and a night needs {least / 1e6:,.0f}: it is put off."
    return ""


@contextmanager
def attempt(home: Home, clock: Clock = now) -> Iterator[None]:
    """Inside, a scheduled night is slept; how it ended is written down. An interrupted one stays due."""
    last = last_attempt(home)
    before_that = last.slept if last else ""
    try:
        yield
    except (GateRefused, NotEnoughEvidence):
        _write(home, _slept(clock))
        raise
    except EngramError as error:
        _write(home, Attempt(stamp(clock()), FAILED, error.message, before_that))
        raise
    _write(home, _slept(clock))


def _slept(clock: Clock) -> Attempt:
    moment = stamp(clock())
    return Attempt(moment, SLEPT, slept=moment)


def _write(home: Home, attempt: Attempt) -> None:
    write_file(home.create().root / LAST, to_json(asdict(attempt)))


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and all(isinstance(v, str) for v in found.values()) else {}
