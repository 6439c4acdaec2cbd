"""The loop on the fake backend: golden histories, bit-exact resumes, one retry and then a named error."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.training.makers import (
    BASE,
    Listener,
    fresh,
    lesson,
    open_run,
    stopping_after,
    ticking,
    without_times,
)

from engram.backends.base import Batch
from engram.backends.fake import FakeFaults, FakeSession
from engram.config import TrainSettings
from engram.errors import Diverged, OutOfMemory
from engram.training.checkpoint import RunFolder, tensor_bytes
from engram.training.curve import read_metrics
from engram.training.loop import train
from engram.training.progress import Surroundings
from engram.training.schedule import DECAY_SHARE, ending_at, learning_rate
from engram.training.setup import train_spec
from engram.training.state import TrainingSet, TrainResult
from engram.training.stopping import AutoRule

DATA = lesson(10)
SHORT = TrainSettings(batch_size=4, iters=14, save_every=4, seed=3)


def fingerprint(session: FakeSession) -> str:
    return hashlib.sha256(tensor_bytes(session.export().tensors)).hexdigest()


class Recorder:
    """A session that writes down what it was asked, in front of a fake one."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.steps: list[tuple[list[Batch], float]] = []
        self.prepared: list[int] = []

    def prepare(self, batches: list[Batch]) -> None:
        self.prepared += [int(i) for batch in batches for i in batch.row_ids]
        self.session.prepare(batches)

    def __getattr__(self, name: str) -> object:
        return getattr(self.session, name)

    def step(self, micro_batches: list[Batch], learning_rate: float) -> object:
        self.steps.append((micro_batches, learning_rate))
        return self.session.step(micro_batches, learning_rate)


def test_losses_are_those_of_the_formula() -> None:
    """Ten rows in batches of 4, 4, 2: in pass p every row was seen p times before, and costs ln V / 2^p."""
    _, session = fresh(SHORT)
    result = train(session, DATA, replace_settings(iters=12))
    expected = [math.log(BASE.vocabulary_size) / 2**number for number in range(4)]
    assert [record.train_loss for record in result.history] == pytest.approx(expected)
    assert [record.train_exact for record in result.history] == [0, 0, 0, 1]
    assert (result.steps, result.passes, result.finished) == (12, 4, True)
    assert result.stopped_because == "All 12 steps were taken."
    assert result.first_valid_loss == pytest.approx(math.log(BASE.vocabulary_size))


def replace_settings(**changes: object) -> TrainSettings:
    return TrainSettings.model_validate({**SHORT.model_dump(), **changes})


def test_eight_rows_at_once_or_one_by_one_are_the_same_run(tmp_path: Path) -> None:
    runs: list[tuple[TrainResult, str, object]] = []
    for parts in (1, 8):
        settings = replace_settings(batch_size=8, grad_accumulation_steps=parts)
        _, session = fresh(settings)
        folder = tmp_path / f"parts-{parts}"
        result = train(
            session,
            DATA,
            settings,
            run=open_run(folder, DATA, settings),
            around=Surroundings(clock=ticking()),
        )
        runs.append((result, fingerprint(session), read_metrics(folder / "metrics.jsonl")))
    assert runs[0] == runs[1]


def test_every_step_gets_its_rows_and_its_rate() -> None:
    _, session = fresh(SHORT)
    recorder = Recorder(session)
    train(recorder, DATA, replace_settings(iters=6, warmup=0.5, replay=0.5))  # type: ignore[arg-type]
    rows = [int(i) for batches, _ in recorder.steps[:3] for batch in batches for i in batch.row_ids]
    taught, replayed = [i for i in rows if i < 10], [i for i in rows if i >= 10]
    assert sorted(taught) == list(range(10))
    assert len(replayed) == 5 and set(replayed) == set(range(10, 14))
    for batches, _ in recorder.steps:
        for batch in batches:
            assert (batch.anchored == (batch.row_ids >= 10)).all()
    assert [rate / 2e-3 for _, rate in recorder.steps] == pytest.approx(
        [1 / 3, 2 / 3, 1, 1 - 0.95 / 3, 1 - 1.9 / 3, 0.05]
    )


