"""How nights follow on each other: limits of time, second tries, starting over, and what a kill leaves.

On the fake model, with a verdict that is given. Not here: what else may go wrong (faults/test_nights.py).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.support.road import fake_job
from tests.support.sleeping import (
    FACTS,
    At,
    Killed,
    accept_what_is_valid,
    die,
    fact,
    in_service,
    shorten_exam,
    tell,
    watched,
    worn,
)

from engram.backends.fake import FakeBackend, FakeFaults
from engram.errors import BadName, Interrupted, StorageError
from engram.job import Job
from engram.sleep import night
from engram.sleep.bundle import BUNDLE, read_deltas
from engram.sleep.evidence import Evidence
from engram.sleep.gate import Check, GateVerdict
from engram.sleep.journal import read_journal
from engram.sleep.night import sleep
from engram.sleep.nights import BEGUN, VERDICT, nights, read_verdict, unfinished
from engram.sleep.sealing import unsealed
from engram.sleep.wishes import Wishes
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.ledger import Ledger

FEW = FACTS[:4]
STEPS = 12


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = fake_job(tmp_path / "home")
    tell(job, FEW)
    return job


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights that a night on FEW makes."""
    job = fake_job(tmp_path_factory.mktemp("undisturbed") / "home")
    with pytest.MonkeyPatch.context() as patch:
        shorten_exam(patch)
        accept_what_is_valid(patch)
        tell(job, FEW)
        sleep(job)
    return worn(job)


class Steps(At):
    """Counts training steps."""

    def __init__(self) -> None:
        super().__init__("", 0, die)
        self.taken: list[int] = []

    def update(self, done: int, total: int, note: str = "") -> None:
        if self._now == "Training":
            self.taken.append(done)


def rejecting(shown: Evidence) -> GateVerdict:
    return GateVerdict("reject", (Check("all", "fails", "It is worse."),))


@pytest.mark.parametrize(("stage", "at"), [("Training", 5), ("Measure", 0), ("Again", 0), ("After", 0)])
def test_a_night_whose_time_is_up_is_gone_on_with(
    job: Job, monkeypatch: pytest.MonkeyPatch, undisturbed: bytes, stage: str, at: int
) -> None:
    moment = 0.0
    monkeypatch.setattr(night, "time", SimpleNamespace(monotonic=lambda: moment))

    def pass_time() -> None:
        nonlocal moment
        moment += 61

    limited = watched(job, stage, at, pass_time)
    if stage == "After":  # what is left takes no time to speak of
        morning = sleep(limited, Wishes(max_minutes=1))
    else:
        with pytest.raises(Interrupted) as stopped:
            sleep(limited, Wishes(max_minutes=1))
        assert "engram sleep" in stopped.value.hint and in_service(job) is None
        (folder,) = unfinished(job.home)
        assert (folder / "checkpoints" / f"step-{at or STEPS:06d}").is_dir()
        kept = {
            name: (folder / name).read_bytes()
            for name in ("before.json", "again.json")
            if (folder / name).exists()
        }
        assert len(kept) == {"Measure": 0, "Again": 2}[stage] if not at else not kept
        counted = Steps()
        morning = sleep(replace(job, watcher=counted), Wishes(max_minutes=1))
        assert counted.taken == list(range((at or STEPS) + 1, STEPS + 1))
    assert morning and morning.version and worn(job) == undisturbed
    assert not unfinished(job.home)


def test_a_limit_that_is_not_reached_changes_nothing(job: Job, undisturbed: bytes) -> None:
    assert sleep(job, Wishes(max_minutes=60)) and worn(job) == undisturbed


def test_a_second_try_on_the_same_entries_is_counted(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Evidence] = []

    def judge(seen: Evidence) -> GateVerdict:
        shown.append(seen)
        return rejecting(seen)

    monkeypatch.setattr(night, "judge", judge)
    begun = [morning.night for _ in range(3) if (morning := sleep(job))]
    tell(job, [fact(60)])
    begun += [morning.night for _ in range(2) if (morning := sleep(job))]
    assert [one.tries for one in begun] == [seen.tries for seen in shown] == [1, 2, 3, 1, 2]
    assert len({one.name for one in begun}) == 5


