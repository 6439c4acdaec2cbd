"""Whether a version does so badly by day that what served before it takes its place: a pure decision.

Three signs, each with its reason as a sentence: answers rated bad; answers that fail, or that take long, far
more than those of its predecessor. Not here: where the values come from and what is done (falling_back.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from engram.measure.stats import fisher_exact
from engram.store.answers import Made

RATED = 20
"""Rated answers that are looked at, the latest: three bad ones a year apart say nothing."""
ANSWERS = 50
"""Answers of each side that are looked at, the latest."""
LEAST = 20
"""Answers of each side from which a time says something."""
FAILED = 3
"""Failures from which their share says something."""
ALPHA = 0.01
"""Chance at most that as many failures came of equally good versions."""
SECONDS = 1.0
"""Seconds by which the usual answer has to take longer: nobody minds less, however slow it is beside."""


@dataclass(frozen=True, slots=True)
class ByDay:
    """How a version did: `ratings` of 1 and -1, and answers, both oldest first."""

    ratings: Sequence[int] = ()
    answers: Sequence[Made] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Answers rated bad of the last RATED rated ones; a share of failures more than the predecessor's; times
    as long as its usual answer. 0 looks away."""

    bad: int = 3
    failures: float = 0.1
    slower: float = 2.0


def objections(now: ByDay, before: ByDay, limits: Limits | None = None) -> tuple[str, ...]:
    """Why the version that did so `now` should not serve, beside its predecessor; none where it may."""
    limits = limits or Limits()
    found = _rated(now, limits), _failing(now, before, limits), _slow(now, before, limits)
    return tuple(sentence for sentence in found if sentence)


def _rated(now: ByDay, limits: Limits) -> str:
    rated = now.ratings[-RATED:]
    bad = sum(rating < 0 for rating in rated)
    if not limits.bad or bad < limits.bad:
        return ""
    return f"{bad} of its last {len(rated)} rated answers were rated bad."


def _failing(now: ByDay, before: ByDay, limits: Limits) -> str:
    ours, theirs = _failures(now), _failures(before)
    if not limits.failures or ours[0] < FAILED:
        return ""
    more = ours[0] / ours[1] - (theirs[0] / theirs[1] if theirs[1] else 0.0)
    if more <= limits.failures or fisher_exact(*ours, *theirs) > ALPHA:
        return ""
    return f"{ours[0]} of its last {ours[1]} answers failed; before it, {theirs[0]} of {theirs[1]}."


def _slow(now: ByDay, before: ByDay, limits: Limits) -> str:
    ours, theirs = _seconds(now), _seconds(before)
    if not limits.slower or min(len(ours), len(theirs)) < LEAST:
        return ""
    usual, earlier = median(ours), median(theirs)
    if usual <= limits.slower * earlier or usual - earlier < SECONDS:
        return ""
    return f"Its usual answer takes {usual:.1f} s; before it, {earlier:.1f} s."


def _failures(day: ByDay) -> tuple[int, int]:
    """How many failed, and of how many."""
    latest = day.answers[-ANSWERS:]
    return sum(made.failed for made in latest), len(latest)


def _seconds(day: ByDay) -> list[float]:
    return [made.seconds for made in day.answers[-ANSWERS:] if not made.failed]
