"""The importers sit the exam that others wrote (tests/support/exam): every format, and every nasty file.

Where the exam leaves a choice, what was chosen is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.support.exam.exports import EXPORTS, NASTY, Export, long_line, wrong_types, zip_bomb
from tests.support.remembering import opened

from engram.chat.importers.conversation import Refused
from engram.chat.importers.detect import detect
from engram.chat.importers.importing import Importer
from engram.chat.importers.json_stream import TOO_LARGE
from engram.errors import ArtifactError, EngramError
from engram.store.entries import Entry
from engram.store.ledger import Ledger

SOURCES = {"openwebui": "open-webui", "chat": "messages"}
"""Where the exam has another name for a format."""
READ_ALL_THE_SAME = {
    "truncated": 18,  # what is whole of a cut file is kept, and that it is cut is said
    "nul-in-text": 1,
}
"""Files that may be refused, and of which so many turns are kept instead."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


def put(ledger: Ledger, file: Path) -> list[str]:
    """Import a file; the problems that were told."""
    problems: list[str] = []
    for export in detect(file):
        importer = Importer(ledger, export.source)
        for found in export.read(lambda size: None, problems.append):
            importer.add(found)
    return problems


def talk(entry: Entry) -> bool:
    return entry.kind == "turn" and entry.speaker != "tool"


def place(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format(name: str, ledger: Ledger, tmp_path: Path) -> None:
    export: Export = EXPORTS[name](place(tmp_path))
    assert put(ledger, export.path) == []
    entries = ledger.entries()
    sessions: dict[int | None, list[tuple[str, str]]] = {}
    for entry in filter(talk, entries):
        sessions.setdefault(entry.session, []).append((entry.speaker, entry.text))
    expected = [[(turn.role, turn.text) for turn in turns] for turns in export.conversations]
    assert sorted(sessions.values()) == sorted(expected)
    assert {entry.source for entry in entries} == {f"import:{SOURCES.get(export.format, export.format)}"}
    times = {entry.text: int(datetime.fromisoformat(entry.said_at).timestamp()) for entry in entries}
    assert all(times[turn.text] == turn.when for turn in export.turns if turn.when is not None)
    for text in export.apart:
        assert not any(text in entry.text for entry in filter(talk, entries))
    for text in export.absent:
        assert not any(text in entry.text for entry in entries)
    put(ledger, export.path)
    assert ledger.entries() == entries and ledger.verify().ok, "twice is once"


@pytest.mark.parametrize("name", NASTY)
def test_every_nasty_file(name: str, ledger: Ledger, tmp_path: Path) -> None:
    nasty = NASTY[name](place(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    try:
        told = put(ledger, nasty.path)
    except EngramError as error:
        assert error.message and nasty.turns is None
        told = [error.message]
    turns = [(entry.speaker, entry.text) for entry in ledger.entries() if talk(entry)]
    if nasty.turns is not None:
        assert turns == [(turn.role, turn.text) for turn in nasty.turns]
    else:
        assert len(turns) == READ_ALL_THE_SAME.get(name, 0)
    assert told or name not in ("truncated", "zip-slip")
    assert sorted(tmp_path.rglob("*")) == before, "nothing else was written"


def test_wrong_types(ledger: Ledger, tmp_path: Path) -> None:
    for nasty in wrong_types(place(tmp_path)):
        try:
            put(ledger, nasty.path)
        except EngramError as error:
            assert error.message, nasty.problem
    kept = [entry.text for entry in ledger.entries()]
    assert kept == ["x"], "only the message whose time is none, which is still a message"


@pytest.mark.slow
def test_big_files(ledger: Ledger, tmp_path: Path) -> None:
    line = long_line(place(tmp_path))
    (export,) = detect(line.path)
    first, second = export.read(lambda size: None, print)
    assert isinstance(first, Refused) and (first.where, first.reason) == ("line 1", TOO_LARGE)
    assert not isinstance(second, Refused) and [turn.text for turn in second.turns] == ["short", "yes"]
    with pytest.raises(ArtifactError, match="zip bomb"):
        detect(zip_bomb(tmp_path, 500).path)
