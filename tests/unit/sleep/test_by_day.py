"""When a version is taken out of service for how it does by day: the three signs, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.sleep.by_day import ANSWERS, LEAST, RATED, ByDay, Limits, objections
from engram.store.answers import Made

NOBODY = ByDay()


def took(seconds: float, count: int = LEAST) -> tuple[Made, ...]:
    return (Made(seconds),) * count


def failing(bad: int, of: int) -> ByDay:
    return ByDay((), (Made(0.1, failed=True),) * bad + took(0.1, of - bad))


@pytest.mark.parametrize(
    ("ratings", "taken"),
    [
        ([], False),
        ([-1, -1], False),
        ([-1, -1, -1], True),
        ([1] * 17 + [-1] * 3, True),
        ([-1] * 3 + [1] * (RATED - 3), True),
        ([-1] + [1] * (RATED - 2) + [-1, -1], False),
        ([-1] * 3 + [1] * RATED, False),
        ([-1, 1] * 3, True),
    ],
)
def test_three_bad_ones_of_the_last_twenty(ratings: list[int], taken: bool) -> None:
    assert bool(objections(ByDay(ratings), NOBODY)) == taken
    assert objections(ByDay(ratings), NOBODY, Limits(bad=0)) == ()


@settings(max_examples=200)
@given(st.lists(st.sampled_from([-1, 1]), max_size=60), st.integers(1, 20))
def test_ratings_beside_counting(ratings: list[int], bad: int) -> None:
    found = objections(ByDay(ratings), NOBODY, Limits(bad=bad))
    assert bool(found) == (ratings[-20:].count(-1) >= bad)


@pytest.mark.parametrize(
    ("now", "before", "taken"),
    [
        (failing(0, 50), failing(0, 50), False),
        (failing(2, 2), failing(0, 50), False),  # two are bad luck
        (failing(3, 3), NOBODY, False),  # beside nobody, nobody can tell
        (failing(3, 3), failing(0, 50), True),
        (failing(5, 20), failing(0, 20), False),  # p = 0.024
        (failing(8, 20), failing(0, 20), True),
        (failing(25, 50), failing(22, 50), False),
        (failing(3, 50), failing(0, 50), False),  # no ten points more
        (failing(40, 50), failing(48, 50), False),
    ],
)
def test_failures_beside_those_of_before(now: ByDay, before: ByDay, taken: bool) -> None:
    assert bool(objections(now, before)) == taken
    assert objections(now, before, Limits(failures=0)) == ()


@pytest.mark.parametrize(
    ("now", "before", "taken"),
    [
        (took(4.0), took(1.0), True),
        (took(4.0, LEAST - 1), took(1.0), False),
        (took(4.0), took(1.0, LEAST - 1), False),
        (took(1.9), took(1.0), False),
        (took(0.9), took(0.1), False),  # nine times as long, and nobody notices
        (took(1.0), took(4.0), False),
        (took(1.0, 40) + took(600.0, 10), took(1.0), False),  # one long day
        (took(1.0, 100) + took(9.0, ANSWERS), took(1.0), True),  # only the latest count
    ],
)
def test_the_usual_answer_takes_much_longer(
    now: tuple[Made, ...], before: tuple[Made, ...], taken: bool
) -> None:
    assert bool(objections(ByDay((), now), ByDay((), before))) == taken
    assert objections(ByDay((), now), ByDay((), before), Limits(slower=0)) == ()


def test_failed_answers_have_no_time() -> None:
    slow = (Made(60.0, failed=True),) * 25 + took(1.0, 20)
    found = objections(ByDay((), slow), ByDay((), took(1.0)), Limits(failures=0))
    assert found == ()


def test_reasons_are_sentences_with_figures() -> None:
    now = ByDay([-1] * 3, (Made(1.0, failed=True),) * 10 + took(9.5, 30))
    rated, failed, slow = objections(now, ByDay((), took(2.0, 40)))
    assert rated == "3 of its last 3 rated answers were rated bad."
    assert failed == "10 of its last 40 answers failed; before it, 0 of 40."
    assert slow == "Its usual answer takes 9.5 s; before it, 2.0 s."


def test_equally_good_versions_are_rarely_taken_back() -> None:
    """Of 2,000 pairs that both fail once in twenty, fewer than one in a hundred."""
    random = np.random.default_rng(6)
    counts = random.binomial(50, 0.05, size=(2000, 2))
    taken = [bool(objections(failing(a, 50), failing(b, 50))) for a, b in counts.tolist()]
    assert sum(taken) < 20
