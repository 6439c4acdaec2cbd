"""A night may be compared with another version than the one that serves, and a rebuild stays one.

On the fake model, with a verdict that is given. Not here: what the comparison is of (test_exam.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.road import fake_job
from tests.support.sleeping import (
    FACTS,
    Killed,
    accept_what_is_valid,
    accepting,
    die,
    in_service,
    shorten_exam,
    tell,
    watched,
    worn,
)

from engram.errors import AdapterError, UnknownName
from engram.job import Job
from engram.sleep import night
from engram.sleep.evidence import Evidence
from engram.sleep.gate import Check, GateVerdict
from engram.sleep.morning import past_nights, told
from engram.sleep.night import sleep
from engram.sleep.nights import nights
from engram.sleep.trends import all_trends
from engram.sleep.wishes import Wishes
from engram.store.database import Database

FIRST, SECOND, THIRD = "2026-11-21-1", "2026-11-21-2", "2026-11-21-3"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Two nights are over: the first taught two facts, the second two more, and serves."""
    job = fake_job(tmp_path / "home")
    for part in (FACTS[:2], FACTS[2:4]):
        tell(job, part)
        assert sleep(job)
    tell(job, FACTS[4:5])
    return job


def refuse(shown: Evidence) -> GateVerdict:
    return GateVerdict("reject", (Check("all", "fails", "It is worse."),))


@pytest.mark.parametrize(
    ("beside", "rival", "new"),
    [
        (None, SECOND, 1),
        (SECOND, SECOND, 1),
        (FIRST, FIRST, 3),
        ("v1", FIRST, 3),
        ("", "", 5),
    ],
)
def test_what_is_new_is_what_the_rival_was_not_taught(
    job: Job, beside: str | None, rival: str, new: int
) -> None:
    morning = sleep(job, Wishes(beside=beside))
    assert morning and morning.night.rival == rival and morning.night.service == SECOND
    assert morning.new == new and len(set(morning.evidence.old.facts)) == 5 - new
    assert (morning.night.beside is None) == (rival == SECOND)
    assert morning.version == in_service(job) == THIRD
    known = [pair.before for pair in morning.evidence.old.pairs]
    assert len(known) == 6 * (5 - new)


def test_the_rival_answers_and_not_what_serves(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    load = Job.load

    def loading(self: Job, adapter: Path | None = None) -> object:
        asked.append(adapter.name if adapter else "bare")
        return load(self, adapter)

    monkeypatch.setattr(Job, "load", loading)
    assert sleep(job, Wishes(beside=FIRST))
    assert FIRST in asked and SECOND not in asked


@pytest.mark.parametrize("name", ["v9", "2026-11-20-1"])
def test_a_version_that_is_not_there_is_said_before_anything(job: Job, name: str) -> None:
    before = len(nights(job.home))
    with pytest.raises(UnknownName):
        sleep(job, Wishes(beside=name))
    assert len(nights(job.home)) == before


def test_a_version_of_another_base_is_refused_before_anything(job: Job) -> None:
    with Database.open(job.home.database) as database:
        database.rows(
            "INSERT INTO adapter_version SELECT 'other', 'another', base_revision, created_at, digest, "
            "manifest_digest, NULL FROM adapter_version LIMIT 1"
        )
    with pytest.raises(AdapterError, match="trained on another"):
        sleep(job, Wishes(beside="other"))


def test_a_broken_off_night_keeps_what_it_is_compared_with(job: Job) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die), Wishes(beside=FIRST))
    morning = sleep(job)
    assert morning and morning.night.rival == FIRST and len(nights(job.home)) == 3


def test_another_comparison_is_another_night(job: Job) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die), Wishes(beside=FIRST))
    tell(job, FACTS[5:6])
    morning = sleep(job, Wishes(beside=SECOND))
    assert morning and morning.night.rival == SECOND and morning.learned == 6
    assert len(nights(job.home)) == 3


def test_tries_are_counted_beside_the_same_rival(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "judge", refuse)
    wishes = [Wishes(), Wishes(beside=FIRST), Wishes(beside=FIRST), Wishes(beside=SECOND)]
    ended = [sleep(job, wish) for wish in wishes]
    assert [morning.night.tries for morning in ended if morning] == [1, 1, 2, 2]


def test_a_refused_night_beside_another_says_nothing_of_what_serves(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "judge", refuse)
    assert sleep(job, Wishes(beside=FIRST)) and sleep(job)
    *_, beside, plain = all_trends(job.home)
    assert beside.matrix == {} and plain.matrix != {}
    ended = past_nights(job.home)[-2]
    assert ended.elsewhere and f"{SECOND} went on serving" in told(ended)[0]


def test_a_broken_off_night_becomes_a_rebuild_without_training_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `engram migrate` finds it after `engram sleep` on the new base was broken off."""
    shown: list[Evidence] = []

    def judge(seen: Evidence) -> GateVerdict:
        shown.append(seen)
        return accepting(seen)

    monkeypatch.setattr(night, "judge", judge)
    weights = []
    for name in ("whole", "broken"):
        job = fake_job(tmp_path / name)
        tell(job, FACTS[:3])
        if name == "broken":
            with pytest.raises(Killed):
                sleep(watched(job, "After", 0, die))
            job = replace(job, watcher=watched(job, "Training", 1, die).watcher)  # no step is taken again
        morning = sleep(job, Wishes(rebuild=True))
        assert morning and morning.night.rebuild and len(nights(job.home)) == 1
        weights.append(worn(job))
    assert [seen.rebuild for seen in shown] == [True, True] and weights[0] == weights[1]
    assert all(ended.rebuild for ended in past_nights(job.home))