def test_a_try_that_was_not_refused_is_none(job: Job) -> None:
    begun = [m.night for _ in range(2) if (m := sleep(job, Wishes(promote=False)))]
    assert [one.tries for one in begun] == [1, 1]


def test_starting_over_uses_nothing_of_a_broken_off_night(job: Job, undisturbed: bytes) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die))
    counted = Steps()
    morning = sleep(replace(job, watcher=counted), Wishes(reset=True))
    assert counted.taken[0] == 1 and len(nights(job.home)) == 1
    assert morning and not morning.night.rebuild and worn(job) == undisturbed  # there was nothing to rebuild


def test_starting_over_asks_for_no_gain_also_when_it_is_broken_off(job: Job) -> None:
    assert sleep(job) and in_service(job)
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die), Wishes(reset=True))
    morning = sleep(job)
    assert (
        morning and morning.night.rebuild and morning.evidence.rebuild and morning.version == in_service(job)
    )


def test_a_tag_names_the_version_and_a_bad_one_is_refused_before_anything(job: Job) -> None:
    for tag in ("../up", "a b", "x" * 60):
        with pytest.raises(BadName):
            sleep(job, Wishes(tag=tag))
    assert not nights(job.home)
    morning = sleep(job, Wishes(tag="friday"))
    assert morning and morning.version == in_service(job) == "2026-11-21-friday"


@pytest.mark.parametrize(
    ("lost", "switched"),
    [("nothing", False), ("nothing", True), ("bundle", True)],
)
def test_a_kill_between_promotion_and_verdict(
    job: Job, monkeypatch: pytest.MonkeyPatch, undisturbed: bytes, lost: str, switched: bool
) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(night, "record", lambda *_: die())
        sleep(job)
    version = in_service(job)
    (folder,) = unfinished(job.home)
    assert version and worn(job) == undisturbed
    if switched:  # the user went back to the bare base meanwhile: the night is over all the same
        with Database.open(job.home.database) as database:
            AdapterVersions(database).use_bare(job.base.id)
    if lost == "bundle":
        (job.home.adapter(version) / BUNDLE).write_bytes(b"{}")
    tell(job, FACTS[10:12])
    watcher = At("", 0, die)
    morning = sleep(replace(job, watcher=watcher))
    assert morning and morning.night.name != folder.name and morning.version != version
    assert morning.night.service == ("" if switched else version)
    assert any(version in note and "it is over" in note for note in watcher.notes)
    if lost == "bundle":
        assert not folder.exists()
        return
    verdict = unsealed((folder / VERDICT).read_bytes())
    assert (verdict["outcome"], verdict["version"]) == ("accept", version)
    assert read_deltas(folder) == read_deltas(job.home.adapter(version)) != {}


def test_an_adapter_that_did_not_become_a_version_goes(
    job: Job, monkeypatch: pytest.MonkeyPatch, undisturbed: bytes
) -> None:
    """Killed between its folder and its row: nothing would ever forget what it was trained on."""
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(AdapterVersions, "register", lambda *_, **__: die())
        sleep(job)
    (lost,) = job.home.adapters.iterdir()
    mine = job.home.adapters / "of-mine"
    mine.mkdir()
    assert sleep(job) and worn(job) == undisturbed
    assert not lost.exists() and mine.is_dir()


def test_what_a_kill_left_of_a_night_that_was_cleared_away_goes_too(job: Job) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die))
    (folder,) = unfinished(job.home)
    (folder / BEGUN).unlink()
    (job.home.runs / "night-shift").mkdir()  # a run that somebody named so
    assert sleep(job)
    assert {run.name for run in job.home.runs.iterdir()} == {"night-shift", nights(job.home)[0].name}
    assert [record.stage for record in read_journal(nights(job.home)[0])].count("collect") == 1


