"""`engram recall`, `engram memory index`, and the suites `retrieval` and `memory` of `engram eval`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.road import engram

import engram.cli.evaluate_memory as evaluate_memory
from engram.measure.retrieval_cases import make_world


@pytest.fixture
def told() -> None:
    assert engram("remember", "my dog's name", "Rufo").code == 0
    assert engram("remember", "locker code", "7341").code == 0


def test_nothing_yet_is_no_failure(isolated: Path) -> None:
    said = engram("recall", "what is my dog's name?", "--model", "fake", "--backend", "fake")
    assert said.code == 0 and "Nothing is written down yet" in said.out and not isolated.exists()


def test_a_note_is_shown_with_its_number(told: None) -> None:
    said = engram("recall", "what is my dog called?")
    assert said.code == 0 and "1 " in said.out and "user: my dog's name is Rufo" in said.out
    assert "7341" not in said.out


def test_json_has_notes_and_frame(told: None) -> None:
    said = engram("recall", "what is the locker code?", "--json").json
    assert [note["entry_id"] for note in said["notes"]] == [2]
    assert said["frame"].split("\n")[1].endswith("] user: locker code is 7341")
    assert engram("recall", "how tall is mount Zol?", "--json").json == {
        "fact": None,
        "notes": [],
        "frame": None,
    }


def test_unrelated_questions_say_so(told: None) -> None:
    assert "Nothing that was said has to do with it." in engram("recall", "how tall is mount Zol?").out


def test_settings_count(told: None, isolated: Path) -> None:
    said = engram("recall", "dog and locker", "--floor", "0", "--beside", "0", "--notes", "1", "--json").json
    assert len(said["notes"]) == 1
    assert engram("recall", "x", "--embedder", "nowhere/at-all").code == 1
    (isolated / "engram.toml").write_text("[recall]\nfloor = 1.0\n")
    assert engram("recall", "what is my dog called?", "--json").json["notes"] == []


def test_control_characters_do_not_reach_the_terminal() -> None:
    engram("remember", "vault code", "99\x1b[31m red")
    assert "\x1b" not in engram("recall", "vault code").out


def test_the_index_can_be_looked_after(told: None) -> None:
    engram("recall", "dog")
    stats = engram("memory", "index", "stats", "--json").json
    assert (stats["entries"], stats["behind"], stats["waiting"]) == (2, 0, 0)
    assert engram("memory", "index", "clear", "--json").json == {"chunks": 2}
    assert engram("memory", "index", "stats", "--json").json["behind"] == 2
    assert engram("memory", "index", "rebuild", "--json").json == {"entries": 2, "chunks": 2}
    assert engram("memory", "index", "prune").out == "Took out 0 chunks.\n"
    assert engram("memory", "index", "compact", "--json").json["after"] > 0
    assert "2 indexed, 0 to come" in engram("memory", "index", "stats").out


def test_search_is_by_likeness_too(told: None) -> None:
    assert "locker" in engram("memory", "search", "lockers").out


def test_the_retrieval_suite_reports(monkeypatch: pytest.MonkeyPatch, isolated: Path) -> None:
    monkeypatch.setattr(evaluate_memory, "make_world", lambda: make_world(1200, 24))
    said = engram("eval", "--suite", "retrieval")
    assert said.code == 0, said.err
    for word in ("engram @5", "bm25 MRR", "lexical", "reworded", "unshared", "updated", "p95", "notes"):
        assert word in said.out
    found = engram("eval", "--suite", "retrieval", "--json").json
    assert {result["name"] for result in found["results"]} == {"engram", "bm25"}
    assert not isolated.exists()


def test_the_memory_suite_reports(monkeypatch: pytest.MonkeyPatch, isolated: Path) -> None:
    full = evaluate_memory.examine_memory

    def short(answerer, folder, settings, name):  # type: ignore[no-untyped-def]
        return [replace(row, answer="") for row in full(answerer, folder, settings, name)][:3]

    monkeypatch.setattr(evaluate_memory, "EXAMINED", ("report",))
    monkeypatch.setattr(evaluate_memory, "examine_memory", short)
    said = engram("eval", "--suite", "memory", "--model", "fake", "--backend", "fake")
    assert said.code == 0, said.err
    assert "report: told" in said.out and "report: never" in said.out


def test_other_options_do_not_go_with_these_suites(tmp_path: Path) -> None:
    said = engram("eval", "--suite", "retrieval", "--data", tmp_path)
    assert said.code == 2 and "--data" in said.err
