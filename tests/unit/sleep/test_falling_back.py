"""A version that does badly is taken out of service, once, and a person can put it back.

Versions are rows and folders made by hand. Not here: the decision (test_by_day.py), ratings in a real chat.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.support.road import engram

from engram.config import SleepSettings
from engram.home import Home
from engram.sleep import falling_back
from engram.sleep.falling_back import FellBack, fall_back, told
from engram.store import service
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.answers import Made, answers_made, note_answer
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.ledger import Ledger

BASE = "seedling"


@pytest.fixture
def home(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """v1 and then v2 were put in service; their files count as whole."""
    home = Home(isolated).create()
    monkeypatch.setattr(falling_back, "verify_version", lambda home, version: {})
    with Database.open(home.database) as database:
        for name in ("v1", "v2"):
            home.adapter(name).mkdir()
            (home.adapter(name) / "manifest.json").write_bytes(name.encode())
            digest = hashlib.sha256(name.encode()).hexdigest()
            AdapterVersions(database).register(
                AdapterVersion(name, BASE, "r", "t", "d", digest), promote=True
            )
    return home


def answered(home: Home, adapter: str, *ratings: int, model: str = BASE) -> None:
    """Answers in the ledger, rated so."""
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        for rating in ratings:
            (answer,) = ledger.append(
                NewEntry("turn", "assistant", "chat", "So it is.", model=model, adapter=adapter)
            )
            ledger.rate(answer.id, rating)


def serving(home: Home) -> str | None:
    with Database.open(home.database) as database:
        return service.serving(database, BASE)


def look(home: Home, **settings: float) -> FellBack | None:
    return fall_back(home, BASE, SleepSettings(**settings))  # type: ignore[arg-type]


def test_where_nothing_is_there_nothing_happens(isolated: Path) -> None:
    assert fall_back(Home(isolated), BASE, SleepSettings()) is None and not isolated.exists()
    home = Home(isolated).create()
    with Database.open(home.database):
        pass
    answered(home, "", -1, -1, -1)  # the bare base cannot be taken back
    assert look(home) is None and told(None) == []


def test_three_bad_answers_take_it_back_once(home: Home) -> None:
    answered(home, "v2", -1, 1, -1)
    assert look(home) is None and serving(home) == "v2"
    answered(home, "v2", -1)
    found = look(home)
    assert found and (found.change.before, found.change.after) == ("v2", "v1") == ("v2", serving(home))
    assert found.reasons == ("3 of its last 4 rated answers were rated bad.",)
    assert "engram adapters use v2" in told(found)[-1]
    assert look(home) is None and serving(home) == "v1"
    with Database.open(home.database) as database:
        assert service.history(database, BASE)[-1].why == service.TAKEN_BACK
        assert service.taken_back(database, BASE) == "v2"
    assert (home.adapters / "current").resolve().name == "v1"


def test_what_others_said_counts_for_others(home: Home) -> None:
    """Answers of another version, of another base, of before it served; and none that is forgotten."""
    answered(home, "v1", -1, -1, -1)
    answered(home, "v2", -1, -1, -1, model="another")
    assert look(home) is None
    with Database.open(home.database) as database:
        AdapterVersions(database).use("v1")
    assert look(home) is None, "what it did in an earlier stretch says nothing"


def test_who_puts_it_back_is_not_overruled_by_what_was_known(home: Home) -> None:
    answered(home, "v2", -1, -1, -1)
    assert look(home)
    with Database.open(home.database) as database:
        AdapterVersions(database).use("v2")
        assert service.taken_back(database, BASE) is None
    assert look(home) is None and serving(home) == "v2"
    answered(home, "v2", -1, -1)
    assert look(home) is None
    answered(home, "v2", -1)
    assert look(home) and serving(home) == "v1"


def test_further_back_is_the_bare_base(home: Home) -> None:
    for name, then in (("v2", "v1"), ("v1", None)):
        answered(home, name, -1, -1, -1)
        found = look(home)
        assert found and found.change.after == then and serving(home) == then
    assert "the bare base answers again" in told(found)[0]
    assert look(home) is None


def test_a_setting_turns_it_off(home: Home) -> None:
    answered(home, "v2", *[-1] * 20)
    assert look(home, bad_answers=0) is None and look(home, bad_answers=20)


def test_answers_are_compared_with_those_of_what_served_before(home: Home) -> None:
    with Database.open(home.database) as database:
        for _ in range(20):
            note_answer(database, BASE, "v1", Made(1.0))
            note_answer(database, BASE, "v2", Made(5.0))
    found = look(home)
    assert found and found.reasons == ("Its usual answer takes 5.0 s; before it, 1.0 s.",)
    with Database.open(home.database) as database:
        AdapterVersions(database).use("v2")
    assert look(home) is None, "nothing was answered since"


def test_only_the_latest_answers_are_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.store.answers.KEPT", 5)
    with Database.open(home.database) as database:
        for number in range(9):
            note_answer(database, BASE, "V1" if number % 2 else "", Made(float(number)))
        assert [made.seconds for made in answers_made(database, BASE, "v1", 9)] == [5, 7]
        assert [made.seconds for made in answers_made(database, BASE, "", 2)] == [6, 8]
        assert database.rows("SELECT count(*) FROM answer_made") == [(5,)]


def test_a_broken_predecessor_is_passed_over(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    answered(home, "v2", -1, -1, -1)
    found = fall_back(home, BASE, SleepSettings())
    assert found and found.change.after is None and found.change.skipped[0][0] == "v1"


def test_status_notices_and_says_how_it_is_undone(home: Home) -> None:
    answered(home, "v2", -1, -1, -1)
    said = engram("status")
    assert said.code == 0 and "seedling with v1" in said.out and "v2 was taken out of service" in said.out
    assert "3 of its last 3 rated answers were rated bad." in said.out
    again = engram("status")
    assert "rated bad" not in again.out and "v2 did badly" in again.out
    assert engram("status", "--json").json["taken_back"] == "v2"
