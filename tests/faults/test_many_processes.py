"""Promise 17: one file, eight processes that write, read, search and forget; none is told "locked"."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engram.store.database import Database
from engram.store.ledger import Ledger

WRITER = """
import json, sys, time
from pathlib import Path
from engram.home import Home
from engram.store import facts
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.forgetting import forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger

home, name, end = Home(Path(sys.argv[1])), sys.argv[2], time.time() + float(sys.argv[3])
acknowledged, forgotten, newest, turns = {}, [], 0, 0
with Database.open(home.database) as database:
    ledger, index = Ledger(database), MemoryIndex(database)
    session = ledger.begin_session()
    while time.time() < end or turns < 3:
        turns += 1
        text = f"{name} says {turns}"
        first, second = ledger.append(
            NewEntry("turn", "user", "chat", f"{text}?", session=session),
            NewEntry("turn", "assistant", "chat", f"{text}.", session=session),
        )
        assert second.id == first.id + 1 > newest  # in one piece, and after all that was seen
        acknowledged |= {first.id: first.text, second.id: second.text}
        newest = ledger.entries(newest_first=True, limit=1)[0].id
        assert newest >= second.id and ledger.get(first.id) == first
        if turns % 5 == 0:
            fact = facts.remember(ledger, "shared key", text)
            acknowledged[fact.id] = fact.text
        if turns % 7 == 0:
            index.refresh()
            index.search(text, now=ledger.clock())
        if turns % 200 == 3:
            forget(home, database, [first])
            forgotten.append(first.id)
            del acknowledged[first.id]
        if turns % 40 == 4:
            assert not (problems := ledger.verify().problems), problems
print(json.dumps([list(acknowledged.items()), forgotten, turns]))
"""


@pytest.mark.parametrize("seconds", [4, pytest.param(600, marks=pytest.mark.slow)])
def test_eight_processes_share_one_file(tmp_path: Path, seconds: int) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), f"process {number}", str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    said = [process.communicate(timeout=seconds + 120) for process in started]
    assert [error for _, error in said] == [""] * 8
    acknowledged: dict[int, str] = {}
    forgotten: list[int] = []
    for output, _ in said:
        entries, gone, turns = json.loads(output)
        assert turns >= 3 and not set(dict(entries)) & set(acknowledged), "a number was given out twice"
        acknowledged |= {int(id): text for id, text in entries}
        forgotten += gone
    with Database.open(tmp_path / "memory.db") as database:
        ledger = Ledger(database)
        found = ledger.verify()
        assert found.ok, found.problems
        assert {entry.id: entry.text for entry in ledger.entries()} == acknowledged
        assert found.entries == len(acknowledged) + len(forgotten) and found.forgotten == len(forgotten) >= 8
        history = ledger.entries(kind="fact")
        assert [entry.replaces for entry in history] == [None, *(entry.id for entry in history[:-1])]
