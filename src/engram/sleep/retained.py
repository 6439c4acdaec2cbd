"""What stayed and what went over nights: a matrix of accuracies, and the figures that the field takes of it.

Nights are those that put an adapter in service, 1 to T; a[i][j] is the share right of questions about
memories of night j, asked of what served after night i >= j.

    average accuracy    mean over j of a[T][j]                                Lopez-Paz and Ranzato 2017
    backward transfer   mean over j < T of a[T][j] - a[j][j]                  Lopez-Paz and Ranzato 2017
    forgetting          mean over j < T of (max over l < T of a[l][j]) - a[T][j]    Chaudhry et al. 2018

Lopez-Paz and Ranzato, Gradient Episodic Memory for Continual Learning, NeurIPS 2017, arXiv 1706.08840;
Chaudhry et al., Riemannian Walk for Incremental Learning, ECCV 2018, arXiv 1801.10112. Nights weigh alike,
whatever their number of memories. Figures are of one base; `by_base` parts them. Not here: where the lines
come from (trends.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engram.sleep.trend_lines import Share, Trend


@dataclass(frozen=True, slots=True)
class Matrix:
    """One row for each version that a night put in service, oldest first; one column for each night whose
    memories were asked about. None where a version was not asked about a night."""

    versions: tuple[str, ...]
    nights: tuple[str, ...]
    rows: tuple[tuple[Share | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Retained:
    """The figures, None where there are too few nights; `by_age` pools all that was asked so many nights
    (that put something in service) after it was taught, 0 being the morning after."""

    average_accuracy: float | None
    backward_transfer: float | None
    forgetting: float | None
    by_age: dict[int, Share]


def by_base(trends: Sequence[Trend]) -> dict[str, list[Trend]]:
    """The nights of each base, by its name, in the order in which the bases came: what an adapter of one
    knows says nothing of what was lost or kept on another."""
    found: dict[str, list[Trend]] = {}
    for line in trends:
        found.setdefault(line.base, []).append(line)
    names = {base: lines[-1].model or base[:12] for base, lines in found.items()}
    twice = {name for name, count in Counter(names.values()).items() if count > 1}
    return {
        f"{names[base]} ({base[:12]})" if names[base] in twice else names[base]: lines
        for base, lines in found.items()
    }


def matrix(trends: Sequence[Trend]) -> Matrix:
    """What each version knew of each night."""
    served = [line for line in trends if line.version]
    asked = {night for line in served for night in line.matrix}
    columns = [line.night for line in served if line.night in asked]
    rows = tuple(tuple(line.matrix.get(night) for night in columns) for line in served)
    return Matrix(tuple(line.version for line in served), tuple(columns), rows)


def retained(trends: Sequence[Trend]) -> Retained:
    """What stayed. Only nights whose memories were asked about the morning after, and at last, count."""
    served = [line for line in trends if line.version]
    last = served[-1] if served else None
    now = {night: share.accuracy for night, share in last.matrix.items()} if last else {}
    earlier = [line for line in served[:-1] if line.night in now and line.night in line.matrix]
    moved = [now[line.night] - line.matrix[line.night].accuracy for line in earlier]
    fallen = [_best(served[:-1], line.night) - now[line.night] for line in earlier]
    return Retained(_mean(list(now.values())), _mean(moved), _mean(fallen), _by_age(served))


def _best(served: Sequence[Trend], night: str) -> float:
    return max(line.matrix[night].accuracy for line in served if night in line.matrix)


def _by_age(served: Sequence[Trend]) -> dict[int, Share]:
    order = {line.night: place for place, line in enumerate(served)}
    found: dict[int, list[Share]] = defaultdict(list)
    for place, line in enumerate(served):
        for night, share in line.matrix.items():
            if night in order:
                found[place - order[night]].append(share)
    return {age: _pooled(found[age]) for age in sorted(found)}


def _pooled(shares: Sequence[Share]) -> Share:
    return Share(sum(share.right for share in shares), sum(share.n for share in shares))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
