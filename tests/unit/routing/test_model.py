"""The logistic model, against what the mathematics says and a second way of computing it."""

from __future__ import annotations

import numpy as np

from engram.routing import model as module
from engram.routing.model import LogisticModel, fit, softmax

RANDOM = np.random.default_rng(7)


def loss(model: LogisticModel, rows: np.ndarray, classes: np.ndarray, decay: float) -> float:
    """As the head of the file says; the bias is decayed with the weights, as a feature that is always 1."""
    chosen = model.probabilities(rows)[np.arange(len(rows)), classes]
    size = (model.weights**2).sum() + (model.bias**2).sum()
    return float(-np.log(chosen).mean() + decay / 2 * size)


def test_the_optimum_is_found(monkeypatch: object) -> None:
    """No small step in any direction makes the loss smaller; plain gradient descent ends at the same loss."""
    rows, classes = RANDOM.normal(size=(40, 6)), RANDOM.integers(0, 3, 40)
    steps, module.STEPS = module.STEPS, 3000
    try:
        model = fit(rows, classes, 3, 0.05)
    finally:
        module.STEPS = steps
    best = loss(model, rows, classes, 0.05)
    for _ in range(50):
        moved = LogisticModel(
            model.weights + RANDOM.normal(size=(6, 3)) * 1e-2, model.bias + RANDOM.normal(size=3) * 1e-2
        )
        assert loss(moved, rows, classes, 0.05) > best
    weights, bias = np.zeros((6, 3)), np.zeros(3)
    for _ in range(4000):
        slope = (softmax(rows @ weights + bias) - np.eye(3)[classes]) / len(rows)
        weights -= 0.2 * (rows.T @ slope + 0.05 * weights)
        bias -= 0.2 * (slope.sum(axis=0) + 0.05 * bias)
    assert abs(loss(LogisticModel(weights, bias), rows, classes, 0.05) - best) < 1e-6
    assert np.allclose(weights, model.weights, atol=1e-3)


def test_the_usual_number_of_steps_comes_near() -> None:
    rows, classes = RANDOM.normal(size=(60, 30)), RANDOM.integers(0, 4, 60)
    near = loss(fit(rows, classes, 4, 1e-3), rows, classes, 1e-3)
    before, module.STEPS = module.STEPS, 5000
    try:
        best = loss(fit(rows, classes, 4, 1e-3), rows, classes, 1e-3)
    finally:
        module.STEPS = before
    assert near < best + 0.02


def test_what_can_be_parted_is_parted() -> None:
    rows = np.eye(4)[np.repeat(np.arange(4), 5)]
    model = fit(rows, np.repeat(np.arange(4), 5), 4, 1e-3)
    assert np.array_equal(model.probabilities(np.eye(4)).argmax(axis=1), np.arange(4))


def test_softmax_adds_up_and_does_not_overflow() -> None:
    shares = softmax(np.array([[1000.0, 0.0], [-1000.0, -1000.0]]))
    assert np.allclose(shares, [[1, 0], [0.5, 0.5]])
