"""Past nights read back, and what is said of them. Figures are counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.past_nights import bundle, pairs, past_night
from tests.support.remembering import opened, said
from tests.support.sleeping import fact

from engram.home import Home
from engram.sleep.bundle import Delta, deltas, read_deltas
from engram.sleep.morning import (
    PastNight,
    Waiting,
    broken_off,
    past_nights,
    told,
    told_figure,
    told_waiting,
    waiting,
)
from engram.store import provenance
from engram.store.adapters import AdapterVersion, AdapterVersions


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_shares_before_and_after() -> None:
    found = deltas(bundle(new=pairs(3, 108, 120), skills=pairs(8, 7, 8)))
    assert found == {
        "new memories": Delta(0.025, 0.9, 120),
        "skills": Delta(1.0, 0.875, 8),
        "loss": Delta(2.0, 2.01),
    }
    assert told_figure("new memories", found["new memories"]) == "new memories 2.5% -> 90.0% (n = 120)"
    assert told_figure("loss", found["loss"]) == "loss 2.000 -> 2.010"
    assert deltas(bundle()) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["pairs", "before", "after", "new", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["new", "old", "skills", "loss_before", "loss_after"]), JSON))
def test_a_damaged_bundle_is_no_error(damaged: dict[str, object]) -> None:
    for delta in deltas(damaged).values():
        assert delta.asked == 0 or 0 <= delta.before <= 1


def test_nights_are_read_oldest_first(home: Home) -> None:
    past_night(home, "night-20261121-10", "reject", service="a")
    past_night(home, "night-20261121-2", "accept", version="a", evidence=bundle(new=pairs(0, 4, 4)))
    past_night(home, "night-20261120-1", "not_enough_evidence", checks=(("cannot tell", "Too few."),))
    found = past_nights(home)
    assert [night.name for night in found] == ["night-20261120-1", "night-20261121-2", "night-20261121-10"]
    assert [night.reasons for night in found] == [("Too few.",), ("It is fine.",), ("It is not.",)]
    assert found[1].figures["new memories"] == Delta(0, 1, 4) and found[1].version == "a"
    assert all(night.ended.endswith("+00:00") for night in found)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"outcome": "perhaps"}', '{"outcome": 3}', "null"])
def test_a_damaged_verdict_is_left_out(home: Home, content: str) -> None:
    folder = past_night(home, "night-20261121-1", "accept")
    (folder / "verdict.json").write_text(content)
    assert past_nights(home) == []


def test_a_night_without_its_evidence_is_told_without_figures(home: Home) -> None:
    folder = past_night(home, "night-20261121-1", "reject")
    (folder / "evidence.json").write_bytes(b"\xff")
    (folder / "night.json").write_text("{")
    assert past_nights(home)[0].figures == {} == read_deltas(home.root / "absent")


def test_a_night_that_was_broken_off(home: Home) -> None:
    past_night(home, "night-20261121-1", "reject")
    assert broken_off(home) == ""
    (past_night(home, "night-20261121-2", "reject") / "verdict.json").unlink()
    assert broken_off(home) == "night-20261121-2"


def test_what_is_said_of_a_night() -> None:
    night = PastNight("n", "t", "accept", "b", "a")
    assert told(night) == ["Learned: b serves since, in place of a."]
    assert "the bare base" in told(PastNight("n", "t", "accept", "b"))[0]
    assert "forgetting" in told(PastNight("n", "t", "accept", "b", rebuild=True))[0]
    assert "not to be put in service" in told(PastNight("n", "t", "accept"))[0]
    refused = told(PastNight("n", "t", "reject", service="a", reasons=("Worse.", "Leaks.")))
    assert refused == ["Refused; a went on serving.", "Worse.", "Leaks."]
    assert told(PastNight("n", "t", "not_enough_evidence", reasons=("Few.",)))[1] == "Few."


def test_what_waits(home: Home) -> None:
    with opened(home.database) as ledger:
        assert waiting(home, "") == Waiting(0, 0, 40)
        ledger.append(*(said(fact(n)) for n in range(12)), said("How are you?"))
        versions = AdapterVersions(ledger.database)
        versions.register(AdapterVersion("a", "b", "r", "t", "d", "m"), [1, 2, 3])
        assert provenance.entries_of(ledger.database, "a") == [1, 2, 3]
    assert waiting(home, "") == Waiting(12, 12, 40) and waiting(home, "a") == Waiting(12, 9, 40)
    assert told_waiting(waiting(home, "a")).startswith("9 of 40 facts so far")
    assert "said yet" in told_waiting(Waiting(0, 0, 40)) and "taught" in told_waiting(Waiting(4, 0, 40))
    assert "enough" in told_waiting(Waiting(50, 40, 40)) and "again" in told_waiting(Waiting(5, 1, 40, True))
