"""The plan: every row exactly once a pass, replay in rotation, the same from the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.training.plan import WINDOW, Plan

lengths = st.lists(st.integers(2, 300), min_size=1, max_size=150).map(tuple)
plans = st.builds(
    Plan, lengths, st.integers(0, 30), st.integers(1, 17), st.floats(0, 4), st.integers(0, 2**31)
)


@settings(max_examples=120, deadline=None)
@given(plans, st.integers(0, 5))
def test_every_row_exactly_once_a_pass(plan: Plan, pass_number: int) -> None:
    steps = plan.steps(pass_number)
    rows = [int(index) for step in steps for index in step.taught]
    assert sorted(rows) == list(range(len(plan.lengths)))
    assert len(steps) == plan.steps_per_pass
    sizes = sorted(len(step.taught) for step in steps)
    assert all(size == plan.batch_size for size in sizes[1:]) and 0 < sizes[0] <= plan.batch_size


@settings(max_examples=80, deadline=None)
@given(plans, st.integers(1, 4))
def test_replay_has_its_share_and_wears_evenly(plan: Plan, passes: int) -> None:
    steps = [step for number in range(passes) for step in plan.steps(number)]
    drawn = Counter(int(index) for step in steps for index in step.replayed)
    if plan.replay_rows == 0:
        assert not drawn
        return
    assert drawn.total() == int(passes * len(plan.lengths) * plan.replay)
    assert all(0 <= index < plan.replay_rows for index in drawn)
    uses = [drawn[index] for index in range(plan.replay_rows)]
    assert max(uses) - min(uses) <= 1
    for step in steps:
        assert abs(len(step.replayed) - len(step.taught) * plan.replay) <= 1


@settings(max_examples=120, deadline=None)
@given(plans, st.integers(1, 60))
def test_the_rows_reached_are_those_that_the_first_steps_show(plan: Plan, count: int) -> None:
    passes = range(-(-count // plan.steps_per_pass))
    steps = [step for number in passes for step in plan.steps(number)][:count]
    reached = plan.reached(count)
    assert reached.taught.tolist() == sorted({int(row) for step in steps for row in step.taught})
    assert reached.replayed.tolist() == sorted({int(row) for step in steps for row in step.replayed})


@settings(max_examples=40, deadline=None)
@given(plans)
def test_same_seed_same_plan_and_passes_in_any_order(plan: Plan) -> None:
    again = Plan(plan.lengths, plan.replay_rows, plan.batch_size, plan.replay, plan.seed)
    third_first = [again.steps(number) for number in (2, 0)]
    for ours, theirs in zip([plan.steps(2), plan.steps(0)], third_first, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert np.array_equal(a.taught, b.taught) and np.array_equal(a.replayed, b.replayed)
    assert plan.digest == again.digest


def test_the_digest_tells_plans_apart() -> None:
    base = Plan((5, 6, 7), 2, 2, 0.5, 0)
    others = [
        Plan((5, 6, 8), 2, 2, 0.5, 0),
        Plan((5, 6, 7), 3, 2, 0.5, 0),
        Plan((5, 6, 7), 2, 3, 0.5, 0),
        Plan((5, 6, 7), 2, 2, 0.6, 0),
        Plan((5, 6, 7), 2, 2, 0.5, 1),
    ]
    assert len({plan.digest for plan in [base, *others]}) == 6


def test_seeds_and_passes_differ() -> None:
    plan, other = Plan(tuple([9] * 64), 0, 8, 0, 0), Plan(tuple([9] * 64), 0, 8, 0, 1)
    orders = [
        np.concatenate([step.taught for step in p.steps(number)]).tolist()
        for p, number in ((plan, 0), (plan, 1), (other, 0))
    ]
    assert orders[0] != orders[1] and orders[0] != orders[2]


def test_grouping_by_length_cuts_padding() -> None:
    random = np.random.default_rng(0)
    sizes = tuple(int(n) for n in random.integers(5, 200, 1000))
    plan = Plan(sizes, 0, 8, 0.0, 0)

    def padding(batches: list[list[int]]) -> int:
        return sum(max(sizes[i] for i in batch) - sizes[i] for batch in batches for i in batch)

    grouped = [step.taught.tolist() for step in plan.steps(0)]
    order = random.permutation(1000).tolist()
    shuffled = [order[i : i + 8] for i in range(0, 1000, 8)]
    assert padding(grouped) < 0.25 * padding(shuffled)
    means = [np.mean([sizes[i] for i in batch]) for batch in grouped[:WINDOW]]
    assert means != sorted(means)  # the batches themselves are not in order of length


def test_nothing_to_teach_is_no_plan() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Plan((), 3, 4, 0.5, 0)
