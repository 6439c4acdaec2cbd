"""Waiting for a lock ends when it is free, or when the patience is over."""

from __future__ import annotations

import time
from itertools import count

from engram.store.waiting import RETRY_SECONDS, patience


def test_patience_ends_and_begins_anew() -> None:
    wait = patience(0.05)
    for _ in range(2):  # the engine begins to count again for the next lock
        began = time.monotonic()
        tries = next(tried for tried in count() if not wait(tried))
        assert time.monotonic() - began >= 0.05 and tries <= 0.05 / RETRY_SECONDS[0]


def test_no_patience_is_one_pause() -> None:
    assert patience(0)(0) is False
