"""A rehearsed run: it refuses what the run would refuse, writes nothing, and measures this machine once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import TEXT, fake_job, write_patterns
from tests.unit.training.makers import row

from engram import planning
from engram.errors import BadName, LessonError, SettingsError, StorageError, UsageError
from engram.job import Job, Nobody, train_adapter
from engram.lessons.rows import Row
from engram.planning import FRESH_SECONDS, PlannedRun, costs_digest, known_costs, plan_run, plan_teach
from engram.training.calibration import calibrate
from engram.training.estimate import Calibration

ROWS = [row(f"what is {number}?", f"it is {number * number}") for number in range(9)]
VALID = [row("tell me of 3", "it is 9")]


class Meter:
    """Trial steps on the fake, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, job: Job) -> Calibration:
        self.asked += 1
        ticks = iter(range(10**6))
        return calibrate(job.load, job.settings.train, lambda: float(next(ticks)))


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "is_busy", lambda: False)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return fake_job(tmp_path / "home")


def plan(job: Job, rows: Sequence[Row] = ROWS, name: str = "trial", resume: bool = False) -> PlannedRun:
    return plan_run(job, rows, VALID, name, resume, Meter())


def everything(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_home_that_is_not_there_is_not_made(job: Job) -> None:
    planned = plan(job)
    assert not job.home.root.exists()
    assert (planned.taught, planned.validating, planned.replayed) == (9, 1, 0)
    assert planned.work.steps == 12
    assert planned.longest == max(len(job.base.renderer.conversation(r.messages).ids) for r in ROWS)
    assert planned.computing["backend"] == "fake"
    assert planned.estimate.memory_bytes is None
    assert any("memory" in note for note in planned.notes)


def test_in_a_home_only_measured_costs_are_added(job: Job) -> None:
    train_adapter(job, ROWS, VALID, "first")
    before = everything(job.home.root)
    plan(job)
    after = everything(job.home.root)
    new = set(after) - set(before)
    assert {name: after[name] for name in before} == before
    assert [Path(name).parts[:2] for name in new] == [("cache", "costs")]


def test_a_planned_run_can_be_run(job: Job) -> None:
    planned = plan(job)
    trained = train_adapter(job, ROWS, VALID, "trial")
    assert (planned.work.steps, planned.work.tokens) == (trained.result.steps, trained.result.tokens)


def refused(job: Job, kind: type[Exception], words: str, **given: Any) -> None:
    with pytest.raises(kind, match=words) as real:
        train_adapter(
            job, given.get("rows", ROWS), VALID, given.get("name", "trial"), given.get("resume", False)
        )
    with pytest.raises(kind) as rehearsed:
        plan(job, **given)
    assert str(rehearsed.value) == str(real.value)


def test_what_the_run_refuses_is_refused_in_the_same_words(job: Job) -> None:
    train_adapter(job, ROWS, VALID, "first")
    refused(job, UsageError, "exists already", name="first")
    refused(job, UsageError, "no run other", name="other", resume=True)
    refused(job, BadName, "not a valid run name", name="../x")
    refused(job, LessonError, "tokens long", rows=[*ROWS, row("long " * 300, "x")])
    other = replace(job, settings=fake_job(job.home.root, learning_rate=0.5).settings)
    refused(other, SettingsError, "learning_rate was", name="first", resume=True)


def test_a_run_can_be_resumed_in_rehearsal_and_nothing_of_it_changes(job: Job) -> None:
    train_adapter(job, ROWS, VALID, "first")
    before = everything(job.home.runs)
    planned = plan(job, name="first", resume=True)
    assert everything(job.home.runs) == before
    assert any("whole run" in note for note in planned.notes)


def test_no_room_on_the_disk(job: Job) -> None:
    meter = Meter()
    huge = replace(meter(job), state_bytes=10**18)
    with pytest.raises(StorageError, match=r"need [0-9.]+ GB of disk"):
        plan_run(job, ROWS, VALID, "trial", False, meter, huge)


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        plan(fake_job(tmp_path / "file" / "home"))


def test_costs_are_measured_once_for_all_batches_and_lengths(job: Job) -> None:
    job.home.create()
    meter = Meter()
    first = known_costs(job, meter)
    for change in (
        {"batch_size": 3},
        {"max_seq_length": 64},
        {"iters": 5},
        {"learning_rate": 1.0},
        {"seed": 4},
    ):
        again = fake_job(job.home.root, **change)
        assert known_costs(again, meter) == first
    assert meter.asked == 1


@pytest.mark.parametrize(
    "change", [{"rank": 3}, {"num_layers": 1}, {"grad_checkpoint": True}, {"replay": 0.5}]
)
def test_what_shapes_a_step_is_measured_anew(job: Job, change: dict[str, Any]) -> None:
    assert costs_digest(fake_job(job.home.root, **change)) != costs_digest(job)


def test_old_broken_and_disturbed_measurements_are_not_used(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.home.create()
    meter = Meter()
    monkeypatch.setattr(planning, "is_busy", lambda: True)
    noted: list[str] = []

    class Ears(Nobody):
        def note(self, sentence: str) -> None:
            noted.append(sentence)

    known_costs(replace(job, watcher=Ears()), meter)
    assert "busy" in noted[0] and not list(job.home.cache.rglob("*.json"))
    monkeypatch.setattr(planning, "is_busy", lambda: False)
    known_costs(job, meter)
    (file,) = (job.home.cache / "costs").iterdir()
    monkeypatch.setattr(planning, "FRESH_SECONDS", 0)
    known_costs(job, meter)
    monkeypatch.setattr(planning, "FRESH_SECONDS", FRESH_SECONDS)
    for nonsense in ("{", "[]", '{"trials": 1}'):
        file.write_text(nonsense)
        known_costs(job, meter)
    assert meter.asked == 6
    known_costs(job, meter)
    assert meter.asked == 6


def test_an_upper_bound_is_said_to_be_one(job: Job) -> None:
    planned = plan(fake_job(job.home.root, iters="auto"))
    assert planned.work.at_most and "ends earlier" in planned.notes[0]


def test_teach_is_checked_to_its_exam(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.teaching.load_texts", lambda: TEXT)
    patterns = write_patterns(tmp_path)
    planned = plan_teach(job, [patterns], tmp_path / "out", None, False, Meter())
    assert planned.taught > 3 and "exam" in planned.notes[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [patterns.name]
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError):
        plan_teach(job, [patterns], tmp_path / "taken" / "out", None, False, Meter())
    with pytest.raises(LessonError):
        plan_teach(job, [tmp_path / "none.yaml"], tmp_path / "out", None, False, Meter())
