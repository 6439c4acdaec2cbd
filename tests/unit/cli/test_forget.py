"""`engram forget`: what it asks, what goes, what its receipt says, and what is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.remembering import opened
from tests.support.road import engram
from tests.support.terminal import ENTER, Terminal

from engram.cli.forget import spans
from engram.store import provenance
from engram.store.adapters import AdapterVersion, AdapterVersions


def forgotten(home: Path, word: str) -> bool:
    return not any(word.encode() in file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_forget_shows_asks_and_gives_a_receipt(kept: Path) -> None:
    said = engram("forget", "1", "2")
    assert said.code == 2 and "nobody is there to ask" in said.err and "my dog is called Rufo" in said.err
    assert len(engram("memory", "list", "--json").json) == 10
    said = engram("forget", "1", "2", "--yes")
    assert said.code == 0 and "2 turns: 1-2" in said.out and "not a byte found" in said.out
    assert forgotten(kept, "called Rufo") and engram("memory", "verify").code == 0
    assert "1-2" not in engram("memory", "list").out and engram("memory", "show", "1").code == 2


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["--query", "LOCKER"], [3, 4]),
        (["--session", "2"], [6, 8]),
        (["--before", "2025-01-01"], [7]),
        (["--source", "import:old-chats"], [7]),
        (["--session", "1", "--query", "e"], [1, 2, 3, 4, 5]),
        (["7", "9"], [7, 9]),
    ],
)
def test_forget_by(kept: Path, words: list[str], gone: list[int]) -> None:
    receipt = engram("forget", *words, "--yes", "--json").json
    assert receipt["entries"] == gone and receipt["outcome"]["left"] == []
    assert [row["id"] for row in engram("memory", "list", "--json").json] == [
        id for id in range(1, 11) if id not in gone
    ]


def test_forget_nothing(kept: Path) -> None:
    assert engram("forget", "--query", "zzz", "--yes").out == "Nothing was forgotten.\n"
    assert engram("forget", "--query", "zzz", "--yes", "--json").json is None
    for words in ([], ["99"], ["--query", " "], ["1", "--session", "2"], ["--before", "soon"]):
        said = engram("forget", *words, "--yes")
        assert said.code == 2 and said.out == "", words
    assert len(engram("memory", "list", "--json").json) == 10


def test_forgetting_the_latest_says_what_counts_then(kept: Path) -> None:
    said = engram("forget", "10", "--yes")
    assert "Then this counts again: 9 " in said.err and "coffee = black" in said.err
    assert "again" not in engram("forget", "9", "--yes").err
    assert "Then this counts again: 3 " in engram("forget", "4", "--yes").err, "an edited message too"


def test_what_is_left_is_said_and_is_a_failure(kept: Path) -> None:
    (kept / "adapters" / "v1").mkdir()
    (kept / "adapters" / "v1" / "report.html").write_text("my dog is called Rufo")
    said = engram("forget", "1", "--yes")
    assert said.code == 1 and "adapters/v1/report.html" in said.out
    assert "engram forget 5" not in said.out


def test_repetitions_are_named(isolated: Path) -> None:
    engram("remember", "locker", "the code is 7341")
    engram("remember", "locker two", "it says: the code is 7341")
    assert "engram forget 2" in engram("forget", "1", "--yes").out


def test_adapters_trained_on_it_are_marked(kept: Path) -> None:
    with opened(kept / "memory.db") as ledger:
        AdapterVersions(ledger.database).register(AdapterVersion("v1", "fake", "r", "2026", "d", "m"))
        AdapterVersions(ledger.database).register(AdapterVersion("v2", "fake", "r", "2026", "d", "m"))
        provenance.record_entries(ledger.database, "v1", [1, 2, 3])
    assert engram("memory", "show", "1", "--json").json["adapters"] == ["v1"]
    assert "v1: trained on some of it, and marked" in engram("forget", "1", "2", "--yes").out
    listed = engram("adapters", "list").out
    assert listed.count("forgotten") == 1 and "trained on 2 forgotten" in " ".join(listed.split())
    assert [row["forgotten"] for row in engram("adapters", "list", "--json").json] == [2, 0]


def test_an_interrupted_forgetting_is_finished_by_verify(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("engram.store.database.Database.compact", _interrupt)
        broken_off = engram("forget", "1", "--yes")
    assert broken_off.code == 1 and "The entries are forgotten, but" in broken_off.err
    said = engram("memory", "verify")
    assert said.code == 0 and "Finished 1 forgetting" in said.err and forgotten(kept, "called Rufo")


def _interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_at_a_terminal_forget_asks(kept: Path) -> None:
    with Terminal("forget", "1", ENGRAM_HOME=str(kept)) as terminal:
        terminal.wait_for("Forget 1 entry for good?")
        terminal.type("n" + ENTER)
        terminal.wait_for("Nothing was forgotten.")
    assert not forgotten(kept, "called Rufo")
    with Terminal("forget", "1", ENGRAM_HOME=str(kept)) as terminal:
        terminal.wait_for("Forget 1 entry for good?")
        terminal.type("y" + ENTER)
        terminal.wait_for("not a byte found")
        terminal.process.wait(30)
    assert forgotten(kept, "called Rufo")


@pytest.mark.parametrize(
    ("numbers", "shown"), [((), ""), ((3,), "3"), ((1, 2, 3, 7, 9, 8), "1-3, 7-9"), ((5, 4, 1), "1, 4-5")]
)
def test_numbers_as_ranges(numbers: tuple[int, ...], shown: str) -> None:
    assert spans(numbers) == shown
