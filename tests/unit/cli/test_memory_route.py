"""`engram memory route`: what it lists, says and keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.remembering import opened, said
from tests.support.road import engram

from engram.store.routes import corrections, recorded_routes


@pytest.fixture
def home(isolated: Path) -> Path:
    assert engram("init").code == 0
    with opened(isolated / "memory.db") as ledger:
        ledger.append(
            said("My uncle is called Bram."),
            said("Always answer in German."),
            said("thank you!"),
            said("Sure.", speaker="assistant"),
            said("My aunt is called Vera.", tags=frozenset({"no-train"})),
        )
    return isolated


def test_all_of_it_and_the_shares(home: Path) -> None:
    shown = engram("memory", "route")
    assert shown.code == 0 and len(shown.out.splitlines()) == 5
    assert "both" in shown.out.splitlines()[0] and "My uncle is called Bram." in shown.out
    assert "lora 20%" in " ".join(shown.err.split()) and "of 5" in shown.err.lower()
    as_json = engram("memory", "route", "--json").json
    assert as_json["counts"] == {"lora": 1, "retrieval": 1, "both": 1, "none": 2}
    assert [one["entry"] for one in as_json["routes"]] == [1, 2, 3, 4, 5]
    assert len(engram("memory", "route", "--json", "--limit", 2).json["routes"]) == 2
    assert len(engram("memory", "route", "--json", "--limit", 0).json["routes"]) == 5
    with opened(home / "memory.db") as ledger:
        assert [one.entry for one in recorded_routes(ledger.database)] == [1, 2, 3, 4, 5]


def test_the_users_word_is_kept_and_taken_back(home: Path) -> None:
    assert engram("memory", "route", 1, "--json").json["route"] == "both"
    assert engram("memory", "route", 1, "--to", "none", "--json").json == {
        "entry": 1,
        "route": "none",
        "score": 1.0,
        "reason": "you said so",
    }
    with opened(home / "memory.db") as ledger:
        assert corrections(ledger.database) == {1: "none"}
    assert engram("memory", "route", 1, "--json").json["route"] == "none"
    assert engram("memory", "route", 1, "--to", "auto", "--json").json["route"] == "both"


def test_it_says_when_tags_are_in_the_way(home: Path) -> None:
    shown = engram("memory", "route", 5, "--to", "lora")
    assert shown.code == 0 and "retrieval" in shown.out and "not trained" in " ".join(shown.err.split())
    assert "not trained" not in engram("memory", "route", 1, "--to", "lora").err


def test_forgetting_takes_all_of_it(home: Path) -> None:
    engram("memory", "route", 1, "--to", "none")
    assert engram("forget", 1, "--yes").code == 0
    assert engram("memory", "route", 1).code != 0
    with opened(home / "memory.db") as ledger:
        assert corrections(ledger.database) == {}
        assert 1 not in [one.entry for one in recorded_routes(ledger.database)]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ((99,), "no entry 99"),
        ((1, "--to", "brain"), "no route 'brain'"),
        (("--to", "lora"), "Say which entry"),
        ((99, "--to", "lora"), "no entry 99"),
    ],
    ids=["unknown", "no route", "no number", "unknown corrected"],
)
def test_what_cannot_be(home: Path, arguments: tuple[object, ...], wanted: str) -> None:
    shown = engram("memory", "route", *arguments)
    assert shown.code in (1, 2) and wanted in shown.err
    with opened(home / "memory.db") as ledger:
        assert corrections(ledger.database) == {}


def test_where_nothing_is_written_down(isolated: Path) -> None:
    shown = engram("memory", "route")
    assert shown.code == 0 and "Nothing is written down" in shown.out and not isolated.exists()
    assert engram("memory", "route", "--json").json == {
        "counts": {"lora": 0, "retrieval": 0, "both": 0, "none": 0},
        "routes": [],
    }
