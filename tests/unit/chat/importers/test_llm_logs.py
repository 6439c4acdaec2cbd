"""The log of the llm tool in both layouts. The tables are written out as llm 0.19 and llm 0.36 make them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.unit.chat.importers.makers import conversations, everything, said, write_database

from engram.chat.importers.conversation import ATTACHED, MEDIA, REPEATED, SYSTEM, Refused
from engram.errors import ArtifactError, UsageError

OLD = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (
  id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT,
  response TEXT, response_json TEXT, conversation_id TEXT REFERENCES conversations (id), duration_ms INTEGER,
  datetime_utc TEXT
);
"""
LATER = """
ALTER TABLE responses ADD COLUMN reasoning TEXT;
CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, tool_id INTEGER, name TEXT,
  arguments TEXT);
CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, tool_id INTEGER, name TEXT,
  output TEXT);
"""
NEW = """
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT,
  text TEXT, payload TEXT);
CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT,
  datetime_utc TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT,
  model TEXT, datetime_utc TEXT);
"""
WHEN = "2024-05-06T12:53:20.123456"


def response(
    id: str, conversation: str | None, prompt: str, answer: str, system: str | None = None
) -> list[Any]:
    return [id, "gpt-4o", prompt, system, None, None, answer, None, conversation, 12, WHEN]


def log(file: Path, sql: str, **rows: Sequence[Sequence[Any]]) -> Path:
    return write_database(file, sql, rows)


def test_the_older_layout(tmp_path: Path) -> None:
    file = log(
        tmp_path / "logs.db",
        OLD,
        conversations=[["c1", "Dogs", "gpt-4o"]],
        responses=[
            response("02", "c1", "and now?", "still"),
            response("01", "c1", "hello", "hi", "be kind"),
            response("03", None, "alone", "yes"),
        ],
    )
    alone, dogs = conversations(file)
    assert (dogs.id, dogs.title, dogs.left_out) == ("c1", "Dogs", {SYSTEM: 1})
    assert said(dogs) == [
        ("user", "hello"),
        ("assistant", "hi"),
        ("user", "and now?"),
        ("assistant", "still"),
    ]
    assert said(alone) == [("user", "alone"), ("assistant", "yes")]
    assert {turn.said_at for turn in dogs.turns} == {datetime(2024, 5, 6, 12, 53, 20, 123456, tzinfo=UTC)}
    assert [turn.model for turn in dogs.turns] == ["", "gpt-4o"] * 2
    assert len({turn.id for turn in dogs.turns}) == 4


def test_thinking_and_tools_of_the_older_layout(tmp_path: Path) -> None:
    file = log(
        tmp_path / "logs.db",
        OLD + LATER,
        responses=[
            [*response("01", "c1", "1 + 1?", "two"), "hm"],
            [*response("02", "c1", "", "so two"), None],
        ],
        tool_calls=[[1, "01", 1, "sum", '{"x": 1}']],
        tool_results=[[1, "02", 1, "sum", "2"]],
        prompt_attachments=[["01", "a", 0]],
    )
    (found,) = conversations(file)
    assert said(found) == [
        *[("user", "1 + 1?"), ("thought", "hm"), ("tool", 'sum: {"x": 1}'), ("assistant", "two")],
        *[("tool", "2"), ("assistant", "so two")],
    ]
    assert found.left_out == {MEDIA: 1}


def chain(*messages: tuple[str, str, str]) -> Mapping[str, list[list[Any]]]:
    """Messages, each the parent of the next, and a text part for each: hash, role, text."""
    parents = [None, *(hash for hash, _, _ in messages)]
    return {
        "messages": [[h, parents[at], role, None] for at, (h, role, _) in enumerate(messages)],
        "parts": [[None, h, 0, "text", None, text, None] for h, _, text in messages],
    }


TALK = (
    ("s", "system", "be kind"),
    ("u", "user", "hello"),
    ("a", "assistant", "hi"),
    ("v", "user", "and now?"),
)


