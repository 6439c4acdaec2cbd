"""The night's order of things, on the fake model: what is left, what serves, how a broken-off one goes on.

Not here: what a real model learns (the story), or the decision (test_gate.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.road import fake_job
from tests.support.sleeping import (
    FACTS,
    At,
    Killed,
    accept_what_is_valid,
    accepting,
    die,
    fact,
    in_service,
    shorten_exam,
    tell,
    worn,
)

from engram.errors import AdapterError
from engram.job import Job
from engram.lessons.wordings import wordings
from engram.sleep import night
from engram.sleep.memories import Memory
from engram.sleep.nights import nights
from engram.sleep.recipe import as_long_as, nightly
from engram.store.database import Database
from engram.store.forgetting import forget
from engram.store.ledger import Ledger
from engram.store.provenance import entries_of, forgotten_in
from engram.training.stopping import AutoRule
from engram.types import Message

FEW = FACTS[:4]
WORDINGS = len(wordings("fact").test)


def test_it_trains_as_the_recipe_says(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    kept = [(Message("user", "my cat's age?"),)]

    def prepare(job: Job, *rows: object, rule: AutoRule, replayed: object) -> None:
        seen.extend((job.settings.train, rule, replayed))
        raise Killed

    def keep(remembered: Sequence[Memory], base: object, wordings: int) -> object:
        assert len(remembered) == len(FEW) and base == job.base
        assert wordings == nightly(job.settings).data.wordings, "as many as a memory has"
        return kept

    monkeypatch.setattr(night, "prepare_run", prepare)
    monkeypatch.setattr(night, "kept_questions", keep)
    accept_what_is_valid(monkeypatch)
    tell(job, FEW)
    with pytest.raises(Killed):
        night.sleep(job)
    assert seen == [nightly(job.settings).train, as_long_as(len(FEW)), kept]
    assert nightly(job.settings) != job.settings


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_exam(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return fake_job(tmp_path / "home")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights that a night on FEW makes."""
    job = fake_job(tmp_path_factory.mktemp("unbroken") / "home")
    with pytest.MonkeyPatch.context() as patch:
        shorten_exam(patch)
        accept_what_is_valid(patch)
        tell(job, FEW)
        assert night.sleep(job)
    return worn(job)


def test_an_empty_ledger_and_one_with_little(job: Job) -> None:
    job.home.create()
    assert night.sleep(job) is None
    tell(job, FACTS[:12])
    morning = night.sleep(job)
    assert morning and morning.verdict.outcome == "not_enough_evidence" and morning.new == 12
    assert "12 of 40" in morning.verdict.reasons[0]
    assert not list(job.home.runs.iterdir()) and in_service(job) is None


def test_a_refused_night_leaves_the_day_as_it_was(job: Job) -> None:
    """The fake model repeats what it was taught and knows no other wording: there is no gain."""
    tell(job, FACTS)
    morning = night.sleep(job)
    assert morning and morning.verdict.outcome == "reject" and morning.version is None
    assert in_service(job) is None and not list(job.home.adapters.iterdir())
    (folder,) = nights(job.home)
    assert json.loads((folder / "verdict.json").read_bytes())["outcome"] == "reject"
    assert not (folder / "checkpoints").exists() and not (folder / "adapter").exists()


def test_an_accepted_night_serves_and_knows_what_it_is_made_from(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "judge", accepting)
    tell(job, FACTS)
    morning = night.sleep(job)
    assert morning and morning.version == in_service(job) == "2026-11-21-1"
    bundle = (job.home.adapter("2026-11-21-1") / "evidence.json").read_text()
    assert "ville" not in bundle and len(json.loads(bundle)["new"]["pairs"]) == WORDINGS * len(FACTS)
    with Database.open(job.home.database) as database:
        assert entries_of(database, "2026-11-21-1") == list(range(1, len(FACTS) + 1))
        forget(job.home, database, [Ledger(database).get(5)])
        assert forgotten_in(database) == {"2026-11-21-1": 1}
    # Until the next night the base serves; that night teaches again what is left, and asks for no gain.
    again = night.sleep(job)
    assert again and again.night.rebuild and again.learned == len(FACTS) - 1


@pytest.mark.parametrize(
    ("stage", "at"), [("Train", 0), ("Training", 9), ("After", 0), ("Gate", 0), ("Promote", 0)]
)
def test_what_is_forgotten_meanwhile_is_not_worn(
    job: Job, monkeypatch: pytest.MonkeyPatch, stage: str, at: int
) -> None:
    def forgetting() -> None:
        with Database.open(job.home.database) as database:
            forget(job.home, database, [Ledger(database).get(7)])

    accept_what_is_valid(monkeypatch)
    tell(job, FACTS[:8])
    with pytest.raises(AdapterError, match="forgotten meanwhile"):
        night.sleep(replace(job, watcher=At(stage, at, forgetting)))
    assert in_service(job) is None and not list(job.home.adapters.iterdir())
    assert not list(job.home.runs.iterdir())


def test_without_promotion_nothing_is_put_in_service(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    accept_what_is_valid(monkeypatch)
    tell(job, FEW)
    morning = night.sleep(job, night.Wishes(promote=False))
    assert morning and morning.verdict.outcome == "accept" and in_service(job) is None


@pytest.mark.parametrize(
    ("stage", "at"),
    [
        *[("Collect", 0), ("Filter", 0), ("Build", 0), ("Leak check", 0), ("Train", 0), ("Training", 1)],
        *[
            ("Training", 9),
            ("Measure", 0),
            ("Before", 0),
            ("Again", 0),
            ("After", 0),
            ("Gate", 0),
            ("Promote", 0),
        ],
    ],
)
def test_a_night_that_was_broken_off_ends_as_an_unbroken_one(
    job: Job, monkeypatch: pytest.MonkeyPatch, unbroken: bytes, stage: str, at: int
) -> None:
    accept_what_is_valid(monkeypatch)
    tell(job, FEW)
    with pytest.raises(Killed):
        night.sleep(replace(job, watcher=At(stage, at, die)))
    assert in_service(job) is None
    tell(job, [fact(60)])  # of the next night
    morning = night.sleep(job)
    assert morning and morning.version and morning.learned == len(FEW)
    assert worn(job) == unbroken
