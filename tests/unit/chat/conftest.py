"""A conversation for each test, on a ledger of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.chatting import NOON, scripted
from tests.support.meeting import Meeting

from engram.store.database import Database
from engram.store.ledger import Ledger


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    with Database.open(tmp_path / "memory.db") as database:
        yield Meeting(Ledger(database, clock=lambda: NOON), *scripted("Noted.", adapter="v3"))
