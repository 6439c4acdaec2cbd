"""What is counted before a run is what the run then does: every step, every evaluation, every token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.unit.training.makers import fresh, lesson

from engram.backends.base import Batch, EvalResult, StepResult
from engram.config import TrainSettings
from engram.training.loop import train
from engram.training.stopping import AutoRule
from engram.training.workload import (
    CALLS,
    PAIRS,
    PASSES,
    TARGETS,
    TOKENS,
    Size,
    count_call,
    count_run,
    largest_pass,
)

SETTINGS = [
    {"epochs": 2.5},
    {"iters": 7},
    {"iters": 2},
    {"iters": 3, "grad_accumulation_steps": 2},
    {"epochs": 2, "replay": 0.0},
    {"epochs": 3, "batch_size": 3},
]


class Counting:
    """A session that notes what it is given."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.steps: list[list[Batch]] = []
        self.prepared: list[Batch] = []
        self.evaluated: list[list[Batch]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        self.steps.append(list(micro_batches))
        result: StepResult = self._session.step(micro_batches, learning_rate)
        return result

    def prepare(self, batches: Sequence[Batch]) -> None:
        self.prepared += batches

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult:
        self.evaluated.append(list(batches))
        result: EvalResult = self._session.evaluate(batches)
        return result


def padded(batches: Sequence[Batch]) -> int:
    return sum(batch.ids.size for batch in batches)


@pytest.mark.parametrize("given", SETTINGS, ids=str)
def test_a_run_is_counted_as_it_will_be(given: dict[str, Any]) -> None:
    data, settings = lesson(11, valid=3), TrainSettings(**({"batch_size": 4, "replay": 0.5} | given))
    session = Counting(fresh(settings)[1])
    result = train(session, data, settings)
    work = count_run(data, settings, AutoRule(), grouped=False)
    flat = [batch for step in session.steps for batch in step]
    assert (work.steps, work.at_most) == (result.steps, False)
    assert work.passes == pytest.approx(result.passes)
    assert work.tokens == result.tokens
    assert work.step[CALLS] == len(session.steps)
    assert work.step[PASSES] == len(flat)
    assert work.step[TOKENS] == padded(flat)
    assert work.step[PAIRS] == sum(batch.ids.size * batch.ids.shape[1] for batch in flat)
    assert work.step[TARGETS] == sum(int(batch.targets.sum()) for batch in flat)
    assert work.evaluation[CALLS] == len(session.evaluated)
    assert work.evaluation[TOKENS] == sum(padded(batches) for batches in session.evaluated)
    anchored = [batch for batch in session.prepared if batch.anchored.all()]
    assert work.anchored[TOKENS] == padded(anchored)
    assert work.kept[TOKENS] == padded(session.prepared) - padded(anchored)
    assert work.largest[TOKENS] == max(batch.ids.size for batch in flat)
    assert work.trunk_tokens == sum(int(batch.lengths.sum()) for batch in session.prepared)
    assert work.anchor_targets == sum(int(batch.targets.sum()) for batch in anchored)
    shown = {int(row) for batch in flat for row in batch.row_ids}
    prepared = [int(row) for batch in session.prepared for row in batch.row_ids]
    validating = range(
        len(data.train) + len(data.replay), len(data.train) + len(data.replay) + len(data.valid)
    )
    assert sorted(prepared) == sorted(shown | set(validating))  # each once, and none that no step shows


def test_auto_is_counted_to_its_cap() -> None:
    data, settings = lesson(10), TrainSettings(batch_size=4)
    work = count_run(data, settings, AutoRule(max_passes=5), grouped=False)
    assert (work.steps, work.at_most) == (15, True)


def test_a_long_run_is_counted_from_a_part_of_it() -> None:
    data = lesson(9, replayed=0)
    counted = count_run(data, TrainSettings(batch_size=2, iters=5000), AutoRule(), grouped=False)
    exact = count_run(data, TrainSettings(batch_size=2, iters=50), AutoRule(), grouped=False)
    assert counted.step / 100 == pytest.approx(exact.step, rel=0.02)


def test_grouping_counts_no_padding_of_long_rows() -> None:
    rows = [Size(500, 3), *[Size(16, 2)] * 30]
    together, apart = count_call([rows], grouped=False), count_call([rows], grouped=True)
    assert together[TOKENS] == 31 * 504  # lengths are padded to multiples of 8
    assert list(apart) == [1, 2, 500 + 30 * 16, 500**2 + 30 * 16**2, 63]
    assert largest_pass([rows], grouped=True)[TOKENS] == 500


def test_groups_are_those_of_the_torch_backend() -> None:
    torch = pytest.importorskip("torch")
    rows_of_torch = pytest.importorskip("engram.backends.torch.rows")
    from engram.training.batches import make_batch
    from engram.types import Rendered

    random = np.random.default_rng(1)
    lengths = random.integers(4, 400, 25).tolist()
    examples = [Rendered(np.ones(n, np.int32), np.arange(n) >= n // 2) for n in lengths]
    batch = make_batch(examples, range(25), [False] * 25)
    groups = rows_of_torch.group_rows(batch, torch.device("cpu"))
    work = count_call([[Size(n, n - n // 2) for n in lengths]], grouped=True)
    assert work[PASSES] == len(groups)
    assert work[TOKENS] == sum(group.ids.numel() for group in groups)
    assert work[TARGETS] == sum(len(group.labels) for group in groups)
