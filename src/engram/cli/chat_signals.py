"""Ctrl-C, SIGTERM and a closed terminal while an answer is written: it ends after the next token.

What was said is kept. A second signal stops at once, even in the middle of a long computation; the answer so
far is kept then too.
Not here: what happens at the prompt (chat_prompt.py), or elsewhere (main.py).
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class Stop:
    """What the signals asked for. `leave`: one that ends the program, and not only the answer."""

    def __init__(self) -> None:
        self._heard: list[int] = []

    def asked(self) -> bool:
        return bool(self._heard)

    @property
    def leave(self) -> bool:
        return any(number != signal.SIGINT for number in self._heard)

    def hear(self, number: int, frame: FrameType | None) -> None:
        """A signal's handler."""
        self._heard.append(number)
        if len(self._heard) > 1:
            raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Inside, signals are heard; an ignored one stays ignored, as in the background of a shell."""
    stop = Stop()
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop.hear) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
