"""Intervals and tests for answers that are right or wrong, on the same items, clustered by pattern.

Every function is exact or closed-form where that is possible; only the bootstrap draws, from a seed.
Not here: what the numbers are said to mean (verdict.py), and any decision to accept an adapter.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Hashable, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_CELLS = 4_000_000  # largest block of bootstrap indices held at once: 32 MB


class Interval(NamedTuple):
    """Two ends, in the unit of the estimate."""

    low: float
    high: float


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Two-sided score interval for a proportion; `n` may be an effective (fractional) sample size.

    Source: Wilson, Probable inference, JASA 22 (1927) 209-212; recommended for small n by Brown, Cai and
    DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001) 101-133.
    """
    if n <= 0:
        raise ValueError("an interval needs at least one observation")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def effective_n(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """How many independent observations the clustered ones are worth: n / design effect, at most n.

    The design effect is the cluster-robust variance of the mean over the variance under independence,
    never below 1. Where all values are equal it cannot be estimated; then each cluster counts once.
    Sources: Kish, Survey Sampling (1965), 8.2; Liang and Zeger, Biometrika 73 (1986) 13-22, for the
    variance, with the usual G / (G - 1) correction.
    """
    sums, sizes = _by_cluster(values, clusters)
    n, groups = float(sizes.sum()), len(sizes)
    independent = float(np.var(np.asarray(values, dtype=np.float64))) / n
    if groups < 2 or independent == 0.0:
        return float(groups)
    residuals = sums - sizes * (sums.sum() / n)
    robust = groups / (groups - 1) * float((residuals**2).sum()) / n**2
    return n / max(1.0, robust / independent)


def accuracy_interval(
    correct: Sequence[bool], clusters: Sequence[Hashable], confidence: float = 0.95
) -> Interval:
    """Wilson interval on the effective sample size; it stays honest at 0% and at 100%.

    Meant for 20 clusters or more; with few it is somewhat too narrow, and reports say how many there are.
    Source: Korn and Graubard, Survey Methodology 24 (1998) 193-201 (effective n in a binomial interval).
    """
    values = [float(item) for item in correct]
    worth = effective_n(values, clusters)
    return wilson(worth * sum(values) / len(values), worth, confidence)


def mcnemar_exact(gained: int, lost: int) -> float:
    """One-sided p: chance of at least `gained` wins among the discordant pairs if neither side is better.

    Source: McNemar, Psychometrika 12 (1947) 153-157; exact binomial form.
    """
    n = gained + lost
    return float(sum(math.comb(n, wins) for wins in range(gained, n + 1)) / 2**n)


def fisher_exact(hits: int, n: int, hits_beside: int, n_beside: int) -> float:
    """One-sided p: chance of at least `hits` among `n` items if as many hits in all fell on both sides alike.

    Four counts: `hits` of `n` items here, `hits_beside` of `n_beside` other items there; not paired (that is
    `mcnemar_exact`). Where a side has no items p is 1.
    Source: Fisher, The Design of Experiments (1935), chapter II, sections 5-12: the lady tasting tea.
    """
    total, all_hits = n + n_beside, hits + hits_beside
    ways = sum(
        math.comb(all_hits, k) * math.comb(total - all_hits, n - k) for k in range(hits, min(all_hits, n) + 1)
    )
    return ways / math.comb(total, n)


def sign_flip(differences: Sequence[int], clusters: Sequence[Hashable]) -> float:
    """One-sided p that the total difference is this large if each cluster's sign were a coin toss.

    `differences` are integers (right now minus right before: -1, 0 or 1). All 2^G sign patterns are counted,
    not sampled: the totals are integers, so their distribution is a chain of convolutions. With one item
    a cluster this is the exact McNemar test.
    Sources: Fisher, The Design of Experiments (1935), section 21; Pagano and Tritchler, On obtaining
    permutation distributions in polynomial time, JASA 78 (1983) 435-440.
    """
    sums, _ = _by_cluster(differences, clusters)
    steps = np.abs(np.rint(sums)).astype(np.int64)
    if not np.allclose(sums, np.rint(sums), atol=1e-9):
        raise ValueError("differences must be integers")
    steps = steps[steps > 0]
    reach = int(steps.sum())
    chance = np.ones(1)  # chance[k]: probability that the positive signs add up to k
    for step in steps:
        pad = np.zeros(int(step))
        chance = (np.concatenate([chance, pad]) + np.concatenate([pad, chance])) / 2
    observed = (round(float(sums.sum())) + reach) // 2  # total = 2 * positive part - reach
    return min(1.0, max(float(chance[observed:].sum()), sys.float_info.min))


def paired_interval(gained: float, lost: float, n: float, confidence: float = 0.95) -> Interval:
    """Two-sided interval for a difference of paired proportions, (gained - lost) / n.

    Half an observation is added to each of the four cells of the paired table, then Wald's interval is taken.
    Source: Agresti and Min, Statistics in Medicine 24 (2005) 729-740.
    """
    if n <= 0:
        raise ValueError("an interval needs at least one pair")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    b, c, total = gained + 0.5, lost + 0.5, n + 2
    centre = (b - c) / total
    half = z * math.sqrt(b + c - (b - c) ** 2 / total) / total
    return Interval(max(-1.0, centre - half), min(1.0, centre + half))


def change_interval(
    differences: Sequence[int], clusters: Sequence[Hashable], confidence: float = 0.95
) -> Interval:
    """`paired_interval` on the effective sample size of clustered differences (-1, 0 or 1)."""
    scale = effective_n(differences, clusters) / len(differences)
    gained = sum(item > 0 for item in differences) * scale
    lost = sum(item < 0 for item in differences) * scale
    return paired_interval(gained, lost, len(differences) * scale, confidence)


def bootstrap_lower(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    seed: int = 0,
    confidence: float = 0.95,
    draws: int = 4000,
) -> float:
    """One-sided lower bound of the mean: percentile bootstrap that draws whole clusters.

    Where clusters are of one size and their sums are integers, all draws are counted instead of some drawn:
    their total is a sum of independent integers, whose distribution is a power of characteristic functions.
    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), 3.8; Field and Welsh,
    JRSS B 69 (2007) 369-390.
    """
    sums, sizes = _by_cluster(values, clusters)
    if (sizes == sizes[0]).all() and (sums == np.rint(sums)).all():
        return _every_draw(sums.astype(np.int64), 1 - confidence) / float(sizes.sum())
    random = np.random.default_rng(seed)
    block = max(1, _CELLS // len(sums))
    means: list[Floats] = []
    for start in range(0, draws, block):
        picks = random.integers(0, len(sums), size=(min(block, draws - start), len(sums)))
        means.append(sums[picks].sum(axis=1) / sizes[picks].sum(axis=1))
    return float(np.quantile(np.concatenate(means), 1 - confidence))


def not_worse_bound(
    differences: Sequence[int], clusters: Sequence[Hashable], seed: int = 0, confidence: float = 0.95
) -> float:
    """One-sided lower bound of tuned minus base: Agresti-Min, or the cluster bootstrap where it is lower."""
    gained, lost = sum(item > 0 for item in differences), sum(item < 0 for item in differences)
    closed = paired_interval(gained, lost, len(differences), 2 * confidence - 1).low
    return min(closed, bootstrap_lower(differences, clusters, seed, confidence))


def _every_draw(sums: npt.NDArray[np.int64], share: float) -> int:
    """The total that at most `share` of all draws stay below; a draw is len(sums) of `sums`, with repeats."""
    lowest, n = int(sums.min()), len(sums)
    chances = np.bincount(sums - lowest) / n
    length = n * (len(chances) - 1) + 1
    totals = np.fft.irfft(np.fft.rfft(chances, 2 * length) ** n, 2 * length)[:length]
    return n * lowest + int(np.searchsorted(np.cumsum(totals), share))


def _by_cluster(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[Floats, Floats]:
    """Sum and size of each cluster, float64 [clusters] each, in order of first appearance."""
    if not values or len(values) != len(clusters):
        raise ValueError("values and clusters must be non-empty and of one length")
    number: dict[Hashable, int] = {}
    index: npt.NDArray[Any] = np.array([number.setdefault(name, len(number)) for name in clusters])
    weights = np.asarray(values, dtype=np.float64)
    sums = np.bincount(index, weights=weights).astype(np.float64)
    return sums, np.bincount(index).astype(np.float64)
