"""`engram init`, `remember` and `memory ...`: what they say, write, refuse and leave alone.

Not here: `engram forget` (test_forget.py), facts word for word (test_memory_facts.py).
"""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest
from tests.support.remembering import opened
from tests.support.road import engram

from engram.cli.settings_template import settings_template
from engram.config import Settings
from engram.settings_file import read_settings

MEMORY = [
    ["memory", "list"],
    ["memory", "search", "tea"],
    ["memory", "stats"],
    ["memory", "export"],
    ["memory", "verify"],
    ["forget", "--query", "tea"],
]


# --- init


def test_init_makes_a_private_home_once(isolated: Path) -> None:
    said = engram("init")
    assert said.code == 0 and str(isolated) in said.out and "engram chat" in said.out
    assert stat.S_IMODE(isolated.stat().st_mode) == 0o700
    assert stat.S_IMODE((isolated / "memory.db").stat().st_mode) == 0o600
    for name in ("engram.toml", "memory.db", "adapters", "runs", "cache"):
        assert (isolated / name).exists() and name in said.out
    (isolated / "engram.toml").write_text("[train]\nrank = 4\n", encoding="utf-8")
    before = {file: file.read_bytes() for file in isolated.rglob("*") if file.is_file()}
    again = engram("init")
    assert again.code == 0 and "already" in again.out
    assert {file: file.read_bytes() for file in isolated.rglob("*") if file.is_file()} == before


def test_init_as_json_and_elsewhere(tmp_path: Path, isolated: Path) -> None:
    said = engram("init", "--home", tmp_path / "mind", "--json")
    assert said.json == {"home": str(tmp_path / "mind"), "made": True, "entries": 0} and not isolated.exists()
    engram("remember", "dog", "Rufo", "--home", tmp_path / "mind")
    assert engram("init", "--home", tmp_path / "mind", "--json").json["entries"] == 1


def test_init_says_when_others_can_look_in_and_leaves_the_folder_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    said = engram("init", "--home", tmp_path)
    assert "chmod 700" in " ".join(said.err.split()) and stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_init_where_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = engram("init", "--home", tmp_path / "file" / "home")
    assert said.code == 1 and "cannot be written" in said.err


def test_the_settings_file_sets_nothing_and_knows_every_default(tmp_path: Path) -> None:
    file = tmp_path / "engram.toml"
    file.write_text(settings_template(), encoding="utf-8")
    assert read_settings(file) == Settings()
    lines = [line.removeprefix("# ") if " = " in line else line for line in settings_template().splitlines()]
    settable = "\n".join(line for line in lines if not line.startswith("#") and "(not set)" not in line)
    file.write_text(settable, encoding="utf-8")
    assert read_settings(file) == Settings()
    for name, section in tomllib.loads(settable).items():
        fields = Settings.model_fields[name].annotation.model_fields  # type: ignore[union-attr]
        assert set(section) == {key for key, field in fields.items() if field.default is not None}


# --- remember


def test_remember_says_what_it_replaced(isolated: Path) -> None:
    assert engram("remember", "my dog's name", "Rex").out == "my dog's name = Rex: remembered (entry 1).\n"
    said = engram("remember", "My dog's  name", "Rufo #no-train")
    assert said.out == "My dog's name = Rufo: remembered (entry 2).\n"
    assert "It was Rex" in said.err and "entry 1" in said.err
    again = engram("remember", "my dog's name", "Rufo", "--tag", "no-train")
    assert "known since" in again.out and "entry 2" in again.out and again.err == ""
    shown = engram("remember", "my dog's name", "Rolf", "--json").json
    assert (shown["entry"]["id"], shown["entry"]["replaces"], shown["replaced"]["text"]) == (3, 2, "Rufo")
    assert engram("remember", "new", "thing", "--json").json["replaced"] is None


@pytest.mark.parametrize("words", [("dog", "Rufo #private"), ("dog", "Rufo", "--tag", "private")])
def test_private_is_not_remembered_and_that_is_said(isolated: Path, words: tuple[str, ...]) -> None:
    said = engram("remember", *words)
    assert said.code == 2 and "never written down" in said.err and not (isolated / "memory.db").exists()


@pytest.mark.parametrize("words", [("", "x"), ("x", " "), ("dog", "Rufo", "--tag", "sekret")])
def test_remember_refuses_in_a_sentence(words: tuple[str, ...]) -> None:
    said = engram("remember", *words)
    assert said.code == 2 and said.out == "" and "Traceback" not in said.err


# --- looking


@pytest.mark.parametrize("words", MEMORY, ids=" ".join)
def test_with_nothing_written_down(isolated: Path, words: list[str]) -> None:
    said = engram(*words)
    assert said.code == 0 and not isolated.exists()
    engram("init")
    again = engram(*words)
    assert again.code == 0
    if words[0] == "memory" and words[1] != "verify":
        assert "Nothing is written down yet" in said.out + said.err
        assert "Nothing is written down yet" in again.out + again.err


