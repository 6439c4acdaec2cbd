"""The main job: what it makes, what it refuses before it starts, and that an interrupted run can go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import OTHER_PATTERNS, STEPS, TEXT, fake_job, write_patterns
from tests.unit.training.makers import without_times

from engram.backends.fake import FakeBackend
from engram.errors import (
    BadName,
    EngramError,
    Interrupted,
    LeakFound,
    LessonError,
    SettingsError,
    StorageError,
    TrainingError,
    UsageError,
)
from engram.job import Job, Nobody, train_adapter
from engram.lessons.leaks import check_leaks
from engram.lessons.rows import Row
from engram.models.base import Base
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.teaching import Taught, check_out, find_taught, teach
from engram.training.curve import read_metrics
from engram.training.publish import verify_adapter
from engram.types import Message


@pytest.fixture(autouse=True)
def short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.teaching.load_texts", lambda: TEXT)


@pytest.fixture
def patterns(tmp_path: Path) -> list[Path]:
    return [write_patterns(tmp_path)]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return fake_job(tmp_path / "home")


class Stage(Nobody):
    """A watcher that remembers stages and raises `error` at update number `at` of stage `name`."""

    def __init__(self, name: str = "", at: int = 0, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.seen: list[str] = []
        self._name, self._left, self._error = name, at, error

    def stage(self, name: str) -> None:
        self.seen.append(name)

    def update(self, done: int, total: int, note: str = "") -> None:
        if self.seen[-1] == self._name:
            self._left -= 1
            if self._left < 0:
                raise self._error


def impatient(job: Job, steps: int) -> Job:
    """The job of someone who asks for a stop once `steps` steps were taken."""
    taken = 0

    class Counter(Stage):
        def update(self, done: int, total: int, note: str = "") -> None:
            nonlocal taken
            taken += self.seen[-1] == "Training"

    @contextmanager
    def requests() -> Iterator[Callable[[], bool]]:
        yield lambda: taken >= steps

    return replace(job, watcher=Counter(), stop_requests=requests)


def versions(job: Job) -> list[str]:
    if not job.home.database.exists():
        return []
    with Database.open(job.home.database) as database:
        return [version.name for version in AdapterVersions(database).list_versions()]


Outcome = tuple[bytes, list[dict[str, Any]]]


def outcome(taught: Taught, job: Job, run: str = "mine") -> Outcome:
    """What two equal runs share: the adapter's bytes and the metrics."""
    weights = job.home.adapter(taught.version.name) / "adapter_model.safetensors"
    return weights.read_bytes(), without_times(read_metrics(job.home.run(run) / "metrics.jsonl"))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """An unbroken run's."""
    place = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engram.teaching.load_texts", lambda: TEXT)
        job = fake_job(place / "home")
        return outcome(teach(job, [write_patterns(place)], place / "out", "mine"), job)


def test_what_it_makes(job: Job, patterns: list[Path], tmp_path: Path) -> None:
    taught = teach(job, patterns, tmp_path / "out", "first")
    recall = taught.comparison.splits["recall"]
    assert recall and (recall.n, recall.baseline, recall.tuned) == (3, 0.0, 1.0)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        *("baseline.json", "tuned.json", "comparison.json", "report.md", "report.html")
    }
    manifest = verify_adapter(job.home.adapter("2026-11-21-1"))
    assert manifest["steps"] == STEPS and manifest["base"]["id"] == "fake"
    assert set(manifest["files"]) >= {"report.json", "report.html"}
    assert {file.name for file in (job.home.run("first")).iterdir()} == {
        *("plan.json", "metrics.jsonl", "curve.svg")
    }
    with Database.open(job.home.database) as database:
        assert AdapterVersions(database).in_service("fake") is None, "putting in service is the user's"


def test_all_that_can_be_refused_is_refused_before_the_baseline(job: Job, tmp_path: Path) -> None:
    patterns = [write_patterns(tmp_path)]
    (tmp_path / "file").write_text("")
    job.home.create()
    job.home.run("old").mkdir()
    (job.home.run("old") / "plan.json").write_text("{}")
    long_row = tmp_path / "long.yaml"
    long_row.write_text(
        f'name: x\ndescription: x\nexamples: [{{input: a, output: "{"b" * 2000}", category: c}}]'
    )
    refused: list[tuple[type[EngramError], tuple[object, ...]]] = [
        (StorageError, (patterns, tmp_path / "file")),
        (StorageError, (patterns, tmp_path / "file" / "below" / "it")),
        (UsageError, (patterns, tmp_path / "out", "old")),
        (UsageError, (patterns, tmp_path / "out", "missing", True)),
        (UsageError, (patterns, tmp_path / "out", None, True)),
        (UsageError, (patterns, tmp_path / "out", "old", True)),  # finished: it has no checkpoints
        (BadName, (patterns, tmp_path / "out", "../x")),
        (BadName, (patterns, tmp_path / "out", "")),
        (LessonError, ([tmp_path / "nothing.yaml"], tmp_path / "out")),
        (UsageError, ([], tmp_path / "out")),
        (EngramError, ([long_row], tmp_path / "out")),
    ]
    for kind, arguments in refused:
        watcher = Stage()
        with pytest.raises(kind):
            teach(replace(job, watcher=watcher), *arguments)  # type: ignore[arg-type]
        assert watcher.seen in ([], ["Lessons"]), arguments
    assert not (tmp_path / "out").exists() and versions(job) == []


