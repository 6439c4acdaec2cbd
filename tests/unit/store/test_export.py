"""Entries as rows in chat form, and copies of the database."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.remembering import furnish, opened, said

from engram.config import DataSettings
from engram.errors import StorageError, UsageError
from engram.home import Home
from engram.lessons.own_data import read_own_data
from engram.store import export
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.forgetting import forget
from engram.store.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        furnish(ledger)
        yield ledger


def test_conversations_and_facts_as_chat(ledger: Ledger) -> None:
    rows = list(export.rows(ledger.entries(), ledger.superseded()))
    said_in_first = [("user", "my dog is called Rufo"), ("assistant", "A fine name!")]
    said_in_first += [("user", "the locker code is 7341"), ("assistant", "Noted.")]
    by_source = {row["source"]: row for row in rows}
    assert [(m["role"], m["content"]) for m in by_source["session:1"]["messages"]] == said_in_first
    assert [e["id"] for e in by_source["session:1"]["entries"]] == [1, 2, 4, 5], "as edited"
    assert by_source["session:1"]["entries"][1] | {"said_at": ""} == {
        "id": 2, "said_at": "", "speaker": "assistant", "source": "chat", "model": "seedling", "rating": 1,
    }  # fmt: skip
    assert by_source["session:2"]["entries"][1]["tags"] == "no-train no-rag"
    fact = [{"role": "user", "content": "Coffee"}, {"role": "assistant", "content": "with milk"}]
    assert by_source["remember"]["messages"] == fact and by_source["remember"]["category"] == "fact"
    assert by_source["import:old-chats"]["category"] == "conversation"
    assert [row["source"] for row in rows] == ["import:old-chats", "session:1", "session:2", "remember"]


def test_every_entry_is_in_one_row_unless_superseded_or_forgotten(ledger: Ledger, tmp_path: Path) -> None:
    home = Home(tmp_path)
    forget(home, ledger.database, [ledger.get(2)])
    ids = [
        entry["id"] for row in export.rows(ledger.entries(), ledger.superseded()) for entry in row["entries"]
    ]
    assert sorted(ids) == [1, 4, 5, 6, 7, 8, 10]
    assert list(export.rows([])) == []


def test_thoughts_stand_beside_their_answers(ledger: Ledger, tmp_path: Path) -> None:
    session = ledger.begin_session()

    def thought(text: str) -> NewEntry:
        return NewEntry("thought", "assistant", "import:old-chats", text, session=session)

    tool = NewEntry("turn", "tool", "import:old-chats", "search: 7", session=session)
    ledger.append(
        said("why?", session), thought("hm"), tool, thought("aha"), said("so", session, "assistant")
    )
    ledger.append(thought("lost"), said("and?", session), said("also", session, "assistant"), thought("late"))
    found = [row for row in export.rows(ledger.entries()) if row["source"] == f"session:{session}"]
    (row,) = found
    assert row["messages"] == [
        {"role": "user", "content": "why?"},
        {"role": "tool", "content": "search: 7"},
        {"role": "assistant", "content": "so", "reasoning_content": "hm\n\naha"},
        {"role": "user", "content": "and?"},
        {"role": "assistant", "content": "also"},
    ]
    assert [one.get("thoughts") for one in row["entries"]] == [None, None, [12, 14], None, None]
    assert row["thoughts"] == [{"id": 16, "text": "lost"}, {"id": 19, "text": "late"}]
    (tmp_path / "train.jsonl").write_text(json.dumps(row), encoding="utf-8")
    for policy, answer in (("drop", "so"), ("keep", "<think>\nhm\n\naha\n</think>\n\nso")):
        settings = DataSettings(thinking=policy, valid_fraction=0)  # type: ignore[arg-type]
        (read,) = read_own_data(tmp_path, settings).lessons.train
        assert [turn.content for turn in read.messages] == ["why?", answer, "and?", "also"]


def test_a_copy_is_whole_private_and_on_its_own(ledger: Ledger, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "today.db"
    copy.parent.mkdir()
    found = ledger.backup(copy)
    assert found.ok and found.entries == 10 and stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [file.name for file in copy.parent.iterdir()] == ["today.db"]
    before = ledger.entries()
    ledger.append(said("later"))
    with Database.open(copy) as database:
        assert Ledger(database).entries() == before and Ledger(database).verify().ok


def test_a_copy_holds_nothing_that_was_forgotten(ledger: Ledger, tmp_path: Path) -> None:
    ledger.database.rows("PRAGMA secure_delete = OFF")
    ledger.append(said("MARKER-4471 " * 50))
    forget(Home(tmp_path), ledger.database, [ledger.get(11)])
    ledger.backup(tmp_path / "copy")
    assert b"MARKER-4471" not in (tmp_path / "copy").read_bytes()


def test_a_copy_may_be_made_while_others_write(ledger: Ledger, tmp_path: Path) -> None:
    with Database.open(ledger.database.file) as other, other.write():
        Ledger(other).append(said("not yet acknowledged"))
        assert ledger.backup(tmp_path / "copy").entries == 10


def test_a_file_is_never_overwritten(ledger: Ledger, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    with pytest.raises(UsageError, match="never overwritten"):
        ledger.backup(there)
    assert there.read_text() == "mine"
    with pytest.raises(StorageError):
        ledger.backup(tmp_path / "no" / "such" / "folder")


def test_a_copy_that_is_not_whole_is_not_kept(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.database.write():
        ledger.database.rows("UPDATE entry SET text = 'changed' WHERE id = 1")
    (tmp_path / "out").mkdir()
    with pytest.raises(StorageError, match="entry 1 was changed"):
        ledger.backup(tmp_path / "out" / "copy")
    assert list((tmp_path / "out").iterdir()) == []
