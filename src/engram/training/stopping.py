"""How long to train with `--iters auto`: a pure rule over what the passes so far have shown.

It asks after every pass whether the rate should start to decay; the run ends when the decay is over. The
answer depends on the history alone, so a resumed run decides as the unbroken one would. Not here: stopping
because of a broken loss (health.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engram.training.schedule import DECAY_SHARE, Ending, ending_at


@dataclass(frozen=True, slots=True)
class PassRecord:
    """One pass: losses in nats per target token; `train_exact` and `valid_exact` are shares of rows.

    Training figures are taken while the pass runs, before each step. `valid_*` are None if no row validates.
    """

    number: int
    step: int
    train_loss: float
    train_exact: float
    valid_loss: float | None = None
    valid_exact: float | None = None


@dataclass(frozen=True, slots=True)
class AutoRule:
    """Limits and thresholds of `--iters auto`.

    The cap is the least of `max_passes` passes, `max_steps` steps and `max_tokens` tokens (padding not
    counted), but never less than one pass.
    A loss has improved when it fell by the share `loss_gain` and by `least_loss_gain` nats; a share of exact
    rows, when it rose by `exact_gain`.
    """

    max_passes: int = 40
    max_steps: int = 3000
    max_tokens: int = 1_200_000
    learned: float = 0.99
    learned_passes: int = 2
    patience: int = 4
    loss_gain: float = 0.01
    least_loss_gain: float = 0.005
    exact_gain: float = 0.005

    def times(self, factor: float) -> AutoRule:
        """The same, with limits of steps and tokens that are so many times as high."""
        return replace(
            self, max_steps=round(factor * self.max_steps), max_tokens=round(factor * self.max_tokens)
        )

    def cap(self, steps_per_pass: int, tokens_per_pass: int) -> Cap:
        """Where a run of such passes ends at the latest, and which of the limits says so."""
        limits = {
            f"the limit of {self.max_passes:,} passes": self.max_passes * steps_per_pass,
            f"the limit of {self.max_steps:,} steps": self.max_steps,
            f"the limit of {self.max_tokens:,} tokens": self.max_tokens * steps_per_pass // tokens_per_pass,
        }
        limit = min(limits, key=lambda name: limits[name])
        if limits[limit] < steps_per_pass:
            return Cap(steps_per_pass, 1.0, "every row once")
        return Cap(limits[limit], limits[limit] / steps_per_pass, limit)


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that `--iters auto` takes, and in words why it is not more."""

    steps: int
    passes: float
    limit: str

    def __str__(self) -> str:
        what = "pass" if self.passes == 1 else "passes"
        return f"{self.passes:.3g} {what} ({self.steps:,} steps; {self.limit})"


def auto_ending(history: Sequence[PassRecord], rule: AutoRule, cap: Cap) -> Ending:
    """When the run ends, as far as the history tells: at the cap, or earlier once a plateau was seen."""
    capped = ending_at(cap.steps, f"The cap of {cap} was reached.")
    for seen in range(1, len(history) + 1):
        now = history[seen - 1].step
        if now >= capped.decay_after:
            break
        if reason := plateau(history[:seen], rule):
            return Ending(now, now + max(1, round(DECAY_SHARE * now)), reason)
    return capped


def plateau(history: Sequence[PassRecord], rule: AutoRule) -> str | None:
    """Why more passes would not help, as a sentence, or None while they may."""
    last = history[-rule.learned_passes :]
    learned = len(last) == rule.learned_passes and all(p.train_exact >= rule.learned for p in last)
    if learned and not _valid_improved(history, rule.learned_passes, rule):
        return (
            f"{last[-1].train_exact:.1%} of the training rows are predicted exactly and validation has "
            f"levelled off (pass {last[-1].number})."
        )
    if len(history) > rule.patience and not _improved(history, rule.patience, rule):
        return f"Nothing has improved for {rule.patience} passes (pass {history[-1].number})."
    return None


def _improved(history: Sequence[PassRecord], passes: int, rule: AutoRule) -> bool:
    """Whether any figure of the last `passes` beats all before. Training loss counts: recall follows it."""
    return (
        _fell([p.train_loss for p in history], passes, rule)
        or _rose([p.train_exact for p in history], passes, rule.exact_gain)
        or _valid_improved(history, passes, rule)
    )


def _valid_improved(history: Sequence[PassRecord], passes: int, rule: AutoRule) -> bool:
    losses = [p.valid_loss for p in history if p.valid_loss is not None]
    exact = [p.valid_exact for p in history if p.valid_exact is not None]
    return _fell(losses, passes, rule) or _rose(exact, passes, rule.exact_gain)


def _fell(losses: Sequence[float], passes: int, rule: AutoRule) -> bool:
    """Whether the best of the last `passes` is clearly lower than the best before."""
    before, after = losses[:-passes], losses[-passes:]
    if not before:
        return False
    gain = min(before) - min(after)
    return gain > rule.loss_gain * min(before) and gain > rule.least_loss_gain


def _rose(values: Sequence[float], passes: int, gain: float) -> bool:
    before, after = values[:-passes], values[-passes:]
    return bool(before) and max(after) > max(before) + gain
