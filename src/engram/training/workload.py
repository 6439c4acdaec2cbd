"""What a training run will compute, counted from its plan before a step of it is taken.

Work is counted in the units that time and memory follow: calls, forward passes, tokens, pairs of tokens that
attention looks at, and target tokens. Not here: what a unit costs on some machine (estimate.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engram.backends.grouping import cut_by_length
from engram.config import TrainSettings
from engram.training.batches import PAD_TO
from engram.training.plan import Plan, StepRows
from engram.training.setup import make_plan, planned_steps
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule
from engram.types import Rendered

Work = npt.NDArray[np.float64]
"""float64 [5]: calls, forward passes, tokens, pairs of tokens, targets. Padding that is computed counts."""
NO_WORK: Work = np.zeros(5)
CALLS, PASSES, TOKENS, PAIRS, TARGETS = range(5)

# Steps that are looked at; the others of a long run are taken to be like these.
_COUNTED = 400


@dataclass(frozen=True, slots=True)
class Size:
    """One row: its tokens, and how many of them are targets."""

    tokens: int
    targets: int


@dataclass(frozen=True, slots=True)
class RunWork:
    """A whole run. `steps` is an upper bound where `at_most`; `passes` over the taught rows.

    `step` and `evaluation` are summed over all steps and all evaluations, `kept` and `anchored` over the rows
    that are prepared once, because a step will show them (taught and validating ones; replayed ones).
    `largest` is the one forward pass with most tokens. `trunk_tokens` and `anchor_targets` are what may be
    kept of the rows, while there is room.
    """

    steps: int
    passes: float
    at_most: bool
    tokens: int
    rows: int
    step: Work
    kept: Work
    anchored: Work
    evaluation: Work
    largest: Work
    trunk_tokens: int
    anchor_targets: int


def size_of(example: Rendered) -> Size:
    """The first token follows nothing, and so is never a target."""
    return Size(len(example.ids), int(example.mask[1:].sum()))


def count_run(data: TrainingSet, settings: TrainSettings, rule: AutoRule, grouped: bool) -> RunWork:
    """Count a run from its real plan. `grouped` says whether the backend cuts batches by length."""
    parts = (data.train, data.valid, data.replay)
    taught, valid, replayed = ([size_of(row) for row in part] for part in parts)
    plan, batch_size = make_plan(data, settings), settings.batch_size
    steps, at_most = planned_steps(plan, data, settings, rule)
    calls = [
        split([*(taught[i] for i in step.taught), *(replayed[i] for i in step.replayed)], settings)
        for step in _some_steps(plan, steps)
    ]
    each, reached = steps / len(calls), plan.reached(steps)
    prepared, pulled = [taught[i] for i in reached.taught], [replayed[i] for i in reached.replayed]
    validating = sorted_batches(valid, batch_size)
    times = evaluations(steps, plan.steps_per_pass) if valid else 0
    return RunWork(
        steps=steps,
        passes=steps / plan.steps_per_pass,
        at_most=at_most,
        tokens=round(each * sum(size.tokens for call in calls for part in call for size in part)),
        rows=sum(map(len, parts)),
        step=each * sum_work(count_call(call, grouped) for call in calls),
        kept=_apart([*sorted_batches(prepared, batch_size), *validating], grouped),
        anchored=_apart(sorted_batches(pulled, batch_size), grouped),
        evaluation=times * count_call(validating, grouped),
        largest=max((largest_pass(call, grouped) for call in calls), key=lambda one: float(one[TOKENS])),
        trunk_tokens=sum(size.tokens for size in (*prepared, *valid, *pulled)),
        anchor_targets=sum(size.targets for size in pulled),
    )


def evaluations(steps: int, steps_per_pass: int) -> int:
    """How often validation rows are evaluated: before the first step, after each pass and after the last."""
    passes, rest = divmod(steps, steps_per_pass)
    return 1 + passes + (rest > 0)


def split(sizes: Sequence[Size], settings: TrainSettings) -> list[list[Size]]:
    """A step's rows by micro-batch, as `step_batches` splits them."""
    shares = np.array_split(np.arange(len(sizes)), settings.grad_accumulation_steps)
    return [[sizes[i] for i in share] for share in shares if len(share)]


def sorted_batches(sizes: Sequence[Size], batch_size: int) -> list[list[Size]]:
    """Rows as `evaluation_batches` lays them together."""
    order = sorted(sizes, key=lambda size: size.tokens)
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def count_call(parts: Iterable[Sequence[Size]], grouped: bool) -> Work:
    """One step or evaluation over these micro-batches."""
    total = sum_work(one for part in parts for one in forward_passes(part, grouped))
    total[CALLS] = 1
    return total


def largest_pass(parts: Iterable[Sequence[Size]], grouped: bool) -> Work:
    """The forward pass with most tokens; what it needs is the most that is in memory at one time."""
    passes = [one for part in parts for one in forward_passes(part, grouped)]
    return max(passes, key=lambda one: float(one[TOKENS]))


def forward_passes(part: Sequence[Size], grouped: bool) -> Iterator[Work]:
    """The passes of one micro-batch: groups of similar length, or one in which all rows are padded."""
    if not grouped:
        width = -(-max(size.tokens for size in part) // PAD_TO) * PAD_TO
        yield _one_pass(part, width)
        return
    useful = sorted((size for size in part if size.targets), key=lambda size: size.tokens)
    for start, end in cut_by_length([size.tokens for size in useful]):
        yield _one_pass(useful[start:end], useful[end - 1].tokens)


def sum_work(works: Iterable[Work]) -> Work:
    return sum(works, start=NO_WORK.copy())


def _apart(batches: Iterable[Sequence[Size]], grouped: bool) -> Work:
    """Each batch in a call of its own."""
    return sum_work(count_call([batch], grouped) for batch in batches)


def _one_pass(rows: Sequence[Size], width: int) -> Work:
    return np.array([1, 1, len(rows) * width, len(rows) * width**2, sum(row.targets for row in rows)], float)


def _some_steps(plan: Plan, steps: int) -> list[StepRows]:
    """The first steps of a run, or of a long one some from the first passes."""
    passes = min(math.ceil(steps / plan.steps_per_pass), math.ceil(_COUNTED / plan.steps_per_pass))
    found = [step for number in range(passes) for step in plan.steps(number)][:steps]
    return found[:: math.ceil(len(found) / _COUNTED)]