def test_rows_that_are_replayed_several_times_are_prepared_once() -> None:
    _, session = fresh(SHORT)
    recorder = Recorder(session)
    data = replace(DATA, replay=[*DATA.replay, *DATA.replay[:2], *DATA.replay[:2]])
    train(recorder, data, replace_settings(iters=9, replay=1.0))  # type: ignore[arg-type]
    assert sorted(recorder.prepared) == [
        *range(10),
        *range(10, 14),
        *range(18, 21),
    ]  # and three that validate
    shown = [
        (int(row_id), bytes(ids[:length].tobytes()))
        for batches, _ in recorder.steps
        for batch in batches
        for row_id, ids, length in zip(batch.row_ids, batch.ids, batch.lengths, strict=True)
        if row_id >= 10
    ]
    assert len(set(shown)) == len({row_id for row_id, _ in shown}) == len({ids for _, ids in shown}) == 4
    counts = Counter(row_id for row_id, _ in shown)
    assert counts[10] > counts[12] and counts[11] > counts[13]


@pytest.mark.parametrize("stop", range(1, 14))
def test_a_run_resumed_after_any_step_is_the_unbroken_run(tmp_path: Path, stop: int) -> None:
    _, whole = fresh(SHORT)
    unbroken = train(whole, DATA, SHORT, run=open_run(tmp_path / "whole", DATA, SHORT))
    _, first = fresh(SHORT)
    folder = tmp_path / "broken"
    half = train(first, DATA, SHORT, run=open_run(folder, DATA, SHORT), around=stopping_after(stop))
    assert (half.finished, half.steps) == (False, stop)
    assert "--resume" in half.stopped_because
    _, second = fresh(SHORT)
    resumed = train(second, DATA, SHORT, run=open_run(folder, DATA, SHORT, resume=True))
    assert fingerprint(second) == fingerprint(whole)
    assert replace(resumed, seconds=0) == replace(unbroken, seconds=0)
    metrics = [without_times(read_metrics(place / "metrics.jsonl")) for place in (tmp_path / "whole", folder)]
    assert metrics[0] == metrics[1]


def test_a_run_killed_between_checkpoints_is_repeated_from_the_last(tmp_path: Path) -> None:
    _, whole = fresh(SHORT)
    train(whole, DATA, SHORT, run=open_run(tmp_path / "whole", DATA, SHORT))

    class Killed(Exception):
        pass

    def pull_the_plug() -> bool:
        if session.state()["steps"] == 10:
            raise Killed
        return False

    _, session = fresh(SHORT)
    folder = tmp_path / "killed"
    with pytest.raises(Killed):
        around = Surroundings(should_stop=pull_the_plug)
        train(session, DATA, SHORT, run=open_run(folder, DATA, SHORT), around=around)
    assert read_metrics(folder / "metrics.jsonl")[-1]["step"] == 10
    run = open_run(folder, DATA, SHORT, resume=True)
    checkpoint = run.latest()
    assert checkpoint is not None and checkpoint.step == 8
    assert read_metrics(folder / "metrics.jsonl")[-1]["step"] == 8
    _, again = fresh(SHORT)
    train(again, DATA, SHORT, run=run)
    assert fingerprint(again) == fingerprint(whole)
    lines = [without_times(read_metrics(p / "metrics.jsonl")) for p in (tmp_path / "whole", folder)]
    assert lines[0] == lines[1]


def test_resuming_a_finished_run_does_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    _, session = fresh(SHORT)
    done = train(session, DATA, SHORT, run=open_run(folder, DATA, SHORT))
    before = (folder / "metrics.jsonl").read_bytes()
    _, again = fresh(SHORT)
    result = train(again, DATA, SHORT, run=open_run(folder, DATA, SHORT, resume=True))
    assert result == done
    assert fingerprint(again) == fingerprint(session)
    assert (folder / "metrics.jsonl").read_bytes() == before


