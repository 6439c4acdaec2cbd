"""Ctrl-C and SIGTERM while a model is trained: the first asks for a stop with a checkpoint, the second stops.

Training asks before every step, not in the middle of one or of a validation. Not
here: what happens elsewhere, where every interrupt stops at once (main.py).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ASKED = b"\nStopping after this step or validation, with a checkpoint. Once more stops at once.\n"


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """Inside, the first signal makes the given function say True, and the next raises KeyboardInterrupt."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        with suppress(OSError):
            os.write(2, ASKED)  # not through sys.stderr, which may be in the middle of a line

    heard = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