def test_a_check_of_the_output_folder_leaves_nothing(tmp_path: Path) -> None:
    check_out(tmp_path / "a" / "b")
    check_out(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop", [0, 7, STEPS])
def test_a_run_that_was_asked_to_stop_goes_on_to_the_same_bytes(
    stop: int, patterns: list[Path], tmp_path: Path, expected: Outcome
) -> None:
    broken = fake_job(tmp_path / "broken")
    stopping = impatient(broken, stop)
    with pytest.raises(Interrupted) as caught:
        teach(stopping, patterns, tmp_path / "out", "mine")
    assert f"step {stop}" in caught.value.message and "--run mine --resume" in caught.value.hint
    assert versions(broken) == []
    assert outcome(teach(broken, patterns, tmp_path / "out", "mine", resume=True), broken) == expected


@pytest.mark.parametrize(("stage", "at"), [("Before", 0), ("Training", 0), ("Training", 7), ("After", 1)])
def test_an_interrupt_at_any_stage_names_the_run_and_leaves_no_version(
    stage: str, at: int, job: Job, patterns: list[Path], tmp_path: Path, expected: Outcome
) -> None:
    with pytest.raises(Interrupted, match="Interrupted") as caught:
        teach(replace(job, watcher=Stage(stage, at)), patterns, tmp_path / "out", "mine")
    assert "--run mine --resume" in caught.value.hint
    assert versions(job) == [] and list(job.home.adapters.iterdir()) == []
    assert not (tmp_path / "out").exists()
    resumed = teach(job, patterns, tmp_path / "out", "mine", resume=True)
    assert outcome(resumed, job) == expected
    with pytest.raises(UsageError, match="finished"):
        teach(job, patterns, tmp_path / "out", "mine", resume=True)


def test_a_report_that_cannot_be_written_costs_no_training(
    job: Job, patterns: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "report.html").mkdir(parents=True)  # found out only when the page is put in place
    with pytest.raises(StorageError) as caught:
        teach(job, patterns, out, "mine")
    assert "--run mine --resume" in caught.value.hint and versions(job) == []
    assert teach(job, patterns, tmp_path / "elsewhere", "mine", resume=True).version.name == "2026-11-21-1"


def test_a_run_is_not_resumed_with_other_settings_or_patterns(
    job: Job, patterns: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(Interrupted):
        teach(impatient(job, 3), patterns, tmp_path / "out", "mine")
    other = fake_job(job.home.root, rank=4)
    with pytest.raises(SettingsError, match=r"settings\.rank was 32 and is 4"):
        teach(other, patterns, tmp_path / "out", "mine", resume=True)
    with pytest.raises(SettingsError, match="dtype was 'float32' and is 'bfloat16'"):
        teach(replace(job, backend=Elsewhere()), patterns, tmp_path / "out", "mine", resume=True)
    with pytest.raises(SettingsError, match="quantization was 'none' and is '4bit'"):
        teach(in_four_bits(job), patterns, tmp_path / "out", "mine", resume=True)
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(SettingsError, match=r"engram was .* is '9\.0'"),
    ):
        patch.setattr("engram.job.__version__", "9.0")
        teach(job, patterns, tmp_path / "out", "mine", resume=True)
    write_patterns(tmp_path, OTHER_PATTERNS)
    with pytest.raises(SettingsError, match=r"data\.train"):
        teach(job, patterns, tmp_path / "out", "mine", resume=True)


class Elsewhere(FakeBackend):
    """The fake backend on another device and in another number type."""

    def placement(self, base: Base) -> tuple[str, str]:
        return "cuda", "bfloat16"


def in_four_bits(job: Job) -> Job:
    model = job.settings.model.model_copy(update={"load_in_4bit": True})
    return replace(job, settings=job.settings.model_copy(update={"model": model}))


def row(text: str, split: str) -> Row:
    return Row((Message("user", text), Message("assistant", "x")), "c", "s", split)  # type: ignore[arg-type]


def test_a_leak_is_refused_with_the_text_that_leaks() -> None:
    with pytest.raises(LeakFound, match="alpha"):
        check_leaks([row("What is alpha?", "train")], [row("what is alpha", "rephrased")])
    check_leaks([row("What is alpha?", "train")], [row("Name the second letter", "rephrased")])


def test_what_was_taught_is_found_only_if_all_is_equal(
    job: Job, patterns: list[Path], tmp_path: Path
) -> None:
    assert find_taught(job, patterns) is None
    teach(job, patterns, tmp_path / "out")
    teach(job, patterns, tmp_path / "out")
    found = find_taught(job, patterns)
    assert found and found.version.name == "2026-11-21-2"
    assert found.report == json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert find_taught(fake_job(job.home.root, seed=1), patterns) is None
    assert find_taught(in_four_bits(job), patterns) is None
    manifest = verify_adapter(found.folder)
    assert manifest["model_settings"] == {"dtype": "auto", "load_in_4bit": False, "template": ""}
    assert manifest["computing"]["device"] == "cpu" and manifest["computing"]["backend"] == "fake"
    weights = job.home.adapter("2026-11-21-2") / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    found = find_taught(job, patterns)
    assert found and found.version.name == "2026-11-21-1", "a broken version is passed over"
    write_patterns(tmp_path, OTHER_PATTERNS)
    assert find_taught(job, patterns) is None


def test_a_base_without_its_own_replay_answers_the_prompts_once(job: Job, tmp_path: Path) -> None:
    job.home.create()
    rows = [row("alpha key", "train")]
    trained = train_adapter(fake_job(job.home.root, replay=0.5), rows, [], "one")
    plan = json.loads((trained.run / "plan.json").read_bytes())
    without = train_adapter(job, rows, [], "two")
    assert plan["data"]["replay"] != json.loads((without.run / "plan.json").read_bytes())["data"]["replay"]
    assert isinstance(Interrupted("x"), TrainingError)
