"""Which scheduled nights begin: once a day, not on battery, not on a full disk, and again until slept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engram.errors import GateRefused, NotEnoughEvidence, StorageError, TrainingError
from engram.home import Home
from engram.schedule import tonight
from engram.schedule.tonight import (
    FAILED,
    LAST,
    PUT_OFF,
    SLEPT,
    TIMETABLE,
    attempt,
    hindrance,
    last_attempt,
    read_timetable,
    reason_to_wait,
    remove_timetable,
    write_timetable,
)

NOON = datetime(2026, 11, 21, 12).astimezone()


def at(hours: float) -> Callable[[], datetime]:
    """A clock that stands so many hours after noon of the day on which the night was scheduled."""
    return lambda: (NOON + timedelta(hours=hours)).astimezone(UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Scheduled at noon for 03:00, on mains."""
    monkeypatch.setattr(tonight, "on_battery", lambda: False)
    place = Home(tmp_path / "home").create()
    write_timetable(place, "03:00", "systemd", at(0))
    return place


def begins(home: Home, hours: float, least: int = 0) -> bool:
    return not reason_to_wait(home, least, at(hours))


def test_once_a_day_and_not_before_the_first_time(home: Home) -> None:
    assert not begins(home, 0) and not begins(home, 14.9), "03:00 is fifteen hours after noon"
    assert begins(home, 15) and begins(home, 20), "later too, when the machine was off"
    with attempt(home, at(20)):
        pass
    assert not begins(home, 21) and not begins(home, 38.9) and begins(home, 39)
    assert "2026-11-22 03:00" in reason_to_wait(home, 0, at(1))


def test_without_a_timetable_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tonight, "on_battery", lambda: False)
    assert begins(Home(tmp_path / "new"), 0)


def test_on_battery_it_is_put_off_and_made_up_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tonight, "on_battery", lambda: True)
    assert "battery" in reason_to_wait(home, 0, at(15))
    last = last_attempt(home)
    assert last and (last.outcome, last.slept) == (PUT_OFF, "") and "battery" in last.why
    monkeypatch.setattr(tonight, "on_battery", lambda: False)
    assert begins(home, 18)


def test_with_a_full_disk_too(home: Home) -> None:
    assert "disk" in reason_to_wait(home, 10**18, at(15)) and begins(home, 16)
    assert hindrance(False, 10, 11) and not hindrance(False, 11, 11) and hindrance(True, 11, 0)


def test_being_put_off_forgets_no_night_that_was_slept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with attempt(home, at(15)):
        pass
    monkeypatch.setattr(tonight, "on_battery", lambda: True)
    assert not begins(home, 39)
    monkeypatch.setattr(tonight, "on_battery", lambda: False)
    assert begins(home, 40)
    last = last_attempt(home)
    assert last and datetime.fromisoformat(last.slept) == at(15)()


def test_scheduling_anew_does_not_begin_at_once(home: Home) -> None:
    with attempt(home, at(15)):
        pass
    write_timetable(home, "03:00", "systemd", at(40))
    assert not begins(home, 41) and begins(home, 63)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(GateRefused, SLEPT), (NotEnoughEvidence, SLEPT), (TrainingError, FAILED), (StorageError, FAILED)],
)
def test_how_it_ended(home: Home, error: type[Exception], outcome: str) -> None:
    with pytest.raises(error), attempt(home, at(15)):
        raise error("So it was.")
    last = last_attempt(home)
    assert last and last.outcome == outcome and bool(last.slept) == (outcome == SLEPT)
    assert begins(home, 16) == (outcome == FAILED)


def test_an_interrupted_one_is_due_again(home: Home) -> None:
    with pytest.raises(KeyboardInterrupt), attempt(home, at(15)):
        raise KeyboardInterrupt
    assert last_attempt(home) is None and begins(home, 16)


def test_the_clock_back_sleeps_no_night_twice(home: Home) -> None:
    with attempt(home, at(16)):
        pass
    assert not begins(home, 15.5) and not begins(home, -200)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"at": 3}',
        b'{"at": "x", "kind": "cron", "since": ""}',
        b"\xff",
        b'{"at":"03:00","kind":"x","since":"2026-11-21T11:00:00+00:00"}',
        b"[" * 100_000,
    ],
)
def test_damaged_files_count_as_none(home: Home, content: bytes) -> None:
    (home.root / TIMETABLE).write_bytes(content)
    (home.root / LAST).write_bytes(content)
    assert read_timetable(home) is None and last_attempt(home) is None
    assert begins(home, 0)


def test_what_was_scheduled_is_read_back_and_taken_away(home: Home) -> None:
    found = read_timetable(home)
    assert found and (found.at, found.kind) == ("03:00", "systemd")
    assert found.next(NOON) == NOON + timedelta(hours=15)
    remove_timetable(home)
    remove_timetable(home)
    assert read_timetable(home) is None