def test_list_is_newest_last_and_filters(kept: Path) -> None:
    everything = engram("memory", "list").out.splitlines()
    assert [line for line in everything if line.startswith("session")] == [
        "session 1",
        "session 2",
        "session 2",
    ]
    lines = [line for line in everything if not line.startswith("session")]
    assert [int(line.split()[0]) for line in lines] == list(range(1, 11))
    assert "you" in lines[0] and "my dog is called Rufo" in lines[0] and "model" in lines[1]
    assert "+good" in lines[1] and "+bad" in lines[4] and "#no-train #no-rag" in lines[7]
    assert "Coffee = with milk" in lines[9] and "you, pasted" in lines[5]

    def ids(*words: str) -> list[int]:
        return [row["id"] for row in engram("memory", "list", "--json", *words).json]

    assert ids("--limit", "3") == [8, 9, 10] and ids("--limit", "0") == list(range(1, 11))
    assert ids("--session", "1") == [1, 2, 3, 4, 5] and ids("--kind", "fact") == [9, 10]
    assert ids("--speaker", "assistant") == [2, 5] and ids("--source", "pasted") == [6]
    assert ids("--tag", "#no-rag") == [8] and ids("--before", "2025-01-01") == [7]
    assert ids("--since", "2025-01-01", "--speaker", "user", "--kind", "turn") == [1, 3, 4, 6, 8]
    assert engram("memory", "list", "--session", "99").out == "Nothing matches.\n"
    for wrong in (["--before", "soon"], ["--tag", "x"], ["--kind", "song"], ["--limit", "-1"]):
        assert engram("memory", "list", *wrong).code == 2


def test_search_finds_words_of_anyone(kept: Path) -> None:
    found = engram("memory", "search", "locker", "--json").json
    assert {row["id"] for row in found} >= {4} and all("locker" in row["text"] for row in found)
    assert "A fine name!" in engram("memory", "search", "fine name").out
    assert "sister" in engram("memory", "search", "sister nights").out, (
        "no-rag is for the model, not for its owner"
    )
    assert engram("memory", "search", "zzzzqqq").out == "Nothing matches.\n"
    for odd in ('"', "AND OR NOT", "a*", "(", "col:x", "\ud83d\ude00", "\udcff", ""):
        assert engram("memory", "search", odd).code == 0
        assert engram("memory", "list", "--source", odd).code in (0, 2)
        assert engram("forget", "--yes", f"--query=qq{odd}").code == 0
        assert engram("remember", f"key {odd}", f"value {odd}").code == 0


def test_show_gives_all_of_one_and_its_history(kept: Path) -> None:
    fact = engram("memory", "show", "10")
    assert "key        Coffee" in fact.out and "text       with milk" in fact.out
    assert fact.out.index("coffee = black") < fact.out.rindex("Coffee = with milk")
    edited = engram("memory", "show", "3", "--json").json
    assert [row["id"] for row in edited["history"]] == [3, 4] and edited["text"] == "teh locker code is 7341"
    assert (
        "seedling" in engram("memory", "show", "2").out
        and "replaces   3" in engram("memory", "show", "4").out
    )
    said = engram("memory", "show", "99")
    assert said.code == 2 and "newest is 10" in said.err


def test_stats_count(kept: Path) -> None:
    out = engram("memory", "stats").out
    assert "10 (2 facts, 8 turns)" in out and "you 8" in out and "import:old-chats 1" in out
    figures = engram("memory", "stats", "--json").json
    assert figures["entries"] == 10 and figures["sessions"] == 2 and figures["bytes"] > 0


def test_nothing_that_a_terminal_would_obey_is_shown(isolated: Path) -> None:
    engram("remember", "evil \x1b[2J key", "value \x1b]0;title\x07 \x9b31m end")
    for words in (
        ["memory", "list"],
        ["memory", "show", "1"],
        ["memory", "search", "evil"],
        ["forget", "1", "--yes"],
    ):
        said = engram(*words)
        assert said.code == 0 and "evil" in said.out + said.err, words
        assert not set("\x1b\x07\x9b") & set(said.out + said.err), words


# --- export, verify, backup


def test_export_is_jsonl_that_training_reads(kept: Path, place: Path) -> None:
    said = engram("memory", "export")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert len(rows) == 4 and all({"messages", "category", "source"} <= set(row) for row in rows)
    assert "4 rows" in said.err
    assert engram("memory", "export", "--out", "out.jsonl").out == ""
    assert (place / "out.jsonl").read_text(encoding="utf-8") == said.out
    assert stat.S_IMODE((place / "out.jsonl").stat().st_mode) == 0o600
    again = engram("memory", "export", "--out", "out.jsonl")
    assert again.code == 2 and "never overwritten" in again.err
    assert engram("memory", "export", "--session", "1", "--out", "one.jsonl").code == 0
    assert len((place / "one.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    inspected = engram("data", "inspect", "one.jsonl", "--model", "fake")
    assert inspected.code == 0 and "locker" in inspected.out


def test_verify_names_the_culprit(kept: Path) -> None:
    whole = engram("memory", "verify")
    assert (whole.code, whole.out) == (0, "Whole: 10 entries, each as it was written.\n")
    assert engram("memory", "verify", "--json").json == {
        "ok": True,
        "entries": 10,
        "forgotten": 0,
        "problems": [],
    }
    with opened(kept / "memory.db") as ledger, ledger.database.write():
        ledger.database.rows("UPDATE entry SET text = 'my cat' WHERE id = 1")
    broken = engram("memory", "verify")
    assert broken.code == 1 and broken.out == "!!  entry 1 was changed: it does not match its digest\n"
    assert engram("memory", "verify", "--json").json["problems"]


def test_backup_makes_a_copy_that_can_take_its_place(kept: Path, place: Path) -> None:
    said = engram("memory", "backup", "copy.db")
    assert said.code == 0 and "10 entries" in said.out and "checked" in said.out
    assert stat.S_IMODE((place / "copy.db").stat().st_mode) == 0o600
    assert engram("memory", "backup", "copy.db").code == 2
    assert engram("memory", "backup", "nowhere/copy.db").code == 1
    before = engram("memory", "list", "--json").json
    (kept / "memory.db").write_bytes((place / "copy.db").read_bytes())
    assert engram("memory", "list", "--json").json == before and engram("memory", "verify").code == 0


def test_there_is_nothing_to_copy(isolated: Path) -> None:
    assert engram("memory", "backup", "copy.db").code == 2
