"""The exam's exports: each holds what it says, read by the shortest reader of its format."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.exam.exported import Export
from tests.support.exam.exports import (
    EXPORTS,
    FORMATS,
    NASTY,
    big_array,
    long_line,
    many_lines,
    wrong_types,
    zip_bomb,
)


def everything(path: Path) -> str:
    """All text that lies in the file, in whatever format, with JSON's escapes undone."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            raw = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    elif path.suffix == ".db":
        with closing(sqlite3.connect(path)) as base:
            raw = "\n".join(base.iterdump()).replace("''", "'")
    else:
        raw = path.read_text(encoding="utf-8-sig")
    return plain(raw) + raw


def plain(raw: str) -> str:
    """The texts of all JSON strings."""
    found, reader, at = [], json.JSONDecoder(strict=False), raw.find('"')
    while at >= 0:
        try:
            value, end = reader.raw_decode(raw, at)
            found.append(str(value))
        except ValueError:
            end = at + 1
        at = raw.find('"', end)
    return "\n".join(found)


def documents(path: Path) -> Iterator[Any]:
    """The conversations of an archive or a JSON file."""
    if path.suffix != ".zip":
        yield from json.loads(path.read_text(encoding="utf-8"))
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if Path(name).name.startswith("conversations"):
                yield from json.loads(archive.read(name))


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_holds_what_it_promises(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name](tmp_path)
    text = everything(export.path)
    for turn in export.turns:
        assert turn.text in text, turn
    for marked in export.apart:
        assert marked in text and not any(marked in turn.text for turn in export.turns)
    absent = [marked for marked in export.absent if "(turn" not in marked]
    assert all(marked in text for marked in absent)
    assert not any(marked in turn.text for marked in export.absent for turn in export.turns)


@pytest.mark.parametrize("name", EXPORTS)
def test_the_same_every_time(name: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = EXPORTS[name](tmp_path / "a"), EXPORTS[name](tmp_path / "b")
    assert first.conversations == second.conversations
    assert len({turn.text for turn in first.turns}) == len(first.turns) >= 4
    assert {turn.role for turn in first.turns} == {"user", "assistant"}


def test_every_format_is_there(tmp_path: Path) -> None:
    made = set()
    for name in EXPORTS:
        (tmp_path / name).mkdir()
        made.add(EXPORTS[name](tmp_path / name).format)
    assert made == set(FORMATS)


def walk(nodes: dict[str, Any], name: str | None, parent: str) -> list[Any]:
    """From the end of the branch to its beginning, no node twice; oldest first."""
    seen: dict[str, Any] = {}
    while name in nodes and name not in seen:
        seen[name] = nodes[name]
        name = nodes[name][parent]
    return list(seen.values())[::-1]


@pytest.mark.parametrize("name", [name for name in EXPORTS if name.startswith("chatgpt")])
def test_chatgpt_branches(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name](tmp_path)
    read = []
    for chat in documents(export.path):
        for node in walk(chat["mapping"], chat["current_node"], "parent"):
            told = node["message"]
            hidden = not told or told["metadata"].get("is_visually_hidden_from_conversation")
            if hidden or told["recipient"] != "all" or told["author"]["role"] not in ("user", "assistant"):
                continue
            parts = told["content"].get("parts", [])
            words = [part if isinstance(part, str) else part.get("text", "") for part in parts]
            if any(words):
                read.append(("".join(words), told["create_time"]))
    assert [words for words, _ in read] == [turn.text for turn in export.turns]
    for (_, when), turn in zip(read, export.turns, strict=True):
        seconds = when / 1000 if when and when > 1e11 else when
        assert turn.when is None if seconds is None else int(seconds) == turn.when


@pytest.mark.parametrize("name", [name for name in EXPORTS if name.startswith("openwebui")])
def test_openwebui_branches(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name](tmp_path)
    read = []
    for row in documents(export.path):
        history = row["chat"]["history"]
        for node in walk(history["messages"], history["currentId"], "parentId"):
            read.append((node["content"].split("</details>\n")[-1], node["timestamp"]))
    assert [words for words, _ in read] == [turn.text for turn in export.turns]
    assert [int(when / 1000 if when > 1e11 else when) for _, when in read] == [
        turn.when for turn in export.turns
    ]


@pytest.mark.parametrize("name", ["llm-old", "llm-upgraded"])
def test_old_rows_of_llm(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name](tmp_path)
    with closing(sqlite3.connect(export.path)) as base:
        rows = base.execute(
            "SELECT prompt, response FROM responses ORDER BY conversation_id, datetime_utc"
        ).fetchall()
    assert len(rows) >= 6
    assert [words for row in rows for words in row] == [turn.text for turn in export.turns][: 2 * len(rows)]


@pytest.mark.parametrize("name", ["llm-new", "llm-upgraded"])
def test_threads_of_llm(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name](tmp_path)
    query = "SELECT hash, parent_hash, role, type, text FROM messages JOIN parts ON message_hash = hash"
    with closing(sqlite3.connect(export.path)) as base:
        nodes = {
            row[0]: {"parent": row[1], "role": row[2], "kind": row[3], "text": row[4]}
            for row in base.execute(query)
        }
        tips = [tip for (tip,) in base.execute("SELECT tip_message_hash FROM threads ORDER BY id")]
    read = [node["text"] for tip in tips for node in walk(nodes, tip, "parent") if speaks(node)]
    assert read == [turn.text for turn in export.turns][-len(read) :] and len(read) >= 12


def speaks(node: dict[str, str]) -> bool:
    return node["kind"] == "text" and node["role"] in ("user", "assistant")


@pytest.mark.parametrize("name", NASTY)
def test_nasty_files_are_written(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "side"
    folder.mkdir(parents=True)
    nasty = NASTY[name](folder)
    assert nasty.path.exists() and nasty.problem
    assert [path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents] == []


def test_nasty_files_are_what_they_say(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        json.loads(NASTY["truncated"](tmp_path).path.read_text(encoding="utf-8"))
    with pytest.raises(UnicodeDecodeError):
        NASTY["latin-1"](tmp_path).path.read_text(encoding="utf-8")
    with zipfile.ZipFile(NASTY["zip-lying"](tmp_path).path) as archive, pytest.raises(zipfile.BadZipFile):
        archive.read("conversations.json")
    with zipfile.ZipFile(NASTY["zip-slip"](tmp_path).path) as archive:
        assert any(name.startswith("..") for name in archive.namelist())
    assert len(wrong_types(tmp_path)) >= 25


def test_big_files_grow_on_disk_only(tmp_path: Path) -> None:
    bomb = zip_bomb(tmp_path, megabytes=20)
    assert bomb.path.stat().st_size * 500 < bomb.size
    long = long_line(tmp_path, megabytes=2)
    first = long.path.open("rb").readline()
    assert len(first) >= 2_000_000 and json.loads(first)["messages"][1]["content"] == "that was long"
    rows = many_lines(tmp_path, megabytes=1)
    assert sum(len(json.loads(row)["messages"]) for row in rows.path.open(encoding="utf-8")) == rows.turns
    array = big_array(tmp_path, megabytes=1)
    assert 1_000_000 <= array.size == array.path.stat().st_size
    told = [
        node
        for chat in json.loads(array.path.read_text())
        for node in chat["mapping"].values()
        if node["message"]
    ]
    assert sum(node["message"]["author"]["role"] != "system" for node in told) == array.turns


def test_an_export_puts_its_conversations_in_a_row(tmp_path: Path) -> None:
    export = EXPORTS["chat-jsonl"](tmp_path)
    assert isinstance(export, Export) and export.turns == sum(export.conversations, ())
