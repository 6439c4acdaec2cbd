"""Rates, endings and loss watching: pure functions, checked on histories written by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.training.makers import fresh, lesson

from engram.config import TrainSettings
from engram.training.health import LossWatch
from engram.training.loop import train
from engram.training.schedule import (
    DECAY_SHARE,
    FLOOR,
    LONGEST_WARMUP,
    Ending,
    ending_at,
    learning_rate,
    warmup_steps,
)
from engram.training.setup import tokens_per_pass
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule, PassRecord, auto_ending, plateau

RULE = AutoRule(max_passes=20)
CAP = RULE.cap(10, 500)


def passes(
    losses: list[float], exact: list[float], valid: list[float | None], per_pass: int = 10
) -> list[PassRecord]:
    return [
        PassRecord(number, number * per_pass, loss, share, valid_loss, None if valid_loss is None else 0.0)
        for number, (loss, share, valid_loss) in enumerate(zip(losses, exact, valid, strict=True), 1)
    ]


def falling(count: int) -> list[float]:
    return [4 * 0.8**number for number in range(count)]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 3000), st.floats(0, 0.99), st.floats(1e-6, 1))
def test_rates_warm_up_hold_and_fall_to_the_floor(last: int, share: float, peak: float) -> None:
    ending = ending_at(last, "")
    warmup = warmup_steps(share, last)
    rates = [learning_rate(step, peak, warmup, ending) for step in range(1, last + 1)]
    assert all(0 < rate <= peak for rate in rates)
    assert rates[-1] == pytest.approx(peak * min(FLOOR, last / max(1, warmup)))
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert warmup <= LONGEST_WARMUP


def test_a_schedule_by_hand() -> None:
    ending = ending_at(12, "")
    assert (ending.decay_after, ending.last) == (7, 12)
    rates = [learning_rate(step, 1.0, 4, ending) for step in range(1, 13)]
    assert rates == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 1, 0.81, 0.62, 0.43, 0.24, 0.05])


def test_learned_and_level_ends_with_a_decay() -> None:
    valid: list[float | None] = [2.0, 1.5, 1.0, 0.9, 0.9, 0.9]
    history = passes(falling(6), [0.2, 0.6, 0.9, 0.995, 0.99, 1.0], valid)
    ending = auto_ending(history, RULE, CAP)
    assert (ending.decay_after, ending.last) == (60, 60 + round(60 * DECAY_SHARE))
    assert "100.0% of the training rows" in ending.reason and "pass 6" in ending.reason


def test_one_exact_pass_is_not_enough_nor_is_validation_that_still_falls() -> None:
    level: list[float | None] = [1.0] * 4
    assert plateau(passes(falling(4), [0.2, 0.6, 0.98, 1.0], level), RULE) is None
    still: list[float | None] = [2.0, 1.5, 1.2, 1.0]
    assert plateau(passes(falling(4), [0.2, 0.99, 0.99, 1.0], still), RULE) is None


def test_without_validation_rows_exactness_alone_decides() -> None:
    nothing: list[float | None] = [None] * 4
    assert plateau(passes(falling(4), [0.2, 0.98, 0.99, 1.0], nothing), RULE)
    assert plateau(passes(falling(4), [0.2, 0.98, 0.98, 1.0], nothing), RULE) is None


def test_a_stall_ends_it_and_any_gain_prevents_that() -> None:
    flat, none_exact = [1.0] * 6, [0.1] * 6
    stalled: list[float | None] = [1.0] * 6
    reason = plateau(passes(flat, none_exact, stalled), RULE)
    assert reason == "Nothing has improved for 4 passes (pass 6)."
    assert plateau(passes([*flat[:5], 0.9], none_exact, stalled), RULE) is None
    assert plateau(passes(flat, [*none_exact[:5], 0.2], stalled), RULE) is None
    assert plateau(passes(flat, none_exact, [*stalled[:5], 0.9]), RULE) is None
    assert plateau(passes(flat[:4], none_exact[:4], stalled[:4]), RULE) is None


def test_gains_too_small_to_matter_are_none() -> None:
    tiny = [1e-3 * 0.5**number for number in range(6)]
    assert plateau(passes(tiny, [0.9] * 6, [1.0] * 6), RULE)


def test_the_cap_decays_in_time_and_is_said_aloud() -> None:
    ending = auto_ending([], RULE, RULE.cap(12, 600))
    assert (ending.decay_after, ending.last) == (150, 240)
    assert ending.reason == "The cap of 20 passes (240 steps; the limit of 20 passes) was reached."


@pytest.mark.parametrize(
    ("rule", "steps", "said"),
    [
        (AutoRule(), 400, "40 passes (400 steps; the limit of 40 passes)"),
        (AutoRule(max_steps=155), 155, "15.5 passes (155 steps; the limit of 155 steps)"),
        (AutoRule(max_tokens=7_049), 140, "14 passes (140 steps; the limit of 7,049 tokens)"),
        (AutoRule(max_tokens=50_000, max_steps=101), 101, "10.1 passes (101 steps; the limit of 101 steps)"),
        (AutoRule(max_steps=5), 10, "1 pass (10 steps; every row once)"),
        (AutoRule(max_tokens=499), 10, "1 pass (10 steps; every row once)"),
    ],
)
def test_the_least_of_three_limits_is_the_cap(rule: AutoRule, steps: int, said: str) -> None:
    """Passes of 10 steps and 500 tokens; a pass is never cut short."""
    cap = rule.cap(10, 500)
    assert (cap.steps, str(cap)) == (steps, said)
    assert cap.passes == steps / 10


def test_a_rule_so_many_times_as_long_changes_nothing_but_its_length() -> None:
    rule = AutoRule(max_passes=7, max_steps=100, max_tokens=1000, learned=0.5)
    assert rule.times(1) == rule
    assert rule.times(2.5) == replace(rule, max_steps=250, max_tokens=2500)


def test_tokens_of_a_pass_are_those_the_session_counts() -> None:
    """Replay rows of one length, so that their mean is exact."""
    data = replace(lesson(10), replay=lesson(0, replayed=4).replay)
    one_pass = TrainSettings(batch_size=4, iters=3, replay=0.4)
    _, session = fresh(one_pass)
    assert train(session, data, one_pass).tokens == tokens_per_pass(data, one_pass)
    bare = TrainingSet(data.train)
    assert tokens_per_pass(bare, one_pass) == sum(len(example.ids) for example in data.train)


def test_a_plateau_after_the_final_decay_began_changes_nothing() -> None:
    rule = AutoRule(max_passes=6)
    cap = rule.cap(10, 500)
    history = passes([1.0] * 6, [0.1] * 6, [1.0] * 6)
    assert auto_ending(history, rule, cap) == auto_ending([], rule, cap)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 1), st.floats(0, 5)), max_size=25))
def test_a_decision_once_taken_stays(figures: list[tuple[float, float, float]]) -> None:
    history = passes([f[0] for f in figures], [f[1] for f in figures], [f[2] for f in figures])
    cap = auto_ending([], RULE, CAP)
    decided: Ending | None = None
    for seen in range(len(history) + 1):
        ending = auto_ending(history[:seen], RULE, CAP)
        assert ending.decay_after < ending.last <= cap.last
        assert decided is None or ending == decided
        decided = ending if ending != cap else None


def test_the_watch_tells_noise_from_runaway_and_nan() -> None:
    watch = LossWatch()
    for loss in [3.0, 4.0, 2.0, 1.0, 0.5, 3.0, 0.5]:
        watch = watch.see(loss)
        assert watch.problem() is None
    assert "finite" in (watch.see(math.nan).problem() or "")
    assert "ran away" in (watch.see(1000.0).problem() or "")
    for _ in range(30):
        watch = watch.see(watch.best * 2.5 + 1)
    assert watch.problem() is None and not watch.healthy


def test_the_smoothed_loss_is_a_weighted_mean() -> None:
    watch = LossWatch().see(2.0).see(4.0)
    assert watch.smoothed == pytest.approx((0.09 * 2 + 0.1 * 4) / 0.19)
    assert watch.best == 2.0
