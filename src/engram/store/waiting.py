"""How one program waits for another that is writing: patiently, and so that everybody gets a turn.

Not here: what is locked, and what is said when the patience is over (database.py).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

BUSY_SECONDS = 30.0
"""How long a writer waits. Write transactions last milliseconds; forgetting rewrites the file, which takes
seconds for a large one."""

RETRY_SECONDS = (0.001, 0.008)
"""Between two tries, drawn anew each time. The engine's own pauses grow up to 0.1 s, so that whoever has
waited longest asks most rarely: of eight processes writing for 15 s, one got 32 turns and another 2,691. With
these pauses it was 680 and 1,197, and the longest wait fell from 4.9 to 1.4 s (2 cores, 2026-11-21)."""


def patience(seconds: float) -> Callable[[int], bool]:
    """What the engine asks, with the number of tries so far, when a lock is taken: it pauses, then says
    whether to try again."""
    began = 0.0

    def wait(tries: int) -> bool:
        nonlocal began
        if tries == 0:
            began = time.monotonic()
        time.sleep(random.uniform(*RETRY_SECONDS))
        return time.monotonic() - began < seconds

    return wait
