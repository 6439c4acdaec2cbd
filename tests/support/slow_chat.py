"""`engram` with a fake model that takes its time: for tests that interrupt an answer, or kill it.

Run: `python -m tests.support.slow_chat chat --model fake ...`, with ENGRAM_TEST_PAUSE seconds before each token.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import engram.api
from engram.backends.fake import FakeBackend, FakeModel
from engram.cli.main import main

PAUSE = float(os.environ.get("ENGRAM_TEST_PAUSE", "0.05"))


class SlowBackend(FakeBackend):
    """The fake backend, slowly."""

    def load(self, *given: Any, **named: Any) -> FakeModel:
        model = super().load(*given, **named)
        quick = model.stream

        def stream(*prompt: Any) -> Iterator[int]:
            for token in quick(*prompt):
                time.sleep(PAUSE)
                yield token

        model.stream = stream  # type: ignore[method-assign]
        return model


if __name__ == "__main__":
    engram.api.choose_backend = lambda wanted: SlowBackend()  # type: ignore[assignment]
    main()
