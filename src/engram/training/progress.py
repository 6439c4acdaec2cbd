"""What the training loop needs of the world around it: someone to tell, a stop flag, a clock, a memory gauge.

Not here: a progress bar (cli), or signal handlers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class TrainingProgress(Protocol):
    """Told after each step, and whenever there is something to say."""

    def update(self, step: int, total: int, loss: float, tokens_per_second: float) -> None: ...

    def note(self, sentence: str) -> None: ...


class Silent:
    """Progress that nobody looks at."""

    def update(self, step: int, total: int, loss: float, tokens_per_second: float) -> None:
        pass

    def note(self, sentence: str) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loop needs of the world; tests hand in their own."""

    progress: TrainingProgress = field(default_factory=Silent)
    should_stop: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.perf_counter
    peak_memory_bytes: Callable[[], int] = lambda: 0
