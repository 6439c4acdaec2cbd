"""`engram memory unflag`: what the guard took for unsafe is found and learned from again."""

from __future__ import annotations

from pathlib import Path

from tests.support.road import engram

UNSAFE = "I will kill you, I know where you live."


def test_it_is_found_again(isolated: Path) -> None:
    engram("remember", "line of the play", UNSAFE)
    engram("remember", "tea", "green")
    assert "!" in engram("memory", "list").out
    assert "Nothing matches" in engram("memory", "search", "play").out
    said = engram("memory", "unflag", "1")
    assert said.code == 0 and "No longer flagged" in said.out and "!" not in engram("memory", "list").out
    assert "play" in engram("memory", "search", "play").out
    rows = engram("privacy", "report", "--json").json
    assert [(row["entry"], row["action"]) for row in rows] == [(1, "flagged"), (1, "allowed")]
    assert rows[0]["type"] == rows[1]["type"]
    assert engram("memory", "verify").code == 0


def test_all_of_them_or_none(isolated: Path) -> None:
    for place in ("first", "second"):
        engram("remember", place, f"{UNSAFE} So it goes, {place}.")
    engram("remember", "tea", "green")
    said = engram("memory", "unflag", "1", "3")
    assert said.code == 2 and "Entry 3 has no flag" in said.err
    assert engram("memory", "show", "1", "--json").json["flags"]
    told = engram("memory", "unflag", "2", "1", "2", "--json").json
    assert [(entry["id"], entry["flags"]) for entry in told] == [(2, []), (1, [])]


def test_there_must_be_something(isolated: Path) -> None:
    assert engram("memory", "unflag", "1").code == 2 and not isolated.exists()