@pytest.mark.parametrize("text", [b"", b"null", b"{}", b"[" * 100_000, b'{"name": 1}'])
def test_a_night_that_cannot_be_read_is_begun_anew(job: Job, undisturbed: bytes, text: bytes) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die))
    (unfinished(job.home)[0] / BEGUN).write_bytes(text)
    assert sleep(job) and worn(job) == undisturbed and len(nights(job.home)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: (run / "plan.json").write_bytes(b"{"),
        lambda run: (run / "plan.json").unlink(),
        lambda run: shutil.rmtree(run / "checkpoints"),
        lambda run: (run / "plan.json").write_bytes(b'{"seed": 3}'),
    ],
    ids=["torn plan", "no plan", "no checkpoints", "other plan"],
)
def test_a_training_that_cannot_be_gone_on_with_begins_anew(
    job: Job, undisturbed: bytes, spoil: Callable[[Path], object]
) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die))
    spoil(unfinished(job.home)[0])
    assert sleep(job) and worn(job) == undisturbed


def test_settings_may_change_before_a_night_is_gone_on_with(job: Job, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        sleep(watched(job, "Training", 7, die))
    watcher = At("", 0, die)
    other = replace(fake_job(tmp_path / "home", iters=6), watcher=watcher)
    assert sleep(other) and any("begins anew" in note for note in watcher.notes)
    whole = fake_job(tmp_path / "whole", iters=6)
    tell(whole, FEW)
    assert sleep(whole) and worn(whole) == worn(other)


def test_a_training_that_runs_away_is_refused_and_does_not_stand_in_the_way(
    job: Job, undisturbed: bytes
) -> None:
    """The same rows run away again, so a night that went on with them would never end."""
    shaky = replace(job, backend=FakeBackend(FakeFaults(runaway_from=3)))
    ended = [morning for _ in range(2) if (morning := sleep(shaky))]
    assert [one.verdict.outcome for one in ended] == ["reject"] * 2 and not unfinished(job.home)
    assert "learning_rate" in ended[0].evidence.problems[0] and ended[0].version is in_service(job) is None
    morning = sleep(job)
    assert morning and morning.night.tries == 3 and worn(job) == undisturbed


def test_a_tidying_that_fails_does_not_undo_the_night(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> list[str]:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(night, "prune", refuse)
    watcher = At("", 0, die)
    morning = sleep(replace(job, watcher=watcher))
    assert morning and morning.version == in_service(job)
    assert any("not tidied up" in note and "full" in note for note in watcher.notes)


def test_a_broken_adapter_in_service_is_said_before_anything_is_trained(job: Job) -> None:
    assert sleep(job)
    weights = job.home.adapter(in_service(job) or "") / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    tell(job, FACTS[10:12])
    counted = Steps()
    with pytest.raises(Exception, match="digest"):
        sleep(replace(job, watcher=counted))
    assert not counted.taken


def test_a_rebuild_asks_for_no_number_of_facts(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """After something was forgotten, what is left is trained however little it is."""
    assert sleep(job)
    monkeypatch.undo()
    shorten_exam(monkeypatch)
    monkeypatch.setattr(night, "judge", rejecting)
    with Database.open(job.home.database) as database:
        from engram.store.forgetting import forget

        forget(job.home, database, [Ledger(database).get(2)])
    assert in_service(job) is None
    morning = sleep(job)
    assert morning and morning.night.rebuild and morning.verdict.outcome == "reject"
    assert morning.learned == len(FEW) - 1
    verdict = read_verdict(nights(job.home)[-1])
    assert verdict and verdict["version"] is None


def test_nothing_of_what_was_said_lies_in_what_a_night_keeps(job: Job) -> None:
    with Database.open(job.home.database) as database:
        ledger = Ledger(database)
        told = "My zebra Quoxel lives in Ystradgynlais."
        ledger.append(NewEntry("turn", "user", "chat", told, session=ledger.begin_session()))
    assert sleep(job)
    kept = [*job.home.runs.rglob("*.json*"), *job.home.adapters.rglob("*.json")]
    texts = {file.name: file.read_text("utf-8") for file in kept}
    assert {"verdict.json", BUNDLE, "journal.jsonl", "manifest.json", "after.json"} <= set(texts)
    for name, text in texts.items():
        for word in ("Quoxel", "Ystrad", "zebra", "ville"):
            assert word not in text, (name, word)
    assert {pair["fact"].split(".")[0] for pair in json.loads(texts[BUNDLE])["new"]["pairs"]} == set("12345")
