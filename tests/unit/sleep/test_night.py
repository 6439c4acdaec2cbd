"""The night's order of things, on the fake model: what is left, what serves, how a broken-off one goes on.

Not here: what a real model learns (the story), or the decision (test_gate.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.road import TEXT, fake_job

from engram.errors import AdapterError
from engram.job import Job, Nobody
from engram.measure.probes import Probe
from engram.sleep import exam, night
from engram.sleep.evidence import Evidence
from engram.sleep.gate import Check, GateVerdict
from engram.sleep.nights import nights
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.forgetting import forget
from engram.store.ledger import Ledger
from engram.store.provenance import entries_of, forgotten_in
from engram.types import Message

SKILLS = tuple(
    Probe(f"s{n}", "retention", "greet", (Message("user", f"hi {n}"),), "I don't know", "prefix", f"s{n}")
    for n in range(12)
)
FACTS = [f"The locker number {n} is {7000 + n}." for n in range(41)]


@pytest.fixture(autouse=True)
def short_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exam, "load_texts", lambda: TEXT)
    monkeypatch.setattr(exam, "load_suite", lambda name: SKILLS)
    monkeypatch.setattr(exam, "LARGEST_WEIGHT", 1e9)  # the fake adapter's numbers are counts and ids


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return fake_job(tmp_path / "home")


def tell(job: Job, facts: list[str]) -> None:
    with Database.open(job.home.create().database) as database:
        ledger = Ledger(database)
        session = ledger.begin_session()
        ledger.append(*(NewEntry("turn", "user", "chat", fact, session=session) for fact in facts))


def in_service(job: Job) -> str | None:
    with Database.open(job.home.database) as database:
        found = AdapterVersions(database).in_service(job.base.id)
    return found.name if found else None


def accepting(evidence: Evidence) -> GateVerdict:
    return GateVerdict("accept", (Check("all", "holds", "It is fine."),))


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
    assert "locker" not in bundle and len(json.loads(bundle)["new"]["pairs"]) == 3 * len(FACTS)
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

    monkeypatch.setattr(night, "judge", accepting)
    tell(job, FACTS)
    with pytest.raises(AdapterError, match="forgotten meanwhile"):
        night.sleep(replace(job, watcher=At(stage, at, forgetting)))
    assert in_service(job) is None and not list(job.home.adapters.iterdir())
    assert not list(job.home.runs.iterdir())


def test_without_promotion_nothing_is_put_in_service(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "judge", accepting)
    tell(job, FACTS)
    morning = night.sleep(job, night.Wishes(promote=False))
    assert morning and morning.verdict.outcome == "accept" and in_service(job) is None


class Killed(BaseException):
    """The process is gone."""


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, at: int
) -> None:
    monkeypatch.setattr(night, "judge", accepting)
    weights = []
    for name in ("unbroken", "broken"):
        job = fake_job(tmp_path / name)
        tell(job, FACTS)
        if name == "broken":
            with pytest.raises(Killed):
                night.sleep(replace(job, watcher=At(stage, at, die)))
            assert in_service(job) is None
            tell(job, ["The locker number 99 is 1234."])  # of the next night
        morning = night.sleep(job)
        assert morning and morning.version and morning.learned == len(FACTS)
        weights.append((job.home.adapter("2026-11-21-1") / "adapter_model.safetensors").read_bytes())
    assert weights[0] == weights[1]


def die() -> None:
    raise Killed


class At(Nobody):
    """Does something at update number `at` of a stage, or as it begins for 0."""

    def __init__(self, stage: str, at: int, act: Callable[[], None]) -> None:
        self._stage, self._left, self._act, self._now = stage, at, act, ""

    def stage(self, name: str) -> None:
        self._now = name
        if name == self._stage and not self._left:
            self._act()

    def update(self, done: int, total: int, note: str = "") -> None:
        if self._now == self._stage:
            self._left -= 1
            if not self._left:
                self._act()
