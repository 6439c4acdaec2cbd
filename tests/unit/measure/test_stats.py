"""Intervals and tests against brute force, numbers worked by hand or printed in the sources, and coverage."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.measure import stats

Z = NormalDist().inv_cdf(0.975)
ITEMS = st.lists(st.tuples(st.integers(-1, 1), st.integers(0, 4)), min_size=1, max_size=12)


def brute_sign_flip(differences: list[int], clusters: list[int]) -> float:
    """Every sign pattern over every cluster, one by one."""
    names = sorted(set(clusters))
    observed = sum(differences)
    signs = list(itertools.product((-1, 1), repeat=len(names)))
    as_large = 0
    for pattern in signs:
        sign = dict(zip(names, pattern, strict=True))
        total = sum(sign[name] * value for name, value in zip(clusters, differences, strict=True))
        as_large += total >= observed
    return as_large / len(signs)


def brute_mcnemar(gained: int, lost: int) -> float:
    tosses = list(itertools.product((0, 1), repeat=gained + lost))
    return sum(sum(toss) >= gained for toss in tosses) / len(tosses)


@given(ITEMS)
def test_sign_flips_equal_enumeration(items: list[tuple[int, int]]) -> None:
    differences, clusters = [d for d, _ in items], [c for _, c in items]
    assert stats.sign_flip(differences, clusters) == pytest.approx(brute_sign_flip(differences, clusters))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 20))
def test_one_item_a_cluster_is_mcnemar(gained: int, lost: int, equal: int) -> None:
    differences = [1] * gained + [-1] * lost + [0] * equal or [0]
    expected = stats.mcnemar_exact(gained, lost)
    assert stats.sign_flip(differences, range(len(differences))) == pytest.approx(expected)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (0, 4), (3, 3), (7, 2), (9, 0)])
def test_mcnemar_equals_enumeration(gained: int, lost: int) -> None:
    assert stats.mcnemar_exact(gained, lost) == pytest.approx(brute_mcnemar(gained, lost))


def test_mcnemar_stays_finite_for_thousands() -> None:
    assert 0 < stats.mcnemar_exact(1040, 960) < 0.05
    assert stats.mcnemar_exact(1000, 1000) == pytest.approx(0.5, abs=0.01)


def test_the_lady_tasting_tea() -> None:
    """4 of 4 cups right is 1 in 70, 3 of 4 at least 17 in 70 (Fisher 1935, sections 5-12)."""
    assert stats.fisher_exact(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert stats.fisher_exact(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert stats.fisher_exact(0, 8, 0, 8) == 1


def test_fisher_beside_drawing_without_replacement() -> None:
    """9 failures among 40 answers, of which 20 are ours: how often do 7 or more fall to us?"""
    random = np.random.default_rng(5)
    drawn = random.hypergeometric(9, 31, 20, size=200_000)
    assert stats.fisher_exact(7, 20, 2, 20) == pytest.approx((drawn >= 7).mean(), abs=0.003)
    assert stats.fisher_exact(0, 20, 5, 20) == 1.0


def test_a_huge_gain_never_has_p_of_zero() -> None:
    assert 0 < stats.sign_flip([1] * 5000, range(5000)) < 1e-300


def test_sign_flips_refuse_fractions() -> None:
    with pytest.raises(ValueError, match="integers"):
        stats.sign_flip([0.5], ["a"])  # type: ignore[list-item]


def test_wilson_solves_its_own_equation() -> None:
    """Both ends p satisfy (p_hat - p)^2 = z^2 p (1 - p) / n, which is how Wilson defines them."""
    for successes, n in [(0, 10), (3, 17), (81, 263), (60, 60)]:
        for end in stats.wilson(successes, n):
            gap = (successes / n - end) ** 2
            assert gap == pytest.approx(Z**2 * end * (1 - end) / n, abs=1e-12)


def test_wilson_equals_a_published_example() -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0000, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (successes, n), (low, high) in published.items():
        assert stats.wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_paired_interval_worked_by_hand() -> None:
    """b = 9, c = 1, n = 20: 9.5 and 1.5 of 22; variance 11 - 64 / 22 = 8.0909, z = 1.96."""
    half = Z * math.sqrt(8.090909090909092) / 22
    assert stats.paired_interval(9, 1, 20) == pytest.approx((8 / 22 - half, 8 / 22 + half))


def test_paired_interval_nears_wald_for_large_n() -> None:
    """A prime minister's approval, n = 1600 (Agresti, Categorical Data Analysis, 10.1): -0.04, SE 0.0095."""
    low, high = stats.paired_interval(86, 150, 1600)
    assert (low + high) / 2 == pytest.approx(-0.04, abs=1e-3)
    assert (high - low) / (2 * Z) == pytest.approx(0.0095, abs=1e-4)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 300))
def test_paired_interval_is_antisymmetric(gained: int, lost: int, equal: int) -> None:
    low, high = stats.paired_interval(gained, lost, gained + lost + equal)
    assert stats.paired_interval(lost, gained, gained + lost + equal) == pytest.approx((-high, -low))


