"""Commands run in a folder of their own, with a short text for perplexity."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.remembering import furnish, opened
from tests.support.road import SMALL as SMALL
from tests.support.road import TEXT, Said, engram, write_patterns


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with tiny.yaml in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("engram.teaching.load_texts", lambda: TEXT)
    write_patterns(tmp_path)
    return tmp_path


@pytest.fixture
def taught(place: Path) -> Said:
    """`engram teach` on the three patterns made v1."""
    said = engram("teach", "tiny.yaml", *SMALL, "--json")
    assert said.code == 0, said.err
    return said


@pytest.fixture
def kept(isolated: Path) -> Path:
    """A home with a little of everything (tests/support/remembering.py)."""
    assert engram("init").code == 0
    with opened(isolated / "memory.db") as ledger:
        furnish(ledger)
    return isolated
