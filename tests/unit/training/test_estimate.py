"""Fitted costs against costs that were put in: the estimate of a machine whose prices are known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.training.makers import BASE, fresh, lesson

from engram.backends.base import Batch, EvalResult, StepResult, TrainSpec
from engram.config import TrainSettings
from engram.errors import OutOfMemory, StorageError
from engram.training.calibration import SHAPES, calibrate, calibration_from_json
from engram.training.estimate import ANCHOR_BYTES, TRUNK_BYTES, Keeping, estimate, fit_costs, keeping_of
from engram.training.fitting import fit
from engram.training.stopping import AutoRule
from engram.training.workload import TARGETS, Size, Work, count_call, count_run, largest_pass

PRICES: Work = np.array([0.02, 0.005, 1e-4, 2e-8, 3e-4])  # seconds
BYTES: Work = np.array([4e8, 0, 9e4, 0, 6e4])
STATE_SECONDS = 0.25


class Machine:
    """A clock that only moves when something is computed, and memory that only grows."""

    def __init__(self, grouped: bool, dies_above: float = float("inf")) -> None:
        self.now, self.peak = 0.0, 3e8
        self._grouped, self._dies_above = grouped, dies_above

    def clock(self) -> float:
        return self.now

    def compute(self, batches: Sequence[Batch], share: float, targets: bool = True) -> None:
        parts = [sizes(batch) for batch in batches]
        if not targets:  # some, so that the rows are computed, and they are free
            self.now -= share * sum(size.targets for part in parts for size in part) * float(PRICES[TARGETS])
        self.now += share * float(count_call(parts, self._grouped) @ PRICES)
        needed = float(largest_pass(parts, self._grouped) @ BYTES)
        self.peak = max(self.peak, needed)
        if needed > self._dies_above:
            raise OutOfMemory("The machine ran out of memory.")


def sizes(batch: Batch) -> list[Size]:
    return [Size(int(n), int(t.sum())) for n, t in zip(batch.lengths, batch.targets, strict=True)]


class Priced:
    """The fake model and session on such a machine: steps at full price, the rest at shares of it."""

    def __init__(self, machine: Machine, train: TrainSettings) -> None:
        self._machine = machine
        self._model, self._session = fresh(train)
        self.base = BASE

    def load(self) -> Any:
        self._machine.now += 2.0
        return self

    def begin_training(self, spec: TrainSpec) -> Any:
        return self

    def peak_memory_bytes(self) -> int:
        return int(self._machine.peak)

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        self._machine.compute(micro_batches, 1.0)
        return StepResult(1.0, 0.0, 1.0, 1, 0, 1)

    def prepare(self, batches: Sequence[Batch]) -> None:
        if batches:
            self._machine.compute(batches, 0.5, targets=bool(batches[0].anchored.all()))

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult:
        self._machine.compute(batches, 0.25)
        return EvalResult(1.0, 1, 0, 1)

    def state(self) -> Mapping[str, npt.NDArray[Any]]:
        self._machine.now += STATE_SECONDS
        return {"a": np.zeros(3000, np.float32)}


def measured(machine: Machine, train: TrainSettings) -> Any:
    calibration = calibrate(Priced(machine, train).load, train, machine.clock)
    return replace(calibration, start_seconds=1.5)


@pytest.mark.parametrize("grouped", [False, True])
def test_a_machine_of_known_prices_is_estimated_right(grouped: bool) -> None:
    data = lesson(40, valid=5, replayed=9)
    train = TrainSettings(batch_size=16, iters=30, replay=0.25, save_every=10)
    calibration = measured(Machine(grouped), train)
    costs = fit_costs(calibration, Keeping())
    assert costs.grouped is grouped
    work = count_run(data, train, AutoRule(), grouped)
    figures = estimate(work, calibration, costs, Keeping(), train.save_every, 0.5)
    assert figures.seconds["start"] == 2.0
    assert figures.seconds["load"] == pytest.approx(2.0)
    assert figures.seconds["steps"] == pytest.approx(float(work.step @ PRICES), rel=0.05)
    assert figures.seconds["evaluations"] == pytest.approx(0.25 * float(work.evaluation @ PRICES), rel=0.1)
    prepared = 0.5 * float((work.kept + work.anchored) @ PRICES - work.kept[TARGETS] * PRICES[TARGETS])
    assert figures.seconds["prepare"] == pytest.approx(prepared, rel=0.1)
    assert figures.seconds["checkpoints"] == pytest.approx(4 * STATE_SECONDS)
    assert figures.total_seconds == pytest.approx(sum(figures.seconds.values()))
    assert figures.memory_bytes == pytest.approx(float(work.largest @ BYTES), rel=0.05)
    assert figures.disk_bytes == pytest.approx(3 * 12_000 + 4_000 + 30 * 250)


def test_unseen_shapes_far_from_the_trials_are_within_a_few_percent() -> None:
    train = TrainSettings()
    calibration = measured(Machine(True), train)
    costs = fit_costs(calibration, Keeping())
    tried = {tokens for shape in SHAPES for _, tokens in shape.taught}
    for length, rows in ((64, 8), (64, 32), (256, 8), (256, 32), (320, 64)):
        assert length not in tried
        part = [[Size(length, length // 4)] * rows]
        assert count_call(part, True) @ costs.step == pytest.approx(count_call(part, True) @ PRICES, rel=0.1)
        assert costs.memory is not None
        needed = largest_pass(part, True) @ BYTES
        assert largest_pass(part, True) @ costs.memory == pytest.approx(needed, rel=0.05)


def test_trials_end_where_memory_does_and_too_little_is_an_error() -> None:
    train = TrainSettings()
    assert len(measured(Machine(True, dies_above=6e8), train).trials) == 6
    with pytest.raises(OutOfMemory):
        measured(Machine(True, dies_above=3.5e8), train)


def test_a_slow_machine_is_tried_less() -> None:
    class Slow(Machine):
        def clock(self) -> float:
            return 100 * self.now

    assert len(measured(Slow(True), TrainSettings()).trials) == 4


def test_no_replay_no_anchors() -> None:
    calibration = measured(Machine(True), TrainSettings(replay=0))
    assert not any(trial.replayed for trial in calibration.trials)
    assert not fit_costs(calibration, Keeping()).anchor.any()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda prices: max(prices) > 0.01))
def test_fitted_costs_are_never_negative_and_explain_what_they_were_made_from(prices: list[float]) -> None:
    random = np.random.default_rng(3)
    work = random.uniform(0.1, 1, (12, 5))
    values = work @ np.array(prices)
    costs = fit(work, values)
    assert (costs >= 0).all()
    assert np.abs(work @ costs / values - 1).max() < 0.2


def test_noise_does_not_make_costs_negative() -> None:
    random = np.random.default_rng(0)
    work = random.uniform(0, 1, (8, 5))
    for _ in range(20):
        assert (fit(work, random.uniform(0.5, 1.5, 8)) >= 0).all()


def test_what_has_no_room_is_computed_anew() -> None:
    train = TrainSettings(iters=4, batch_size=8)
    calibration = replace(measured(Machine(True), train), unprepared=2.0)
    costs = fit_costs(calibration, Keeping())
    work = replace(count_run(lesson(20), train, AutoRule(), True), trunk_tokens=4 * TRUNK_BYTES // 1000)
    quick = estimate(work, calibration, costs, Keeping(per_token=0), 0, 0)
    slow = estimate(work, calibration, costs, Keeping(per_token=1000), 0, 0)
    assert slow.seconds["steps"] == pytest.approx(1.75 * quick.seconds["steps"])
    assert slow.memory_bytes and quick.memory_bytes
    assert slow.memory_bytes - quick.memory_bytes == pytest.approx(TRUNK_BYTES)


def test_a_backend_that_does_not_tell_its_memory() -> None:
    train = TrainSettings(iters=3)
    calibration = measured(Machine(True), train)
    silent = replace(calibration, trials=tuple(replace(t, peak_bytes=0) for t in calibration.trials))
    costs = fit_costs(silent, Keeping())
    work = count_run(lesson(5), train, AutoRule(), True)
    assert estimate(work, silent, costs, Keeping(), 0, 0).memory_bytes is None


def test_figures_survive_json_and_nonsense_is_refused() -> None:
    calibration = measured(Machine(False), TrainSettings())
    assert calibration_from_json(json.loads(json.dumps(asdict(calibration)))) == calibration
    for broken in ({}, {"trials": 3}, {**asdict(calibration), "more": 1}, {"trials": [{"parts": 1}]}):
        with pytest.raises(StorageError, match="measured figures"):
            calibration_from_json(broken)


def test_limits_are_those_of_the_sessions() -> None:
    trunk = pytest.importorskip("engram.backends.torch.trunk")
    losses = pytest.importorskip("engram.backends.torch.losses")
    assert (trunk._STORE_BYTES, losses._STORE_BYTES) == (TRUNK_BYTES, ANCHOR_BYTES)
    mlx_losses = pytest.importorskip("engram.backends.mlx.losses")
    assert mlx_losses._STORE_BYTES == ANCHOR_BYTES


@pytest.mark.parametrize("num_layers", [-1, 1])
def test_kept_bytes_are_those_a_torch_session_keeps(tmp_path: Any, num_layers: int) -> None:
    pytest.importorskip("torch")
    from tests.support.tiny import batch_of, tiny_base

    from engram.backends.torch.backend import TorchBackend
    from engram.training.setup import train_spec

    base = tiny_base(tmp_path)
    train = TrainSettings(rank=2, num_layers=num_layers)
    session = TorchBackend("cpu", "float32").load(base).begin_training(train_spec(train))
    batch = batch_of(base, [("one?", "1"), ("a longer one?", "22")], [False, True])
    session.prepare([batch])
    keeping = keeping_of(base.config, train, "torch", "float32")
    targets = int(batch.targets[batch.anchored].sum())
    assert session._trunk._bytes == keeping.trunk(int(batch.lengths.sum()))
    assert session._anchors._bytes == keeping.anchors(targets) > 0
    assert (session._trunk._bytes > 0) is (num_layers == 1)