def test_copies_of_each_item_are_worth_one() -> None:
    """Five identical answers to each of 40 patterns carry what 40 answers carry (up to G / (G - 1))."""
    rights = [index % 4 != 0 for index in range(40)]
    values = [float(right) for right in rights for _ in range(5)]
    worth = stats.effective_n(values, [index // 5 for index in range(200)])
    assert worth == pytest.approx(40 * 39 / 40)


def test_independent_items_keep_their_number() -> None:
    random = np.random.default_rng(5)
    values = list(random.integers(0, 2, 400).astype(float))
    assert stats.effective_n(values, range(400)) == pytest.approx(400, rel=0.01)


def test_perfect_scores_count_clusters() -> None:
    rights = [True] * 60
    assert stats.accuracy_interval(rights, [i // 3 for i in range(60)]) == stats.wilson(20, 20)


def clustered_draws(seed: int, groups: int, size: int) -> tuple[np.ndarray, list[int]]:
    """0/1 items whose chance varies by cluster around 0.7 (Beta 2.8, 1.2)."""
    random = np.random.default_rng(seed)
    chances = random.beta(2.8, 1.2, groups)
    return (random.random((groups, size)) < chances[:, None]).ravel(), [
        i // size for i in range(groups * size)
    ]


def test_accuracy_interval_covers_the_truth_despite_clusters() -> None:
    """Over 600 draws a 95% interval must hit 0.7 in 92% to 98%; ignoring clusters it would not."""
    hits = naive = 0
    for seed in range(600):
        rights, clusters = clustered_draws(seed, 60, 5)
        low, high = stats.accuracy_interval(rights.tolist(), clusters)
        hits += low <= 0.7 <= high
        plain = stats.wilson(int(rights.sum()), len(rights))
        naive += plain.low <= 0.7 <= plain.high
    assert 0.92 <= hits / 600 <= 0.98
    assert naive / 600 < 0.92


def test_not_worse_bound_errs_one_time_in_twenty() -> None:
    """True change -3 points on 60 clusters of 5: the bound may lie above -0.03 in about 5% of draws."""
    random = np.random.default_rng(11)
    too_high = 0
    for draw in range(300):
        shift = random.choice([-1, 0, 1], p=[0.07, 0.89, 0.04], size=300)
        bound = stats.not_worse_bound(shift.tolist(), [i // 5 for i in range(300)], seed=draw)
        too_high += bound > -0.03
    assert 0.01 <= too_high / 300 <= 0.08


def test_sign_flips_keep_their_level_where_mcnemar_does_not() -> None:
    """No true change, whole patterns flip together: 5% of draws may have p <= 0.05."""
    random = np.random.default_rng(3)
    clustered = naive = 0
    for _ in range(400):
        pattern = random.choice([-1, 0, 1], p=[0.2, 0.6, 0.2], size=40)
        differences = np.repeat(pattern, 5).tolist()
        clustered += stats.sign_flip(differences, [i // 5 for i in range(200)]) <= 0.05
        naive += stats.mcnemar_exact(differences.count(1), differences.count(-1)) <= 0.05
    assert clustered / 400 <= 0.08
    assert naive / 400 > 0.1


def test_equal_clusters_are_drawn_in_every_way() -> None:
    """Against counting with fractions, one draw after the other."""
    sums = [1, -1, -1, 0, 0, -2]  # of six clusters of two
    chances = {0: Fraction(1)}
    for _ in sums:
        after: dict[int, Fraction] = {}
        for total, chance in chances.items():
            for drawn in sums:
                after[total + drawn] = after.get(total + drawn, Fraction(0)) + chance / 6
        chances = after
    below = {total: sum(c for t, c in chances.items() if t < total) for total in chances}
    expected = max(total for total, chance in below.items() if chance <= Fraction(1, 20))
    values = [part for total in sums for part in (total, 0)]
    clusters = [number // 2 for number in range(12)]
    assert stats.bootstrap_lower(values, clusters) == expected / 12


def test_bootstrap_bound_is_repeatable_and_near_the_normal_one() -> None:
    random = np.random.default_rng(8)
    values = random.normal(0.1, 1.0, 900).tolist()
    bound = stats.bootstrap_lower(values, range(900), seed=4)
    assert bound == stats.bootstrap_lower(values, range(900), seed=4)
    normal = float(np.mean(values) - 1.645 * np.std(values) / 30)
    assert bound == pytest.approx(normal, abs=0.01)


def test_change_interval_without_clusters_is_agresti_min() -> None:
    differences = [1] * 30 + [-1] * 10 + [0] * 160
    scale = stats.effective_n(differences, range(200)) / 200
    assert scale == pytest.approx(1, abs=0.01)
    expected = stats.paired_interval(30, 10, 200)
    assert stats.change_interval(differences, range(200)) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("values", [[], [1, 0]])
def test_empty_or_unequal_input_is_refused(values: list[int]) -> None:
    with pytest.raises(ValueError, match="non-empty"):
        stats.sign_flip(values, ["a"])


def test_intervals_need_an_observation() -> None:
    for call in (stats.wilson, lambda s, n: stats.paired_interval(s, s, n)):
        with pytest.raises(ValueError, match="at least one"):
            call(0, 0)
