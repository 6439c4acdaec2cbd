"""Routes and corrections: written, made anew, and gone with the entry."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.remembering import opened, said

from engram.errors import UsageError
from engram.home import Home
from engram.store.forgetting import forget
from engram.store.routes import (
    Routed,
    check_route,
    correct_route,
    corrections,
    count_routes,
    record_routes,
    recorded_routes,
)

ONE, TWO = Routed(1, "both", 0.75, "a name"), Routed(2, "none", 1.0, "small talk")


def test_what_was_decided_is_there_and_replaced(tmp_path: Path) -> None:
    with opened(tmp_path / "memory.db") as ledger:
        ledger.append(said("a"), said("b"))
        record_routes(ledger.database, [ONE, TWO])
        assert recorded_routes(ledger.database) == [ONE, TWO]
        record_routes(ledger.database, [TWO])
        assert recorded_routes(ledger.database) == [TWO]
        record_routes(ledger.database, [Routed(3, "none", 1.0, "there is none")])
        assert recorded_routes(ledger.database) == []


def test_a_correction_stays_until_it_is_taken_back(tmp_path: Path) -> None:
    with opened(tmp_path / "memory.db") as ledger:
        ledger.append(said("a"), said("b"))
        correct_route(ledger.database, 1, "lora")
        correct_route(ledger.database, 1, "none")
        correct_route(ledger.database, 2, "both")
        record_routes(ledger.database, [])
        assert corrections(ledger.database) == {1: "none", 2: "both"}
        correct_route(ledger.database, 1, None)
        assert corrections(ledger.database) == {2: "both"}


def test_both_go_with_the_entry(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    with opened(home.database) as ledger:
        ledger.append(said("my dog is Rufo"), said("thanks"))
        record_routes(ledger.database, [ONE, TWO])
        correct_route(ledger.database, 1, "lora")
        correct_route(ledger.database, 2, "lora")
        forget(home, ledger.database, [ledger.get(1)])
        assert recorded_routes(ledger.database) == [TWO]
        assert corrections(ledger.database) == {2: "lora"}
        record_routes(ledger.database, [ONE, TWO])  # a night that began before
        assert recorded_routes(ledger.database) == [TWO]


def test_names_and_counts() -> None:
    assert check_route("both") == "both"
    with pytest.raises(UsageError, match="no route 'Both'"):
        check_route("Both")
    assert count_routes([ONE, TWO, TWO]) == {"lora": 0, "retrieval": 0, "both": 1, "none": 2}
