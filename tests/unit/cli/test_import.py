"""`engram import` as it is typed: what it says, what it writes down, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import engram
from tests.unit.chat.importers.makers import (
    chatgpt,
    claude,
    claude_message,
    node,
    write_json,
    write_lines,
    write_zip,
)

from engram.chat.importers.detect import detect
from engram.chat.importers.importing import unguarded
from engram.cli import import_chats
from engram.cli.remembered import writing
from engram.errors import EngramError
from engram.home import Home
from engram.store.database import Database
from engram.store.entries import Entry
from engram.store.ledger import Ledger


def written() -> list[Entry]:
    with Database.open(Home.find().database) as database:
        return Ledger(database).entries()


@pytest.fixture
def export(place: Path) -> Path:
    shards = [[chatgpt(), chatgpt(conversation_id="c2")], [chatgpt(conversation_id="c3"), {"mapping": {}}]]
    members = {f"conversations-{at:03}.json": json.dumps(shard) for at, shard in enumerate(shards)}
    return write_zip(place / "export.zip", members | {"user.json": "{}"})


def test_it_says_what_it_is_and_what_came(export: Path) -> None:
    said = engram("import", export)
    assert said.code == 0
    assert (
        said.err.startswith("export.zip: ChatGPT export, 2 shards, ") and "Not read: user.json." in said.err
    )
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines == [
        "conversations 3 (new 3)",
        "new messages 6 (you 3, model 3)",
        "left out conversations without messages: 1",
        "conversations-001.json, 2: conversations without messages",
    ]
    assert [entry.text for entry in written()] == ["my dog is called Rufo", "A fine name!"] * 3


def test_again_changes_nothing(export: Path) -> None:
    engram("import", export)
    before = written()
    said = engram("import", export)
    assert "unchanged 3" in said.out and "already there" in said.out and written() == before


def test_as_json(export: Path) -> None:
    for dry in (True, False):
        said = engram("import", export, "--json", *(["--dry-run"] if dry else []))
        (found,) = said.json["exports"]
        assert said.json["dry_run"] is dry and found["source"] == "chatgpt" and found["parts"] == 2
        assert found["conversations"] == {"read": 3, "new": 3, "grown": 0}
        assert found["turns"]["new"] == {"user": 3, "assistant": 3, "thought": 0, "tool": 0}
        assert found["refused"] == [
            {"where": "conversations-001.json, 2", "reason": "conversations without messages"}
        ]
        assert (found["unread"], found["problems"]) == (["user.json"], [])


def test_a_dry_run_makes_not_even_a_home(export: Path, isolated: Path) -> None:
    said = engram("import", export, "--dry-run")
    assert said.code == 0 and "Nothing was written" in said.out and "new 3" in said.out
    assert not isolated.exists()


def test_several_files_are_looked_at_before_any_is_written(export: Path, place: Path, isolated: Path) -> None:
    other = write_json(place / "claude.json", [claude(claude_message("1", "human", "hello"))])
    wrong = engram("import", export, other, place / "tiny.yaml")
    assert wrong.code == 1 and "tiny.yaml is no JSON" in wrong.err and not isolated.exists()
    said = engram("import", export, other)
    assert "export.zip: 3 conversations, 6 new messages" in said.out
    assert "claude.json: 1 conversation, 1 new message" in said.out
    assert {entry.source for entry in written()} == {"import:chatgpt", "import:claude"}


def test_since_and_source(place: Path) -> None:
    file = write_json(
        place / "x.json",
        [
            chatgpt(
                node("u", "root", "user", "old", 1_600_000_000), node("v", "u", "user", "new", 1_800_000_000)
            )
        ],
    )
    said = engram("import", file, "--since", "2024-01-01", "--source", "chatgpt")
    assert [entry.text for entry in written()] == ["new"] and "from before the date given: 1" in said.out
    assert engram("import", file, "--since", "yesterday").code == 2
    assert engram("import", file, "--source", "gemini").code == 2


def test_it_is_found_and_forgotten_like_anything_else(export: Path) -> None:
    engram("import", export)
    assert "Rufo" in engram("memory", "search", "dog").out
    assert engram("memory", "index", "stats", "--json").json["behind"] == 0, "indexed already"
    assert engram("forget", "--source", "import:chatgpt", "--yes").code == 0
    assert "unchanged 3" in engram("import", export).out and written() == []
    assert engram("memory", "verify").code == 0


def test_what_ends_badly_is_said_and_counted_as_failure(place: Path) -> None:
    shards = {f"conversations-{n}.json": json.dumps([chatgpt(conversation_id=f"c{n}")]) for n in (1, 2)}
    file = write_zip(place / "x.zip", shards | {"conversations-3.json": "not JSON at all"})
    said = engram("import", file)
    assert said.code == 1 and "!!  conversations-3.json is no JSON" in said.out
    assert len(written()) == 4, "the others are there"


def test_a_name_in_a_file_cannot_drive_the_terminal(place: Path) -> None:
    members = {"conversations.json": json.dumps([chatgpt()]), "\x1b[2Jx.json": "{}"}
    said = engram("import", write_zip(place / "x.zip", members))
    assert "\x1b" not in said.err + said.out and "x.json" in said.err


def test_somebody_at_a_terminal_is_asked(
    export: Path, monkeypatch: pytest.MonkeyPatch, isolated: Path
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    answers = iter([False, True])
    monkeypatch.setattr("typer.confirm", lambda *_, **__: next(answers))
    no = engram("import", export)
    assert no.code == 1 and "Nothing was imported" in no.err and not isolated.exists()
    assert engram("import", export).code == 0 and len(written()) == 6
    assert engram("import", export, "--yes").code == 0


def test_an_interrupt_keeps_what_was_written(place: Path) -> None:
    file = write_lines(place / "x.jsonl", *(chatgpt(conversation_id=f"c{n}") for n in range(9)))
    (export,) = detect(file)

    def read(advance: Any, problem: Any) -> Iterator[Any]:
        yield from islice(export.read(advance, problem), 4)
        raise KeyboardInterrupt

    with writing(None) as (_, ledger), pytest.raises(EngramError) as caught:
        import_chats._import([replace(export, read=read)], ledger, unguarded, None, False)
    assert "4 conversations had been read, and what was new of them is kept" in caught.value.message
    assert len(written()) == 8 and "new 5, unchanged 4" in engram("import", file).out


def test_nothing_said(place: Path) -> None:
    assert engram("import").code == 2
    assert engram("import", place / "nothing.zip").code == 2
