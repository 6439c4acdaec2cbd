"""An import that is killed at any moment leaves whole conversations, loses none of them, and goes on there.

Not here: cuts of power (test_power.py), which the ledger below it survives.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.support.remembering import opened
from tests.unit.chat.importers.makers import chatgpt, node, write_json
from tests.unit.chat.importers.test_importing import content

from engram.chat.importers.detect import detect
from engram.chat.importers.importing import Importer
from engram.store.database import Database
from engram.store.entries import Entry, NewEntry
from engram.store.ledger import Ledger
from engram.types import Guarded

CONVERSATIONS, TURNS = 12, 5
_fork = multiprocessing.get_context("fork")


class Dying(Ledger):
    """Kills its process in the n-th transaction, when all rows are written and nothing is committed."""

    left = 0

    def append(self, *new: NewEntry) -> list[Entry]:
        entries = super().append(*new)
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return entries


def write_export(file: Path, conversations: int = CONVERSATIONS) -> Path:
    def talk(number: int) -> dict[str, object]:
        nodes = [
            node(str(at), str(at - 1), ("user", "assistant")[at % 2], f"text {number} {at}", 1.7e9 + at)
            for at in range(TURNS)
        ]
        return chatgpt(*nodes, conversation_id=f"c{number}")

    return write_json(file, [talk(number) for number in range(conversations)])


def import_into(ledger: Ledger, file: Path, guard_calls: int = 0) -> None:
    left = guard_calls

    def guard(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return Guarded(text)

    (export,) = detect(file)
    importer = Importer(ledger, export.source, guard=guard)
    for found in export.read(lambda size: None, importer.summary.problems.append):
        importer.add(found)


def die(database: Path, file: Path, transaction: int, guard_calls: int) -> None:
    with Database.open(database) as opened_database:
        ledger = Dying(opened_database)
        ledger.left = transaction
        import_into(ledger, file, guard_calls)


@pytest.mark.parametrize(
    ("transaction", "guard_calls"), [(1, 0), (2, 0), (7, 0), (12, 0), (0, 1), (0, 8), (0, 60)]
)
def test_killed_and_started_again_it_ends_as_if_unbroken(
    tmp_path: Path, transaction: int, guard_calls: int
) -> None:
    file = write_export(tmp_path / "x.json")
    with opened(tmp_path / "whole.db") as ledger:
        import_into(ledger, file)
        expected = content(ledger)
    child = _fork.Process(target=die, args=(tmp_path / "killed.db", file, transaction, guard_calls))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with opened(tmp_path / "killed.db") as ledger:
        kept = content(ledger)
        done = (transaction or (guard_calls - 1) // TURNS + 1) - 1
        assert kept == expected[: done * TURNS], "whole conversations, and all that were acknowledged"
        import_into(ledger, file)
        assert content(ledger) == expected and ledger.verify().ok


@pytest.mark.slow
def test_the_command_killed_in_the_middle(tmp_path: Path) -> None:
    file = write_export(tmp_path / "x.json", 2_000)
    home = tmp_path / "home"
    command = [sys.executable, "-m", "engram", "import", str(file), "--home", str(home), "--yes"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and entries_in(home) < 300:
        time.sleep(0.02)
    running.kill()
    assert running.wait() == -signal.SIGKILL
    before = entries_in(home)
    assert 300 <= before < 2_000 * TURNS and before % TURNS == 0
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    with Database.open(home / "memory.db") as database:
        texts = [entry.text for entry in Ledger(database).entries()]
        assert texts == [f"text {number} {at}" for number in range(2_000) for at in range(TURNS)]
        assert Ledger(database).verify().ok


def entries_in(home: Path) -> int:
    if not (home / "memory.db").exists():
        return 0
    with Database.open(home / "memory.db") as database:
        return Ledger(database).stats().entries
