"""Into the ledger: once, guarded, with its times and tags; what grew goes on, what was forgotten stays so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.remembering import START, opened

from engram.chat.importers.conversation import Conversation, ImportedTurn, Refused
from engram.chat.importers.importing import BEFORE, GUARDED, PRIVATE_ONES, Importer, Summary, total
from engram.home import Home
from engram.store.entries import Entry
from engram.store.forgetting import forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.redactions import redactions
from engram.store.tags import may_train
from engram.types import Guarded

WHEN = datetime(2024, 5, 6, 12, tzinfo=UTC)
TURNS = (
    ImportedTurn("1", "user", "my dog is called Rufo", WHEN),
    ImportedTurn("2#1", "assistant", "hm, a dog", WHEN, thinking=True),
    ImportedTurn("2#2", "tool", "search: Rufo the dog", WHEN),
    ImportedTurn("2", "assistant", "A fine name for a dog!", WHEN + timedelta(seconds=2), model="gpt"),
)
DOGS = Conversation("c1", "Dogs", WHEN, TURNS, {"system messages": 1})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    home = Home(tmp_path / "home").create()
    with opened(home.database) as ledger:
        yield ledger


def add(ledger: Ledger | None, *found: Conversation | Refused, **more: object) -> Summary:
    importer = Importer(ledger, "chatgpt", **more)  # type: ignore[arg-type]
    for one in found:
        importer.add(one)
    return importer.summary


def content(ledger: Ledger) -> list[tuple[object, ...]]:
    """All that an import decides: sessions by their order, and not the numbers that they happen to have."""
    numbers: dict[int | None, int] = {}
    return [
        (numbers.setdefault(e.session, len(numbers)), e.kind, e.speaker, e.source, e.said_at, e.text, e.model)
        for e in ledger.entries()
    ]


def said(count: int, start: int = 0, **more: object) -> tuple[ImportedTurn, ...]:
    return tuple(
        ImportedTurn(str(n), "user", f"text {n}", WHEN, **more)  # type: ignore[arg-type]
        for n in range(start, start + count)
    )


def test_each_turn_is_what_it_was(ledger: Ledger) -> None:
    summary = add(ledger, DOGS)
    kinds = [(e.kind, e.speaker, e.text, e.said_at[:19], e.model) for e in ledger.entries()]
    assert kinds == [
        ("turn", "user", "my dog is called Rufo", "2024-05-06T12:00:00", ""),
        ("thought", "assistant", "hm, a dog", "2024-05-06T12:00:00", ""),
        ("turn", "tool", "search: Rufo the dog", "2024-05-06T12:00:00", ""),
        ("turn", "assistant", "A fine name for a dog!", "2024-05-06T12:00:02", "gpt"),
    ]
    assert {(e.source, e.session) for e in ledger.entries()} == {("import:chatgpt", 1)}
    assert ledger.sessions()[0].started_at == "2024-05-06T12:00:00+00:00"
    assert summary.new == {"user": 1, "thought": 1, "tool": 1, "assistant": 1}
    assert (summary.conversations, summary.new_conversations, summary.known) == (1, 1, 0)
    assert summary.left_out == {"system messages": 1} and ledger.verify().ok


def test_only_what_the_user_said_may_be_recalled_and_nothing_trained(ledger: Ledger) -> None:
    add(ledger, DOGS)
    index = MemoryIndex(ledger.database)
    index.refresh()
    recalled = index.search("Rufo the dog", now=START)
    assert [found.text for found in recalled] == ["my dog is called Rufo"]
    assert len(index.search("Rufo the dog", now=START, for_recall=False)) > 1, "a search finds the others"
    assert not any(may_train(entry) for entry in ledger.entries())
    thought = ledger.rate(2, 1)
    assert not may_train(thought) and may_train(ledger.rate(1, 1)), "a thought not even when it is confirmed"


def test_twice_is_once(ledger: Ledger) -> None:
    add(ledger, DOGS, replace(DOGS, id="c2"))
    before, bytes_before = content(ledger), ledger.database.rows("SELECT * FROM imported ORDER BY key")
    summary = add(ledger, DOGS, replace(DOGS, id="c2"))
    assert content(ledger) == before
    assert ledger.database.rows("SELECT * FROM imported ORDER BY key") == bytes_before
    assert (summary.turns, summary.known, summary.new_conversations, summary.grown_conversations) == (
        0,
        8,
        0,
        0,
    )


def test_two_imports_at_once_write_it_once(ledger: Ledger) -> None:
    """The other one is quicker: it ends while the guard of the first looks at the first text."""
    others: list[Summary] = []

    def guard(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        if not others:
            others.append(add(ledger, DOGS))
        return Guarded(text)

    grown = replace(DOGS, turns=(*TURNS, ImportedTurn("3", "user", "and my cat Mia", WHEN)))
    summary = add(ledger, grown, guard=guard)
    assert others[0].turns == 4 and summary.turns == 1 and summary.grown_conversations == 1
    assert len(ledger.entries()) == 5 and {e.session for e in ledger.entries()} == {1}


def test_another_source_or_conversation_is_another(ledger: Ledger) -> None:
    add(ledger, DOGS, replace(DOGS, id="c2"))
    importer = Importer(ledger, "claude")
    importer.add(DOGS)
    assert len(ledger.entries()) == 12 and len(ledger.sessions()) == 3


def test_a_conversation_that_grew_goes_on_in_its_session(ledger: Ledger) -> None:
    add(ledger, Conversation("c1", "", WHEN, said(3)), DOGS.__class__("c2", "", WHEN, said(2)))
    summary = add(ledger, Conversation("c1", "", WHEN, said(5)))
    assert [e.session for e in ledger.entries()] == [1, 1, 1, 2, 2, 1, 1]
    assert (summary.turns, summary.grown_conversations, summary.new_conversations) == (2, 1, 0)


def test_pieces_of_one_conversation_share_its_session(ledger: Ledger) -> None:
    for _ in range(2):
        summary = add(ledger, *(Conversation("c1", "", None, said(2, start)) for start in (0, 2, 4)))
    assert {e.session for e in ledger.entries()} == {1} and len(ledger.entries()) == 6
    assert summary.conversations == 1


def test_what_was_forgotten_stays_forgotten(ledger: Ledger, tmp_path: Path) -> None:
    add(ledger, DOGS)
    forget(Home(tmp_path / "home"), ledger.database, [ledger.get(1), ledger.get(4)])
    assert add(ledger, DOGS).turns == 0 and len(ledger.entries()) == 2
    forget(Home(tmp_path / "home"), ledger.database, ledger.entries())
    grown = replace(DOGS, turns=(*TURNS, ImportedTurn("3", "user", "and my cat Mia", WHEN)))
    assert add(ledger, grown).turns == 1 and [e.text for e in ledger.entries()] == ["and my cat Mia"]
    assert ledger.verify().ok


def test_nothing_of_a_forgotten_turn_is_left_to_guess_from(ledger: Ledger, tmp_path: Path) -> None:
    """The keys are digests of names; a name must not be made of the text."""
    texts = [
        replace(DOGS, turns=(replace(TURNS[0], text=text), *TURNS[1:]))
        for text in ("my pin is 1", "my pin is 2")
    ]
    tables = []
    for number, conversation in enumerate(texts):
        with opened(tmp_path / f"{number}.db") as other:
            add(other, conversation)
            tables.append(other.database.rows("SELECT * FROM imported ORDER BY key"))
    assert tables[0] == tables[1]


def test_a_name_that_stands_twice_in_a_conversation_loses_nothing(ledger: Ledger) -> None:
    twice = Conversation("c1", "", WHEN, (*said(1), ImportedTurn("0", "user", "something else", WHEN)))
    for _ in range(2):
        add(ledger, twice)
    assert [e.text for e in ledger.entries()] == ["text 0", "something else"]


def test_times_are_taken_from_what_is_near(ledger: Ledger) -> None:
    turns = (
        *said(1),
        ImportedTurn("a", "assistant", "hi", None),
        ImportedTurn("b", "user", "so", WHEN.replace(year=2025)),
    )
    add(
        ledger,
        Conversation("c1", "", None, turns),
        Conversation("c2", "", None, (ImportedTurn("0", "user", "x"),)),
    )
    years = [e.said_at[:4] for e in ledger.entries()]
    assert years == ["2024", "2024", "2025", "2026"], "without any time, the time of the import"


def test_since_leaves_out_what_is_older(ledger: Ledger) -> None:
    later = ImportedTurn("3", "user", "later", WHEN + timedelta(days=2))
    undated = Conversation("c2", "", None, (ImportedTurn("0", "user", "when?"),))
    summary = add(ledger, replace(DOGS, turns=(*TURNS, later)), undated, since=WHEN + timedelta(days=1))
    assert [e.text for e in ledger.entries()] == ["later", "when?"] and summary.left_out[BEFORE] == 4
    assert add(ledger, replace(DOGS, turns=(*TURNS, later))).turns == 4, "they can still come"


def test_tags_are_obeyed(ledger: Ledger) -> None:
    def exchange(tag: str) -> tuple[ImportedTurn, ...]:
        return (
            ImportedTurn(f"q{tag}", "user", f"my pin is 55{tag}", WHEN),
            ImportedTurn(f"a{tag}", "assistant", "noted", WHEN),
        )

    turns = (*exchange(" #no-train"), *exchange(" #private"), *exchange(""))
    for _ in range(2):
        summary = add(ledger, Conversation("c1", "", WHEN, turns))
    found = [(e.text, sorted(e.tags)) for e in ledger.entries()]
    tagged = [("my pin is 55", ["no-train"]), ("noted", ["no-train"])]
    assert found == [*tagged, ("my pin is 55", []), ("noted", [])]
    assert summary.left_out[PRIVATE_ONES] == 2
    add(ledger, Conversation("c1", "", WHEN, (turns[0], ImportedTurn("late", "assistant", "again", WHEN))))
    assert ledger.entries()[-1].tags == {"no-train"}, "of a question that was there before"


def test_the_guard_comes_before_the_first_write(ledger: Ledger) -> None:
    asked: list[str] = []

    def guard(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        asked.append(text)
        assert dict(known or {}) == ({"Rufo": "name"} if len(asked) > 1 else {}), "what was masked before"
        assert not ledger.entries() and not ledger.database._connection.in_transaction
        if "fine" in text:
            return Guarded(None, {"unsafe": 1})
        if "Rufo" not in text:
            return Guarded(text)
        return Guarded(text.replace("Rufo", "[NAME]"), {"name": 1}, values={"Rufo": "name"})

    summary = add(ledger, DOGS, guard=guard)
    assert [e.text for e in ledger.entries()] == [
        "my dog is called [NAME]",
        "hm, a dog",
        "search: [NAME] the dog",
    ]
    assert len(asked) == 4 and summary.masked == {"name": 2} and summary.left_out[GUARDED] == 1
    assert b"Rufo" not in b"".join(
        file.read_bytes() for file in ledger.database.file.parent.glob("memory.db*")
    )


def test_what_the_guard_keeps_out_is_audited_once(ledger: Ledger) -> None:
    """However often it is imported; and it comes when the guard lets it."""

    def strict(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        return Guarded(None, {"card": 2}) if "2" in text else Guarded(text)

    two = Conversation("c-9", "", START, said(3))
    for _ in range(3):
        summary = add(ledger, two, guard=strict)
        assert summary.left_out[GUARDED] == 1
    audit = [(row.place, row.entry, row.type, row.action, row.count) for row in redactions(ledger.database)]
    assert audit == [("import:chatgpt", None, "card", "dropped", 2)]
    add(ledger, replace(two, id="c-10"), guard=strict)
    assert len(redactions(ledger.database)) == 2, "another conversation is another"
    before = len(ledger.entries())
    assert add(ledger, two).turns == 1 and len(ledger.entries()) == before + 1


def test_a_dry_run_writes_nothing_and_counts_the_same(ledger: Ledger, tmp_path: Path) -> None:
    grown = replace(DOGS, turns=(*TURNS, ImportedTurn("3", "user", "more", WHEN)))
    for found in (DOGS, DOGS, grown):
        dry, before = add(ledger, found, dry_run=True), content(ledger)
        assert content(ledger) == before
        assert dry == add(ledger, found)
    assert add(None, DOGS).turns == 4


def test_refused_ones_are_counted_and_named(ledger: Ledger) -> None:
    refused = [Refused(str(number), "no good") for number in range(300)]
    summary = add(ledger, *refused, DOGS)
    assert summary.left_out["no good"] == 300 and len(summary.refused) == 100 and summary.conversations == 1


def test_all_of_a_conversation_or_nothing(ledger: Ledger) -> None:
    class Full(Exception):
        pass

    def fail(*_: object) -> list[Entry]:
        raise Full

    broken = Ledger(ledger.database)
    broken.append = fail  # type: ignore[method-assign]
    with pytest.raises(Full):
        add(broken, DOGS)
    assert ledger.entries() == [] and ledger.database.rows("SELECT * FROM session") == []
    assert add(ledger, DOGS).turns == 4


def test_summaries_add_up(ledger: Ledger) -> None:
    parts = [
        add(ledger, DOGS),
        add(ledger, DOGS, replace(DOGS, id="c2")),
        add(ledger, Refused("1", "no good")),
    ]
    whole = total(parts)
    assert (whole.conversations, whole.new_conversations, whole.turns, whole.known) == (3, 2, 8, 4)
    assert whole.left_out == {"system messages": 3, "no good": 1} and len(whole.refused) == 1
