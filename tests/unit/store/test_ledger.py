"""The ledger: what goes in comes out, in one numbering; filters, versions, ratings, tags and refusals."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.remembering import START, furnish, opened, said

from engram.errors import BadName, StorageError, UnknownName, UsageError
from engram.store.entries import Entry, NewEntry, check_source, local, moment, stamp
from engram.store.ledger import Ledger

TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)  # half surrogates too


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


def test_an_entry_comes_back_as_it_was_said(ledger: Ledger) -> None:
    session = ledger.begin_session()
    (entry,) = ledger.append(
        NewEntry(
            "turn", "assistant", "chat", "Good\nmorning", "", session, "seedling", "v2", frozenset({"no-rag"})
        )
    )
    when, tags = "2026-11-18T09:32:00+00:00", frozenset({"no-rag"})
    names = ("seedling", "v2")
    expected = Entry(
        1, "turn", "assistant", "chat", when, "Good\nmorning", "", session, *names, tags, 0, None
    )
    assert entry == expected == ledger.get(1)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, key=TEXTS)
@example(text="half \ud83d of it", key="\udfff")
def test_any_text_is_kept(tmp_path_factory: pytest.TempPathFactory, text: str, key: str) -> None:
    """Half a surrogate pair, which UTF-8 cannot hold, is the only thing that is replaced."""
    with opened(tmp_path_factory.mktemp("any") / "memory.db") as ledger:
        (entry,) = ledger.append(NewEntry("fact", "user", "remember", text, key))
        for kept, given in ((entry.text, text), (entry.key, key)):
            assert kept == "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in given)
        assert ledger.get(entry.id) == entry and ledger.verify().ok


def test_numbers_are_counted_through_and_never_used_again(ledger: Ledger) -> None:
    assert [entry.id for entry in ledger.append(*(said(f"turn {n}") for n in range(5)))] == [1, 2, 3, 4, 5]
    with pytest.raises(UsageError):
        ledger.append(said("kept?"), said("secret", tags=frozenset({"private"})))
    assert [entry.text for entry in ledger.append(said("next"))] == ["next"]
    assert [entry.id for entry in ledger.entries()] == [1, 2, 3, 4, 5, 6]


def test_all_of_one_call_or_none(ledger: Ledger) -> None:
    with pytest.raises(UnknownName, match="There is no entry 99"):
        ledger.append(said("question"), said("answer", replaces=99))
    with pytest.raises(UnknownName, match="There is no session 7"):
        ledger.append(said("question"), said("answer", session=7))
    assert ledger.entries() == [] and ledger.stats().entries == 0 and ledger.verify().ok


def test_filters_agree_with_looking_at_each(ledger: Ledger) -> None:
    everything = furnish(ledger)
    assert [entry.id for entry in everything] == list(range(1, 11))

    def chosen(**filters: object) -> list[int]:
        return [entry.id for entry in ledger.entries(**filters)]  # type: ignore[arg-type]

    for session in (1, 2, 3):
        assert chosen(session=session) == [e.id for e in everything if e.session == session]
    for kind in ("turn", "fact"):
        assert chosen(kind=kind) == [e.id for e in everything if e.kind == kind] != []
    for speaker in ("user", "assistant"):
        assert chosen(speaker=speaker) == [e.id for e in everything if e.speaker == speaker] != []
    for source in ("chat", "pasted", "remember", "import:old-chats"):
        assert chosen(source=source) == [e.id for e in everything if e.source == source] != []
    for tag in ("no-rag", "no-train", "no", "rag"):
        assert chosen(tag=tag) == [e.id for e in everything if tag in e.tags]
    for entry in everything:
        when = datetime.fromisoformat(entry.said_at)
        assert chosen(since=when) == [e.id for e in everything if e.said_at >= entry.said_at]
        assert chosen(before=when) == [e.id for e in everything if e.said_at < entry.said_at]
        assert chosen(after_id=entry.id) == [e.id for e in everything if e.id > entry.id]
    assert chosen(newest_first=True, limit=3) == [10, 9, 8] and chosen(limit=0) == []
    assert chosen(kind="turn", speaker="user", source="chat", session=1, after_id=1) == [3, 4]


def test_times_from_people_are_this_machines(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert stamp(moment("2026-11-18")) == "2026-11-17T15:00:00+00:00"
        assert stamp(moment("2026-11-18T09:30:00Z")) == "2026-11-18T09:30:00+00:00"
        assert local("2026-11-17T15:00:00+00:00").isoformat() == "2026-11-18T00:00:00+09:00"
    finally:
        monkeypatch.undo()
        time.tzset()
    for wrong in ("yesterday", "2026-13-01", "", "9999999"):
        with pytest.raises(UsageError, match="is no date"):
            ledger.entries(before=wrong)


def test_versions_lead_to_all_versions(ledger: Ledger) -> None:
    furnish(ledger)
    again = ledger.append(said("the locker code is 7342", replaces=4))[0].id
    for id in (3, 4, again):
        assert [entry.id for entry in ledger.versions(id)] == [3, 4, again]
    assert ledger.superseded() == {3, 4, 9}
    assert [entry.id for entry in ledger.versions(1)] == [1]


def test_sessions_at_a_glance(ledger: Ledger) -> None:
    furnish(ledger)
    empty = ledger.begin_session()
    first, second = ledger.sessions()
    assert (first.id, first.entries, first.opening) == (1, 5, "my dog is called Rufo")
    assert (second.id, second.entries, second.opening) == (2, 2, "Dear Sir or Madam,\nwe regret")
    assert first.started_at <= first.last_at <= stamp(ledger.clock()) and empty == 3


def test_counts(ledger: Ledger) -> None:
    assert ledger.stats().first_at == ledger.stats().last_at == ""
    everything = furnish(ledger)
    stats = ledger.stats()
    assert (stats.entries, stats.forgotten, stats.sessions, stats.tagged) == (10, 0, 2, 1)
    assert stats.by_kind == {"turn": 8, "fact": 2} and stats.by_speaker == {"user": 8, "assistant": 2}
    assert stats.by_source == {"chat": 6, "pasted": 1, "import:old-chats": 1, "remember": 2}
    assert stats.first_at == "2024-05-06T07:08:09+00:00" and stats.last_at == everything[-1].said_at


def test_rating_and_tags_change_and_nothing_else_does(ledger: Ledger) -> None:
    before = furnish(ledger)
    assert ledger.rate(1, -1).rating == -1 and ledger.rate(1, 0).rating == 0
    assert ledger.set_tags(1, ["#no-train", "NO-RAG"]).tags == {"no-rag", "no-train"}
    assert ledger.set_tags(1, []).tags == frozenset()
    assert ledger.entries() == before and ledger.verify().ok
    for wrong in (2, -2):
        with pytest.raises(UsageError, match="is no rating"):
            ledger.rate(1, wrong)
    for call in (lambda: ledger.rate(99, 1), lambda: ledger.set_tags(99, [])):
        with pytest.raises(UnknownName, match="newest is 10"):
            call()
    with pytest.raises(UsageError, match="There is no tag #secret"):
        ledger.set_tags(1, ["secret"])
    with pytest.raises(UsageError, match="never written down"):
        ledger.set_tags(1, ["private"])


def test_a_full_disk_says_so_and_the_ledger_goes_on(ledger: Ledger) -> None:
    before = furnish(ledger)
    ((pages,),) = ledger.database.rows("PRAGMA page_count")
    ledger.database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="disk is full"):
        ledger.append(said("short"), said("x" * 500_000))
    assert ledger.entries() == before and ledger.verify().ok
    ledger.database.rows("PRAGMA max_page_count = 100000")
    assert ledger.append(said("x" * 500_000))[0].id == 11 and ledger.verify().ok


def test_nothing_yet(ledger: Ledger) -> None:
    with pytest.raises(UnknownName, match="Nothing is written down yet"):
        ledger.get(1)
    assert ledger.entries() == [] and ledger.sessions() == [] and ledger.verify().entries == 0


@pytest.mark.parametrize("source", ["", "web", "import:", "import:../x", "import:a/b", "import:a b", "Chat"])
def test_an_unknown_source_is_refused(ledger: Ledger, source: str) -> None:
    with pytest.raises((UsageError, BadName)):
        check_source(source)
    with pytest.raises((UsageError, BadName)):
        ledger.append(NewEntry("turn", "user", source, "text"))


def test_time_may_go_backwards_and_order_does_not(tmp_path: Path) -> None:
    with opened(tmp_path / "memory.db") as ledger:
        times = [START, datetime(2020, 1, 1, tzinfo=UTC)]
        late = Ledger(ledger.database, lambda: times.pop(0))
        assert [e.id for e in (*late.append(said("now")), *late.append(said("then")))] == [1, 2]
        assert [entry.text for entry in late.entries()] == ["now", "then"] and late.verify().ok