def test_the_later_layout(tmp_path: Path) -> None:
    reference = json.dumps({"text_ref": [{"fragment": 1}, {"literal": "\nread this"}]})
    rows = chain(*TALK, ("b", "assistant", "still"), ("w", "user", ""))
    rows["parts"][-1][5:] = [None, reference]
    rows["parts"] += [
        [None, "b", 1, "reasoning", None, "hm", None],
        [None, "b", 2, "tool_call", "f", None, json.dumps({"name": "f", "arguments": {"x": 1}})],
        [None, "b", 3, "tool_result", "f", None, json.dumps({"name": "f", "output": "2"})],
        [None, "b", 4, "attachment", None, None, "{}"],
        [None, "b", 5, "text", None, None, "{broken"],
    ]
    turns = [["1", "t1", "u", "a", "old", WHEN], ["2", "t1", "v", "b", "new", "2025-01-01T00:00:00+00:00"]]
    threads = [["t1", "Dogs", "w", None, WHEN]]
    file = log(tmp_path / "logs.db", OLD + NEW, threads=threads, turns=turns, **rows)
    (found,) = conversations(file)
    assert said(found) == [
        *[("user", "hello"), ("assistant", "hi"), ("user", "and now?")],
        *[("thought", "hm"), ("tool", 'f: {"x": 1}'), ("tool", "2"), ("assistant", "still")],
        ("user", "read this"),
    ]
    assert found.left_out == {SYSTEM: 1, MEDIA: 1, ATTACHED: 1}
    times = {turn.text: turn.said_at.year for turn in found.turns if turn.said_at}
    assert times == {
        "hello": 2024,
        "hi": 2024,
        **dict.fromkeys(("and now?", "hm", 'f: {"x": 1}', "2", "still"), 2025),
    }
    assert {turn.model for turn in found.turns} == {"", "old", "new"}


def test_a_fork_holds_only_what_it_adds(tmp_path: Path) -> None:
    rows = chain(*TALK)
    rows["messages"].append(["x", "a", "user", None])
    rows["parts"].append([None, "x", 0, "text", None, "another way", None])
    threads = [["t1", "", "v", None, WHEN], ["t2", "", "x", "t1", WHEN], ["t3", "", "x", "gone", WHEN]]
    first, fork, lost = conversations(log(tmp_path / "logs.db", NEW, threads=threads, **rows))
    assert [text for _, text in said(first)] == ["hello", "hi", "and now?"]
    assert said(fork) == [("user", "another way")] and fork.left_out == {REPEATED: 3}
    assert [text for _, text in said(lost)] == ["hello", "hi", "another way"]


def test_an_older_conversation_that_goes_on_in_the_later_layout(tmp_path: Path) -> None:
    turns = [["1", "c1", "v", "b", "gpt", WHEN]]
    file = log(
        tmp_path / "logs.db",
        OLD + NEW,
        responses=[response("01", "c1", "hello", "hi")],
        threads=[["c1", "", "b", None, WHEN]],
        turns=turns,
        **chain(*TALK[1:], ("b", "assistant", "still")),
    )
    found = conversations(file)
    assert {one.id for one in found} == {"c1"}
    assert [text for one in found for _, text in said(one)] == ["hello", "hi", "and now?", "still"]


def test_circles_and_holes_end_a_thread(tmp_path: Path) -> None:
    rows = chain(*TALK)
    rows["messages"][0][1] = "v"
    threads = [["t1", "", "v", None, WHEN], ["t2", "", "gone", None, WHEN], ["t3", None, None, None, None]]
    found = conversations(log(tmp_path / "logs.db", NEW, threads=threads, **rows))
    assert [len(one.turns) for one in found] == [3, 0, 0]


def test_values_of_wrong_types_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = log(
        tmp_path / "logs.db",
        OLD,
        responses=[response("01", "c1", b"\xff\xfe", 5), response("02", "c2", "hello", "hi")],  # type: ignore[arg-type]
    )
    connection = apsw.Connection(str(file))
    connection.execute(
        "INSERT INTO responses (id, prompt, conversation_id) VALUES ('03', CAST(x'ff' AS TEXT), 'c3')"
    )
    connection.close()
    found = everything(file)
    kept = [said(one) for one in found if not isinstance(one, Refused | str)]
    assert [("user", "hello"), ("assistant", "hi")] in kept and len(found) == 3


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    other = write_database(
        tmp_path / "other.db", "CREATE TABLE notes (x); CREATE VIEW responses AS SELECT 1 AS id"
    )
    with pytest.raises(ArtifactError, match="no log"):
        conversations(other)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"x" * 5_000)
    with pytest.raises(ArtifactError, match="cannot be read"):
        conversations(damaged)
    with pytest.raises(UsageError, match="is a database"):
        conversations(other, "claude")


def test_the_log_is_not_touched_and_nothing_is_missed(tmp_path: Path) -> None:
    place = tmp_path / "a folder" / "100%?"
    place.mkdir(parents=True)
    file = log(place / "logs.db", OLD, responses=[response("01", "c1", "hello", "hi")])
    before = file.read_bytes()
    assert len(conversations(file)) == 1
    assert file.read_bytes() == before and [item.name for item in place.iterdir()] == ["logs.db"]
    writer = apsw.Connection(str(file))  # as llm might be running
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO responses (id, prompt, response) VALUES ('02', 'new', 'yes')")
    assert [("user", "new"), ("assistant", "yes")] in [said(one) for one in conversations(file)]
    writer.close()
