"""One night at a time: a second one is refused with the owner's name, and a dead owner is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.road import engram

from engram.errors import StorageError
from engram.home import Home
from engram.sleep.alone import LOCK, OWNER, alone
from engram.store.ledger import now

HOLD = """
import sys
from pathlib import Path
from engram.home import Home
from engram.sleep.alone import alone
from engram.store.ledger import now
with alone(Home(Path(sys.argv[1])), now):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "mind").create()


@contextmanager
def somebody(home: Home) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the night."""
    words = [sys.executable, "-c", HOLD, str(home.root)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_until_the_first_is_gone(home: Home) -> None:
    with somebody(home) as other:
        with pytest.raises(StorageError) as refused, alone(home, now):
            pass
        assert f"process {other.pid} on" in refused.value.message and "Wait for it" in refused.value.hint
        said = engram("sleep", "--model", "fake", "--home", home.root)
        assert said.code == 1 and f"process {other.pid}" in said.err and not said.out
        (home.root / OWNER).write_bytes(b"{")
        with pytest.raises(StorageError, match=r"going on already in [^:]*\. Wait"), alone(home, now):
            pass
        other.kill()
        other.wait()
        with alone(home, now):
            assert f'"pid": {os.getpid()},' in (home.root / OWNER).read_text()


def test_it_ends_with_what_is_done_inside_however_that_ends(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), alone(home, now):
        raise ZeroDivisionError
    with alone(home, now), pytest.raises(StorageError, match=f"process {os.getpid()}"), alone(home, now):
        pass
    assert not (home.root / OWNER).exists()
    assert (home.root / LOCK).stat().st_mode & 0o777 == 0o600
    with alone(home, now):
        pass


def test_a_place_that_cannot_be_locked_is_said(home: Home) -> None:
    (home.root / LOCK).mkdir()
    with pytest.raises(StorageError, match=r"night\.lock"), alone(home, now):
        pass
