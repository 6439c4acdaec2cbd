"""Metrics against values worked by hand."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.measure.doubles import model, probe

from engram.measure import metrics


def test_an_answer_is_right_when_it_begins_with_the_expected_output() -> None:
    assert metrics.is_correct("  Lisbon, of course", "Lisbon\n")
    assert not metrics.is_correct("It is Lisbon", "Lisbon")
    assert not metrics.is_correct("lisbon", "Lisbon")
    assert not metrics.is_strict("Lisbon, of course", "Lisbon")
    assert metrics.is_strict(" Lisbon\n", "Lisbon")


def test_exact_match_asks_for_the_whole_answer() -> None:
    assert not metrics.is_correct("42!", "42", "exact")
    assert metrics.is_correct(" 42 ", "42", "exact")


def test_nothing_expected_is_not_a_free_point() -> None:
    assert not metrics.is_correct("anything", "  ")
    assert metrics.is_correct(" ", "")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("4.5 km", True),
        ("It is 4.5 KM.", True),
        ("(4.5 km)", True),
        ("14.5 km", False),
        ("4.5 kms", False),
        ("415 km", False),
        ("", False),
    ],
)
def test_a_value_stands_in_a_text_as_whole_words(text: str, holds: bool) -> None:
    assert metrics.holds_value(text, "4.5 km") is holds


@given(st.text(max_size=20), st.text(max_size=20))
def test_strict_answers_are_right_too(answer: str, expected: str) -> None:
    if metrics.is_strict(answer, expected):
        assert metrics.is_correct(answer, expected)


def test_sampled_consistency_by_hand() -> None:
    """Five runs: one, two and five distinct answers score 1, 0.75 and 0."""
    assert metrics.sampled_consistency([["a", "a ", " a", "a", "a"]]) == 1
    assert metrics.sampled_consistency([["a", "a", "a", "a", "b"]]) == 0.75
    assert metrics.sampled_consistency([list("abcde")]) == 0
    assert metrics.sampled_consistency([["a"] * 5, list("abcde")]) == 0.5


def test_rephrasing_consistency_is_the_modal_share() -> None:
    assert metrics.rephrasing_consistency([["x", "x", "y"], ["z", "z "]]) == pytest.approx((2 / 3 + 1) / 2)


def test_latency_in_milliseconds() -> None:
    seconds = [0.010, 0.020, 0.030, 0.100]
    summary = metrics.latency(seconds)
    assert (summary.n, summary.mean, summary.median) == (4, pytest.approx(40), pytest.approx(25))
    assert summary.stdev == pytest.approx(1000 * statistics.stdev(seconds))
    assert summary.p95 == pytest.approx(30 + 0.85 * 70)  # rank 0.95 * 3 = 2.85


def test_one_answer_has_a_latency_and_no_spread() -> None:
    only = metrics.latency([0.5])
    assert (only.mean, only.median, only.p95, only.stdev) == (500, 500, 500, 0)


def test_text_loss_counts_every_predicted_token_once() -> None:
    """Windows of 4 over 9 and 3 characters: 3 + 3 + 0 and 2 predictions at -0.5 each."""
    loss = metrics.text_loss(model({}, context=4, level=-0.5).model, ["abcdefghi", "abc"])
    assert loss is not None
    assert (loss.tokens, loss.loss) == (8, pytest.approx(0.5))
    assert loss.perplexity == pytest.approx(math.exp(0.5))


def test_no_text_no_loss() -> None:
    toy = model({}).model
    assert metrics.text_loss(toy, []) is None
    assert metrics.text_loss(toy, ["a"]) is None
    assert metrics.answer_loss(toy, []) is None


def test_answer_loss_is_over_the_answer_and_its_stop_token() -> None:
    loss = metrics.answer_loss(model({}, level=-2.0).model, [probe("question", "abc")])
    assert loss is not None
    assert (loss.tokens, loss.loss) == (4, pytest.approx(2.0))


def test_answer_loss_leaves_out_what_the_context_cannot_hold() -> None:
    loss = metrics.answer_loss(model({}, context=10).model, [probe("question", "abcdef")])
    assert loss is not None
    assert loss.tokens == 2
    assert metrics.answer_loss(model({}, context=4).model, [probe("question", "abc")]) is None


def test_perplexity_of_a_hopeless_model_does_not_overflow() -> None:
    loss = metrics.text_loss(model({}, level=-1e4).model, ["ab"])
    assert loss is not None
    assert math.isinf(loss.perplexity)