@pytest.mark.parametrize("stop", [5, 17, 24, 27])
def test_auto_stops_by_its_rule_and_decays_also_when_resumed(tmp_path: Path, stop: int) -> None:
    settings = replace_settings(iters="auto")
    _, whole = fresh(settings)
    result = train(whole, DATA, settings)
    assert "100.0% of the training rows are predicted exactly" in result.stopped_because
    decided = next(i for i, p in enumerate(result.history) if p.train_exact >= 0.99) + 2
    assert result.steps == decided * 3 + round(DECAY_SHARE * decided * 3)
    _, first = fresh(settings)
    folder = tmp_path / "run"
    train(first, DATA, settings, run=open_run(folder, DATA, settings), around=stopping_after(stop))
    _, second = fresh(settings)
    resumed = train(second, DATA, settings, run=open_run(folder, DATA, settings, resume=True))
    assert replace(resumed, seconds=0) == replace(result, seconds=0)
    assert fingerprint(second) == fingerprint(whole)


def test_epochs_are_passes_and_the_cap_is_said() -> None:
    settings = TrainSettings(batch_size=4, epochs=2.5)
    _, session = fresh(settings)
    result = train(session, DATA, settings)
    assert (result.steps, result.stopped_because) == (8, "All 2.5 passes (8 steps) were taken.")
    assert result.last_valid_loss is not None
    auto = TrainSettings(batch_size=4)
    _, session = fresh(auto)
    listener = Listener()
    around = Surroundings(progress=listener)
    capped = train(session, TrainingSet(DATA.train), auto, AutoRule(max_passes=2), around=around)
    assert listener.notes == [
        "Training until nothing improves, at most 2 passes (6 steps; the limit of 2 passes)."
    ]
    assert capped.stopped_because == "The cap of 2 passes (6 steps; the limit of 2 passes) was reached."
    assert capped.first_valid_loss is capped.last_valid_loss is None


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        *(("nan_at", step) for step in (1, 4, 5, 7, 12)),
        *(("runaway_from", step) for step in (2, 4, 5, 7, 12)),  # the first loss has nothing to run away from
    ],
)
def test_a_broken_loss_is_retried_once_at_a_tenth_of_the_rate(tmp_path: Path, fault: str, step: int) -> None:
    faults = FakeFaults(**{fault: step}, spared_rate=SHORT.learning_rate / 10)
    settings = replace_settings(warmup=0)
    _, session = fresh(settings, faults)
    listener = Listener()
    recorder = Recorder(session)
    folder = tmp_path / "run"
    run = open_run(folder, DATA, settings)
    result = train(recorder, DATA, settings, run=run, around=Surroundings(progress=listener))  # type: ignore[arg-type]
    good = (step - 1) // 4 * 4
    assert result.finished and result.steps == 14
    assert result.notes == tuple(listener.notes) and len(result.notes) == 1
    assert f"from step {step} to step {good}" in result.notes[0]
    rates = [rate for _, rate in recorder.steps]
    assert len(rates) == step + 14 - good
    highest = learning_rate(good + 1, settings.learning_rate / 10, 0, ending_at(14, ""))
    assert max(rates[step:]) == pytest.approx(highest)
    lines = read_metrics(folder / "metrics.jsonl")
    assert [line["step"] for line in lines if "train/loss" in line] == list(range(1, 15))
    _, healthy = fresh(settings)
    train(healthy, DATA, settings)
    assert fingerprint(session) == fingerprint(healthy)  # the fake learns alike at any rate


@pytest.mark.parametrize("faults", [FakeFaults(nan_at=6), FakeFaults(runaway_from=6)])
def test_the_second_time_is_an_error_with_a_hint(tmp_path: Path, faults: FakeFaults) -> None:
    _, session = fresh(SHORT, faults)
    run = open_run(tmp_path / "run", DATA, SHORT)
    with pytest.raises(Diverged, match="already after a retry") as caught:
        train(session, DATA, SHORT, run=run)
    assert "learning_rate" in caught.value.hint
    checkpoint = run.latest()
    assert checkpoint is not None and checkpoint.step == 4


