"""Forcing against probabilities worked out from the plain softmax."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from engram.lookup.logits import force

RANDOM = np.random.default_rng(0)


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """By definition, for small numbers."""
    weights: npt.NDArray[np.float64] = np.exp(logits.astype(np.float64))
    return weights / weights.sum(-1, keepdims=True)


@pytest.mark.parametrize("probability", [0.001, 0.3, 0.95, 0.9999])
def test_the_token_has_the_probability_and_the_rest_keep_their_proportions(probability: float) -> None:
    logits = RANDOM.normal(0, 5, 50)
    for token in (0, int(logits.argmax()), int(logits.argmin())):
        before, after = softmax(logits), softmax(force(logits, token, probability))
        rest = np.arange(50) != token
        assert after[token] == pytest.approx(probability, rel=1e-12)
        expected = before[rest] / before[rest].sum() * (1 - probability)
        assert after[rest] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("probability", [None, 0.3])
def test_the_sum_of_exponentials_stays(probability: float | None) -> None:
    logits = RANDOM.normal(3, 2, (4, 30))
    assert np.exp(force(logits, 2, probability)).sum(-1) == pytest.approx(np.exp(logits).sum(-1), rel=1e-12)


@pytest.mark.parametrize("probability", [None, 0.3])
def test_log_probabilities_stay_log_probabilities(probability: float | None) -> None:
    normalised = np.log(softmax(RANDOM.normal(0, 5, (3, 50))))
    forced = force(normalised, 7, probability)
    assert np.exp(forced).sum(-1) == pytest.approx(1.0, rel=1e-12)
    assert forced[:, 7] == pytest.approx(np.log(probability or 1.0), abs=1e-12)


def test_certain_means_that_nothing_else_is_possible() -> None:
    logits = np.array([80.0, -300.0, 5.0], dtype=np.float32)
    forced = force(logits, 1)
    assert forced.dtype == np.float32 and np.isfinite(forced[1])
    assert np.isneginf(forced[[0, 2]]).all()
    assert logits.tolist() == [80.0, -300.0, 5.0]  # what was handed in is as it was


def test_what_was_impossible_stays_so_beside_the_token() -> None:
    logits = np.array([0.0, -np.inf, 1.0, -np.inf])
    assert softmax(force(logits, 1, 0.25))[1] == pytest.approx(0.25)
    assert np.isneginf(force(logits, 1, 0.25)[3])
    alone = np.array([-np.inf, 2.0, -np.inf])
    assert np.isneginf(force(alone, 1, 0.25)[[0, 2]]).all()  # there is nobody to share with


def test_large_logits_do_not_overflow() -> None:
    for dtype in (np.float32, np.float64):
        forced = force(np.array([3e4, 3e4 - 2, -3e4], dtype=dtype), 2, 0.5)
        assert np.isfinite(forced).all() and forced.dtype == dtype
        assert softmax(forced - forced.max())[2] == pytest.approx(0.5, rel=1e-2)
