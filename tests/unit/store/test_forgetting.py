"""Choosing what to forget, receipts, the search afterwards. The bytes: tests/faults/test_forgetting.py."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.remembering import furnish, opened, said

from engram.errors import StorageError, UnknownName, UsageError
from engram.home import Home
from engram.store import derived, provenance, service, traces
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.forgetting import choose, forget
from engram.store.ledger import Ledger
from engram.store.receipts import Outcome, read_receipts, write_outcome


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


@pytest.fixture
def ledger(home: Home) -> Iterator[Ledger]:
    with opened(home.database) as ledger:
        furnish(ledger)
        yield ledger


def chosen(ledger: Ledger, **criteria: object) -> list[int]:
    return [entry.id for entry in choose(ledger, **criteria)]  # type: ignore[arg-type]


def test_each_criterion_chooses_what_it_says(ledger: Ledger) -> None:
    assert chosen(ledger, ids=[5, 1, 5]) == [1, 5]
    assert chosen(ledger, query="LOCKER") == [3, 4]
    assert chosen(ledger, query="offee") == [9, 10], "keys count, and parts of words"
    assert chosen(ledger, query="dear sir or madam,\nwe") == [6]
    assert chosen(ledger, session=2) == [6, 8]
    assert chosen(ledger, source="import:old-chats") == [7]
    assert chosen(ledger, before=datetime.fromisoformat("2026-01-01T00:00:00Z")) == [7]
    assert chosen(ledger, query="nothing like it") == []


def test_criteria_together_narrow(ledger: Ledger) -> None:
    assert chosen(ledger, query="e", session=1, source="chat") == [1, 2, 3, 4, 5]
    assert chosen(ledger, query="locker", session=2) == []


def test_a_query_knows_no_case_width_or_way_of_writing_an_accent(ledger: Ledger) -> None:
    ledger.append(said("Jos\u00e9 lives in \uff2f\uff33\uff2c\uff2f"))
    assert chosen(ledger, query="jose\u0301 LIVES") == chosen(ledger, query="oslo") == [11]


def test_a_wildcard_is_an_ordinary_character(ledger: Ledger) -> None:
    assert [chosen(ledger, query=odd) for odd in ("%", "_", "*", "' OR 1=1 --")] == [[], [], [], []]


@pytest.mark.parametrize("criteria", [{}, {"query": " "}, {"query": ""}, {"ids": [1], "session": 1}])
def test_what_could_choose_everything_by_mistake_is_refused(
    ledger: Ledger, criteria: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        chosen(ledger, **criteria)


def test_unknown_numbers_are_refused(home: Home, ledger: Ledger) -> None:
    with pytest.raises(UnknownName, match="There is no entry 99"):
        chosen(ledger, ids=[1, 99])
    entry = ledger.get(1)
    forget(home, ledger.database, [entry])
    for call in (lambda: chosen(ledger, ids=[1]), lambda: forget(home, ledger.database, [entry])):
        with pytest.raises(UnknownName, match=r"Entry 1 was forgotten on 2026-"):
            call()
    with pytest.raises(UsageError, match="nothing to forget"):
        forget(home, ledger.database, [])


def test_a_receipt_holds_numbers_and_never_text(home: Home, ledger: Ledger) -> None:
    receipt = forget(home, ledger.database, choose(ledger, session=2), how="session", clock=ledger.clock)
    assert (receipt.id, receipt.how, receipt.entries, receipt.counts) == (1, "session", (6, 8), {"turn": 2})
    assert read_receipts(ledger.database) == [receipt]
    ((stored,),) = ledger.database.rows("SELECT content || outcome FROM receipt")
    assert "Madam" not in stored and "sister" not in stored and "7341" not in stored
    second = forget(home, ledger.database, [ledger.get(1)])
    assert [r.id for r in read_receipts(ledger.database)] == [1, second.id] == [1, 2] and ledger.verify().ok


def test_who_was_first_to_say_what_became_of_the_files_has_said_it(home: Home, ledger: Ledger) -> None:
    receipt = forget(home, ledger.database, [ledger.get(1)])
    write_outcome(ledger.database, receipt.id, Outcome(files=99))
    assert read_receipts(ledger.database) == [receipt]


def test_a_damaged_receipt_is_said_to_be_one(home: Home, ledger: Ledger) -> None:
    forget(home, ledger.database, [ledger.get(1)])
    for content in ("{", "[]", '{"how": 1}', "null"):
        with ledger.database.write():
            ledger.database.rows("UPDATE receipt SET content = ?", (content,))
        with pytest.raises(StorageError, match="receipt of forgetting"):
            read_receipts(ledger.database)


def test_a_failure_inside_leaves_all_as_it_was(home: Home, ledger: Ledger) -> None:
    before = ledger.entries()
    ledger.database.rows(
        "CREATE TEMP TRIGGER no BEFORE INSERT ON receipt BEGIN SELECT raise(ABORT, 'no'); END"
    )
    with pytest.raises(StorageError):
        forget(home, ledger.database, before[:3])
    assert ledger.entries() == before and ledger.verify().ok


# --- derived things


def test_folders_name_what_they_are_made_from(home: Home) -> None:
    for name, entries in (("one", [3, 1, 3]), ("two", [2]), ("none", [])):
        (home.runs / name).mkdir()
        derived.name_entries(home.runs / name, entries)
    assert json.loads((home.runs / "one" / "entries.json").read_text()) == {"entries": [1, 3]}
    assert derived.made_from(home, [3]) == [home.runs / "one"]
    assert derived.made_from(home, [1, 2]) == [home.runs / "one", home.runs / "two"]
    assert derived.made_from(home, [9]) == []


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"entries": 1}', '{"other": []}', "[" * 10_000])
def test_a_folder_that_cannot_say_it_is_taken_to_be_made_from_all(home: Home, content: str) -> None:
    (home.cache / "odd").mkdir()
    (home.cache / "odd" / "entries.json").write_text(content)
    assert derived.made_from(home, [9]) == [home.cache / "odd"]


def test_a_link_is_removed_and_what_it_points_to_is_not(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (home.cache / "link").symlink_to(outside)
    derived.remove([home.cache / "link", home.cache / "missing"])
    assert not (home.cache / "link").exists() and (outside / "kept.txt").exists()


# --- the search


@given(st.text(max_size=2000))
def test_passages_are_pieces_of_the_text(text: str) -> None:
    for passage in traces._cut(text):
        assert passage in text and traces.FOREIGN <= len(passage) <= traces.LONGEST


@pytest.mark.parametrize("text", ["yes", "Rufo", "learning", "learning_rate", "of the", "日本語です"])
def test_what_stands_everywhere_is_not_looked_for(ledger: Ledger, text: str) -> None:
    """Or forgetting the word would delete every run that holds it."""
    assert traces.passages(ledger.append(said(text))) == []


@pytest.mark.parametrize("text", ["dog is called Rufo", "a" * 20, "私の犬の名前はルフォです"])
def test_what_tells_is_looked_for(ledger: Ledger, text: str) -> None:
    assert traces.passages(ledger.append(said(text))) == [text]


def test_long_texts_are_looked_for_in_several_places_and_many_in_a_sample(ledger: Ledger) -> None:
    long = ledger.append(said("".join(f"word{number} " for number in range(400))))
    assert len(traces.passages(long)) >= 5
    many = ledger.append(*(said(f"this is number {number}") for number in range(500)))
    assert 32 <= len(traces.passages(many)) <= traces.MOST


def test_passages_across_the_border_of_two_blocks_are_found(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "BLOCK", 64)
    for start in range(40, 70):
        (home.cache / "file").write_bytes(b"." * start + "a «needle» in hay".encode() + b"." * 100)
        found = traces.search(home.root, ledger.database, ["a «needle» in hay"])
        assert list(found.found) == [home.cache / "file"], start
    assert found.files == 2 and found.bytes > 4096


@pytest.mark.parametrize(
    "form", ['say "hi" é', r"say \"hi\" é", r"say \"hi\" \u00e9", "say &quot;hi&quot; é"]
)
def test_spellings_of_our_own_files_are_found(home: Home, ledger: Ledger, form: str) -> None:
    (home.runs / "log.json").write_text(f"before {form} after", encoding="utf-8")
    assert traces.search(home.root, ledger.database, ['say "hi" é']).found == {
        home.runs / "log.json": frozenset({'say "hi" é'})
    }


# --- what serves afterwards


def serve(home: Home, ledger: Ledger, taught: dict[str, list[int]]) -> AdapterVersions:
    """Versions with whole folders that were taught these entries, put in service in this order."""
    versions = AdapterVersions(ledger.database)
    for name, entries in taught.items():
        (home.adapters / name).mkdir()
        (home.adapters / name / "manifest.json").write_bytes(b"{}")
        manifest = hashlib.sha256(b"{}").hexdigest()
        versions.register(AdapterVersion(name, "b", "r", "t", "d", manifest), entries, promote=True)
    return versions


def serving(versions: AdapterVersions) -> str | None:
    found = versions.in_service("b")
    return found.name if found else None


def test_the_newest_clean_version_that_served_takes_over_at_once(home: Home, ledger: Ledger) -> None:
    versions = serve(home, ledger, {"old": [1], "clean": [1, 3], "second": [1, 3, 7], "first": [1, 3, 7, 8]})
    receipt = forget(home, ledger.database, choose(ledger, ids=[7]))
    assert serving(versions) == "clean" and receipt.adapters == ("first", "second")
    assert receipt.serving == {"b": "clean"} and service.rebuild_due(ledger.database, "b")
    assert read_receipts(ledger.database)[-1].serving == {"b": "clean"}
    assert (home.adapters / "current").resolve().name == "clean"
    receipt = forget(home, ledger.database, choose(ledger, ids=[3]))
    assert serving(versions) == "old" and receipt.serving == {"b": "old"}
    receipt = forget(home, ledger.database, choose(ledger, ids=[1]))
    assert serving(versions) is None and receipt.serving == {"b": ""}
    assert not (home.adapters / "current").is_symlink()


def test_what_is_clean_goes_on_serving(home: Home, ledger: Ledger) -> None:
    versions = serve(home, ledger, {"tainted": [7], "clean": [1]})
    receipt = forget(home, ledger.database, choose(ledger, ids=[7]))
    assert serving(versions) == "clean" and receipt.serving == {} and receipt.adapters == ("tainted",)
    assert not service.rebuild_due(ledger.database, "b")
    marked = provenance.forgotten_in(ledger.database)
    step = service.roll_back(ledger.database, "b", lambda name: "marked" * (name in marked), "t")
    assert step.after is None, "and there is no way back to what was trained on it"


def test_a_version_marked_earlier_does_not_take_over(home: Home, ledger: Ledger) -> None:
    versions = serve(home, ledger, {"old": [1], "tainted": [1, 7], "newest": [1, 8]})
    assert forget(home, ledger.database, choose(ledger, ids=[7])).serving == {}
    assert forget(home, ledger.database, choose(ledger, ids=[8])).serving == {"b": "old"}
    assert serving(versions) == "old"


def test_a_broken_version_does_not_take_over(home: Home, ledger: Ledger) -> None:
    versions = serve(home, ledger, {"old": [1], "broken": [1], "tainted": [7]})
    (home.adapters / "broken" / "manifest.json").write_bytes(b"{ }")
    assert forget(home, ledger.database, choose(ledger, ids=[7])).serving == {"b": "old"}
    assert serving(versions) == "old"


def test_a_version_that_never_served_does_not_take_over(home: Home, ledger: Ledger) -> None:
    versions = serve(home, ledger, {"tainted": [7]})
    versions.register(AdapterVersion("aside", "b", "r", "t", "d", "m"), [1])
    assert forget(home, ledger.database, choose(ledger, ids=[7])).serving == {"b": ""}


def test_the_first_receipts_said_nothing_of_it(ledger: Ledger) -> None:
    content = '{"how": "ids", "entries": [1], "counts": {}, "adapters": ["v1"]}'
    ledger.database.rows("INSERT INTO receipt VALUES (1, 't', ?, '{}', x'')", (content,))
    assert read_receipts(ledger.database)[0].serving == {}