def test_out_of_memory_passes_through_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    _, session = fresh(SHORT, FakeFaults(out_of_memory_at=7))
    run = open_run(tmp_path / "run", DATA, SHORT)
    with pytest.raises(OutOfMemory, match="batch_size"):
        train(session, DATA, SHORT, run=run)
    checkpoint = run.latest()
    assert checkpoint is not None and checkpoint.step == 4


def test_metrics_and_progress_tell_the_run(tmp_path: Path) -> None:
    _, session = fresh(SHORT)
    listener = Listener()
    around = Surroundings(progress=listener, clock=ticking(), peak_memory_bytes=lambda: 2_500_000_000)
    train(session, DATA, SHORT, run=open_run(tmp_path / "run", DATA, SHORT), around=around)
    lines = read_metrics(tmp_path / "run" / "metrics.jsonl")
    steps = [line for line in lines if "train/loss" in line]
    assert [line["step"] for line in steps] == list(range(1, 15))
    keys = {"loss", "learning_rate", "grad_norm", "tokens_per_second", "peak_memory_gb"}
    assert all({f"train/{key}" for key in keys} <= set(line) for line in steps)
    assert steps[0]["train/peak_memory_gb"] == 2.5
    assert [line["step"] for line in lines if "eval/loss" in line] == [0, 3, 6, 9, 12, 14]
    assert [(step, total) for step, total, *_ in listener.updates] == [(n, 14) for n in range(1, 15)]
    assert all(loss > 0 and speed > 0 for _, _, loss, speed in listener.updates)


@pytest.mark.parametrize("asks", [0, 1, 4, 5])
def test_a_stop_does_not_wait_for_the_preparation(tmp_path: Path, asks: int) -> None:
    """Ten taught, four replayed and three validating rows are prepared in 3 + 1 + 1 batches of four."""
    _, whole = fresh(SHORT)
    unbroken = train(whole, DATA, SHORT, run=open_run(tmp_path / "whole", DATA, SHORT))
    folder = tmp_path / "run"
    for steps in (0, 6):  # a new run, then one that has a checkpoint already
        if steps:
            _, session = fresh(SHORT)
            train(session, DATA, SHORT, run=open_run(folder, DATA, SHORT, True), around=stopping_after(steps))
        asked = iter([False] * asks)
        _, session = fresh(SHORT)
        run = open_run(folder, DATA, SHORT, resume=folder.exists())
        around = Surroundings(should_stop=lambda asked=asked: next(asked, True))  # type: ignore[misc]
        result = train(session, DATA, SHORT, run=run, around=around)
        assert (result.finished, result.steps) == (False, steps)
    _, session = fresh(SHORT)
    resumed = train(session, DATA, SHORT, run=open_run(folder, DATA, SHORT, resume=True))
    assert replace(resumed, seconds=0) == replace(unbroken, seconds=0)
    assert fingerprint(session) == fingerprint(whole)


def test_without_a_run_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, session = fresh(SHORT)
    assert train(session, DATA, SHORT).finished
    assert list(tmp_path.iterdir()) == []


def test_the_session_gets_its_part_of_the_settings() -> None:
    spec = train_spec(TrainSettings(rank=4, alpha=8, dropout=0.1, num_layers=2, anchor_weight=3, seed=9))
    assert (spec.adapter.rank, spec.adapter.alpha, spec.adapter.dropout) == (4, 8, 0.1)
    assert (spec.adapter.num_layers, spec.anchor_weight, spec.seed) == (2, 3, 9)
    assert not spec.adapter.rank_stabilized
    assert train_spec(TrainSettings(rank_stabilized=True)).adapter.rank_stabilized


def test_only_a_resumed_run_reads_checkpoints(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", DATA, SHORT)
    assert isinstance(run, RunFolder) and not run.resuming and run.latest() is None
