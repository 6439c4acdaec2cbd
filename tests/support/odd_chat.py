"""`engram` under odd conditions, for tests of what a conversation does then. Variables say which:

    ENGRAM_TEST_PAUSE=0.05   the fake model takes so many seconds for each token
    ENGRAM_TEST_BUSY=0.1     a locked database is waited for so many seconds, and not ten
    ENGRAM_TEST_PAGES=2      the disk has room for so many more pages of the database, and then is full

Run: `python -m tests.support.odd_chat chat --model fake ...`
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import engram.api
from engram.backends.fake import FakeBackend, FakeModel
from engram.cli.main import main
from engram.store.database import BUSY_SECONDS, Database

PAUSE = float(os.environ.get("ENGRAM_TEST_PAUSE", "0"))
BUSY = float(os.environ.get("ENGRAM_TEST_BUSY", BUSY_SECONDS))
PAGES = os.environ.get("ENGRAM_TEST_PAGES")


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


def limited(given: Any) -> Any:
    """`Database.open` with these limits."""

    def opened(*where: Any, **how: Any) -> Database:
        database: Database = given(*where, **{"busy_seconds": BUSY, **how})
        if PAGES is not None:
            ((used,),) = database.rows("PRAGMA page_count")
            database.rows(f"PRAGMA max_page_count = {used + int(PAGES)}")
        return database

    return opened


if __name__ == "__main__":
    if PAUSE:
        engram.api.choose_backend = lambda wanted: SlowBackend()  # type: ignore[assignment]
    Database.open = limited(Database.open)  # type: ignore[method-assign]
    main()
