"""Whether the loss is still sane: a pure value that sees each loss and says what is wrong, if anything.

Not here: what is done about it (loop.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

SMOOTHING = 0.9
RUNAWAY_FACTOR = 3.0
RUNAWAY_MARGIN = 1.0  # nats: a loss near zero may triple without harm


@dataclass(frozen=True, slots=True)
class LossWatch:
    """Exponential moving average of the loss, corrected for its start, and the lowest it has been."""

    average: float = 0.0
    weight: float = 0.0
    best: float = math.inf

    def see(self, loss: float) -> LossWatch:
        average = SMOOTHING * self.average + (1 - SMOOTHING) * loss
        weight = SMOOTHING * self.weight + (1 - SMOOTHING)
        return replace(self, average=average, weight=weight, best=min(self.best, average / weight))

    @property
    def smoothed(self) -> float:
        return self.average / self.weight

    @property
    def healthy(self) -> bool:
        """Close enough to its best that this is a state worth returning to."""
        return self.smoothed <= 1.5 * self.best + 0.5 * RUNAWAY_MARGIN

    def problem(self, *others: float) -> str | None:
        """What is wrong, as a sentence, or None. `others` are numbers that must be finite as well."""
        if not all(map(math.isfinite, (self.smoothed, *others))):
            return "The loss or its gradient is no longer a finite number."
        if self.smoothed > RUNAWAY_FACTOR * self.best + RUNAWAY_MARGIN:
            return f"The loss ran away: {self.smoothed:.3g} after a best of {self.best:.3g}."
        return None
