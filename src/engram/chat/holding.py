"""Signals wait while something is written down, so that an impatient second Ctrl-C cannot break that off.

Held are Python's own handlers: blocking a signal in one thread would let it through another, and a tensor
library has several. Not here: what signals do (cli).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_HELD = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def signals_held() -> Iterator[None]:
    """Inside, Ctrl-C, SIGTERM and SIGHUP wait; they come when it ends. In other threads than the first, which
    no handler runs in, nothing is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        waiting.append(number)

    before = {number: handler for number in _HELD if (handler := signal.getsignal(number)) is not None}
    for number in before:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)
