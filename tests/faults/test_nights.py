"""A night to which something happens leaves the day untouched, and the next one ends well (promise 10).

On the fake model. Every fault at one point of the night in every run of the tests, at all five in the long
one. Not here: what a fault at every single system call of publishing does (test_system_calls.py).
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.faults.nightly import FAULTS, POSITIONS, befall
from tests.support.road import fake_job
from tests.support.sleeping import (
    FACTS,
    WEIGHTS,
    Killed,
    accept_what_is_valid,
    in_service,
    shorten_exam,
    tell,
    worn,
)

from engram import disk
from engram.disk import Files
from engram.job import Job
from engram.sleep.night import sleep
from engram.sleep.nights import VERDICT, nights
from engram.store.database import Database
from engram.store.verifying import verify

FIRST = "2026-11-21-1"
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ENDS_WELL = ("stopped and continued", "clock set back", "lock held")
"""Faults in spite of which the night itself ends as if nothing had been."""
ONCE = [
    *[("nan", "train"), ("runaway", "train"), ("out of memory", "measure"), ("missing base", "measure")],
    *[("disk full", "tidy"), ("input or output error", "promote"), ("terminated", "train")],
    *[("stopped and continued", "collect"), ("killed", "promote"), ("clock set back", "promote")],
    *[
        ("corrupt checkpoint", "measure"),
        ("empty set", "train"),
        ("lock held", "collect"),
        ("torn journal", "tidy"),
    ],
]
ALL = [(fault, position) for fault in FAULTS for position in POSITIONS]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A home with an adapter in service and more to learn, and the weights of the undisturbed next night."""
    place = tmp_path_factory.mktemp("day")
    with pytest.MonkeyPatch.context() as patch:
        shorten_exam(patch)
        accept_what_is_valid(patch)
        job = fake_job(place / "home")
        tell(job, FACTS[:4])
        assert sleep(job) and in_service(job) == FIRST
        tell(job, FACTS[4:7])
        shutil.copytree(place / "home", place / "whole")
        whole = fake_job(place / "whole")
        assert sleep(whole)
    assert worn(whole) != worn(job)
    return place / "home", worn(whole)


def test_there_are_fourteen_at_five_points() -> None:
    assert len(ONCE) == 14 and len(ALL) == 70 and set(ONCE) <= set(ALL)
    assert {fault for fault, _ in ONCE} == set(FAULTS) and {point for _, point in ONCE} == set(POSITIONS)


@pytest.mark.parametrize(("fault", "position"), ONCE)
def test_a_failed_night_leaves_the_day_untouched(
    evening: tuple[Path, bytes], tmp_path: Path, fault: str, position: str
) -> None:
    check(evening, tmp_path / "home", fault, position)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "position"), [case for case in ALL if case not in ONCE])
def test_at_every_point(evening: tuple[Path, bytes], tmp_path: Path, fault: str, position: str) -> None:
    check(evening, tmp_path / "home", fault, position)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_a_process_that_is_ended_at_random_moments(
    evening: tuple[Path, bytes], tmp_path: Path, number: signal.Signals
) -> None:
    """Twelve times, then it is let go on: the adapter is that of the undisturbed night."""
    home, random = tmp_path / "home", Random(int(number))
    shutil.copytree(evening[0], home)
    job = fake_job(home)
    before = ledger(job)
    whole = began = time.monotonic()
    for attempt in range(13):
        process = subprocess.Popen([sys.executable, "-m", "tests.support.short_sleep", str(home)], **QUIET)
        if attempt:
            with suppress(subprocess.TimeoutExpired):
                process.wait(random.uniform(0.3, 1.0) * whole)
            process.send_signal(number)
        else:  # how long one takes, in a copy
            process.wait()
            whole = time.monotonic() - began
            shutil.rmtree(home)
            shutil.copytree(evening[0], home)
        process.wait()
        assert worn(job) in (evening[1], worn(fake_job(evening[0]))) and ledger(job) == before
    last = subprocess.run([sys.executable, "-m", "tests.support.short_sleep", str(home)], **QUIET)
    assert last.returncode == 0
    assert worn(job) == evening[1]
    assert_is_whole(job)


@pytest.mark.parametrize("call", ["write", "sync"])
def test_killed_while_the_version_is_written(
    evening: tuple[Path, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Before there is a manifest that says whose it is, and without a moment to clear up."""
    home = tmp_path / "home"
    shutil.copytree(evening[0], home)
    job = fake_job(home)

    def die(self: Files, path: Path, *data: bytes) -> None:
        if path.name == WEIGHTS and path.parent.name == ".version.partial":
            raise Killed
        whole(self, path, *data)

    whole = getattr(Files, call)
    with monkeypatch.context() as patch:
        patch.setattr(Files, call, die)
        patch.setattr(disk, "_take_back", lambda *places: None)
        with pytest.raises(Killed):
            sleep(job)
    assert [path.name for path in home.rglob(".*.partial")] == [".version.partial"]
    assert in_service(job) == FIRST
    assert sleep(job) and worn(job) == evening[1]
    assert_is_whole(job)


def check(evening: tuple[Path, bytes], home: Path, fault: str, position: str) -> None:
    shutil.copytree(evening[0], home)
    job = fake_job(home)
    before, served = ledger(job), worn(job)
    error = befall(job, fault, position)
    assert worn(job) in (served, evening[1]), "something that no night made serves"
    if error and position != "tidy":
        assert in_service(job) == FIRST and worn(job) == served
    if fault in ENDS_WELL:
        assert error is None and worn(job) == evening[1]
    if fault != "empty set":
        assert ledger(job) == before
    morning = sleep(job)
    assert_is_whole(job)
    if fault == "empty set":
        assert morning is None and in_service(job) is not None
    else:
        assert morning and morning.verdict.outcome == "accept" and worn(job) == evening[1]


def ledger(job: Job) -> list[Any]:
    """Every row of it, and the end of its chain."""
    with Database.open(job.home.database) as database:
        assert verify(database).ok
        return [*database.rows("SELECT * FROM entry"), *database.rows("SELECT * FROM ledger_head")]


def assert_is_whole(job: Job) -> None:
    """Nothing half done lies about."""
    assert all((folder / VERDICT).exists() for folder in nights(job.home))
    assert not [*job.home.runs.glob("*/checkpoints"), *job.home.runs.glob("*/adapter")]
    assert not [*job.home.root.rglob(".*.partial"), *job.home.root.glob("*.owner")]
    versions = {folder.name for folder in job.home.adapters.iterdir() if not folder.is_symlink()}
    with Database.open(job.home.database) as database:
        assert versions == {name for (name,) in database.rows("SELECT name FROM adapter_version")}
