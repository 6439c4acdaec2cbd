"""Non-negative least squares for a handful of unknowns: which costs explain what was measured.

Relative errors count, so that short trials weigh as much as long ones. Not here: what the unknowns mean
(estimate.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

# One more unknown is believed in only if it takes away this share of the squared error.
_CLEARLY_BETTER = 0.1


def fit(work: npt.NDArray[np.float64], values: Sequence[float]) -> Vector:
    """Costs [units], none negative, with the least sum of squared relative errors; work is [trials, units].

    The best set of costs is an ordinary least squares solution on those that are not zero, so all subsets are
    tried; few costs are preferred, since a handful of trials cannot tell many apart. Values above 0.
    """
    relative = work / np.asarray(values, float)[:, None]
    size = np.abs(relative).max(axis=0)
    usable = [int(column) for column in np.flatnonzero(size)]
    best, least = np.zeros(work.shape[1]), float(len(values))
    for number in range(1, min(len(usable), len(values)) + 1):
        found = [_solve(relative, size, columns) for columns in combinations(usable, number)]
        feasible = [(error, costs) for error, costs in found if (costs >= 0).all()]
        if feasible:
            error, costs = min(feasible, key=lambda one: one[0])
            if error < (1 - _CLEARLY_BETTER) * least:
                best, least = costs, error
    return best


def fit_error(work: npt.NDArray[np.float64], values: Sequence[float], costs: Vector) -> float:
    """Sum of squared relative errors."""
    return float((((work @ costs) / np.asarray(values, float) - 1) ** 2).sum())


def _solve(relative: npt.NDArray[np.float64], size: Vector, columns: Sequence[int]) -> tuple[float, Vector]:
    """Least squares on some columns, scaled so that none outweighs another; error and all costs."""
    part = relative[:, columns] / size[list(columns)]
    solution = np.linalg.lstsq(part, np.ones(len(part)), rcond=None)[0]
    costs = np.zeros(relative.shape[1])
    costs[list(columns)] = solution / size[list(columns)]
    return float(((relative @ costs - 1) ** 2).sum()), costs
