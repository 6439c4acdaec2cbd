"""Teachers of this machine may be reached."""

from __future__ import annotations

import pytest
from tests.support.teacher import allow_this_machine


@pytest.fixture(autouse=True)
def this_machine(isolated: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `isolated`, which shuts everything."""
    allow_this_machine(monkeypatch)
