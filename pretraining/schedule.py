"""The learning rate over tokens: warm-up, stable, linear decay (WSD; Hu et al. 2024, arXiv:2404.06395).

A pure function of tokens seen and the token budget, so the budget can be changed when a run is resumed: while
it is in its stable phase, a larger or smaller total only moves the point where the decay begins.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """All lengths in tokens, prompt tokens included; `decay_fraction` is the share of `total` that decays."""

    total: int
    warmup: int
    decay_fraction: float

    def __post_init__(self) -> None:
        if self.total < 1 or self.warmup < 1 or not 0 <= self.decay_fraction <= 1:
            raise ValueError("total and warmup must be at least 1 token, and decay_fraction between 0 and 1")

    def factor(self, tokens: int) -> float:
        """Factor in [0, 1] on the peak rates for a step that begins after `tokens` tokens."""
        rising = (tokens + self.warmup / 100) / self.warmup
        decaying = self.total * self.decay_fraction
        falling = (self.total - tokens) / decaying if decaying else float(tokens < self.total)
        return max(0.0, min(1.0, rising, falling))
