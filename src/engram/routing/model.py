"""Multinomial logistic regression, small enough to be trained each time it is used.

    p(class | x) = softmax(x W + b),   loss = mean cross-entropy + (decay / 2) (|W|^2 + |b|^2)

With few rows and many features, W is a sum of the rows themselves (W = X^T A, the representer theorem), so
that training works on the n x n products of rows: Nesterov's method with the step that the curvature allows,
from zero, a fixed number of steps. So the same rows give the same model. Not here: features, or what is
decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
STEPS = 200
"""More change cross-validated macro-F1 by less than half a point."""
POWER_STEPS = 30


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """`weights` [features, classes] and `bias` [classes]."""

    weights: Floats
    bias: Floats

    def probabilities(self, rows: Floats) -> Floats:
        """[n, features] -> [n, classes], each row adding up to 1."""
        return softmax(rows @ self.weights + self.bias)


def fit(rows: Floats, classes: npt.NDArray[np.int64], count: int, decay: float) -> LogisticModel:
    """Train on rows [n, features] whose classes are numbers below `count`; `decay` is the L2 penalty.
    Computes in the number type of the rows."""
    n = len(rows)
    wanted = np.eye(count, dtype=rows.dtype)[classes]  # [n, count]
    products = rows @ rows.T + 1  # the 1 is the bias, as a feature that every row has
    # Cross-entropy curves at most 1/2 in the logits (Bohning 1992).
    step = 1 / (0.5 * _largest_eigenvalue(products) / n + decay)
    here = ahead = np.zeros((n, count), dtype=rows.dtype)
    for number in range(STEPS):
        slope = (softmax(products @ ahead) - wanted) / n + decay * ahead
        moved = ahead - step * slope
        ahead = moved + number / (number + 3) * (moved - here)
        here = moved
    return LogisticModel(rows.T @ here, here.sum(axis=0))


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _largest_eigenvalue(products: Floats) -> float:
    """By power iteration, and a tenth more, since that comes from below."""
    vector = np.ones(len(products), dtype=products.dtype)
    for _ in range(POWER_STEPS):
        vector = products @ vector
        vector /= np.linalg.norm(vector)
    return 1.1 * float(vector @ products @ vector)
