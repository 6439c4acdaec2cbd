"""The learning rate at each step: linear warm-up, constant, linear decay to a floor.

The same shape for a fixed number of steps and for `--iters auto`, where the decay starts when stopping.py
says so: with a constant rate in the middle, training can be ended well at any moment.
Source of the shape: warm-up/stable/decay, Haegele et al. 2024, arXiv 2405.18392. They find a decay of 20% of
the run enough for pretraining; here a longer one kept more of the base's skills (docs/lab.md).
"""

from __future__ import annotations

from dataclasses import dataclass

DECAY_SHARE = 0.6
"""Steps of decay, as a share of the steps before it began."""
FLOOR = 0.05
"""Rate of the last step, as a share of the peak: a step with rate 0 would be wasted."""
LONGEST_WARMUP = 100
"""Steps. A share of a long run would be more than Adam's moments need."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The decay begins after step `decay_after`; step `last` is the last. `reason` is a sentence."""

    decay_after: int
    last: int
    reason: str


def ending_at(last: int, reason: str) -> Ending:
    """An ending whose decay takes its share and reaches the floor at step `last`."""
    return Ending(int(last / (1 + DECAY_SHARE)), last, reason)


def warmup_steps(share: float, last: int) -> int:
    return min(round(share * last), LONGEST_WARMUP)


def learning_rate(step: int, peak: float, warmup: int, ending: Ending) -> float:
    """Rate of a step; the first step is 1."""
    rate = peak * min(1.0, step / max(1, warmup))
    if step <= ending.decay_after:
        return rate
    done = (step - ending.decay_after) / (ending.last - ending.decay_after)
    return min(rate, peak * (1 - (1 - FLOOR) * done))
