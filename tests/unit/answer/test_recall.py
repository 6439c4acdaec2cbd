"""Recall: the frame of the conventions, its budget, its order, and silence where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.remembering import opened, said

from engram.answer.embedders import HashedNgrams
from engram.answer.note_text import harmless, part, supersedes, without_preface
from engram.answer.recall import Recall, Recalled
from engram.config import RecallSettings
from engram.models.fake import SPECIAL_TOKENS, ByteTokenizer
from engram.store import facts
from engram.store.entries import NewEntry
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TOKENIZER = ByteTokenizer()  # one token for each byte
HEADER = (
    "Notes from earlier conversations. Answer from them if they help; if they disagree, the newest is right."
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


def recalled(ledger: Ledger, question: str, exclude: frozenset[int] = frozenset(), **more: Any) -> Recalled:
    index = MemoryIndex(ledger.database, HashedNgrams())
    index.refresh()
    wanted = RecallSettings(**{"tokens": 2000, **more})
    return Recall(index, TOKENIZER, wanted).recalled(question, now=NOW, exclude=exclude)


def test_of_two_values_of_one_thing_only_the_newer_is_shown(ledger: Ledger) -> None:
    ledger.append(
        said("my dog's name is Rufo"), said("I was wrong, my dog's name is Rex."), said("my dog likes my cat")
    )
    assert [n.text for n in recalled(ledger, "what is my dog's name?").notes] == ["my dog's name is Rex."]


ABOUT = {"dog": 4.0, "name": 4.0, "my": 0.2}


@pytest.mark.parametrize(
    ("newer", "older", "expected"),
    [
        ("My dog's name is Rex", "my dog's name is Rufo", True),
        ("my dog is called Rex now", "my dog is called Rufo", True),
        ("my dog is fat", "my dog is called Rufo", False),  # another thing about the dog
        ("my dog likes Rex", "my cat's name is Rufo", False),
        ("we renamed the dog Rex", "my dog's name is Rufo", False),  # not sure: both are shown
    ],
)
def test_what_supersedes_says_the_same_thing(newer: str, older: str, expected: bool) -> None:
    assert supersedes(newer, older, ABOUT) is expected


def test_the_frame_is_that_of_the_conventions(ledger: Ledger) -> None:
    ledger.append(said("my dog's name is Rufo", said_at="2026-11-18"), said("I like rain"))
    ledger.append(said("our dog has the name Rex now", said_at="2026-11-19"))
    found = recalled(ledger, "what is my dog's name?")
    assert found.message is not None and found.message.role == "system"
    assert found.message.content == (
        f"{HEADER}\n[2026-11-18] user: my dog's name is Rufo\n[2026-11-19] user: our dog has the name Rex now"
    )


def test_the_header_is_the_one_the_model_was_trained_on() -> None:
    from pretraining.skills.notes import HEADER as TRAINED

    from engram.answer.recall import HEADER as SERVED

    assert SERVED == TRAINED == HEADER


@pytest.mark.parametrize(
    "question",
    [
        "how tall is mount Zol?",
        "what is my boat's name?",
        "when was my uncle born?",
        "hi",
        "",
        "what do you think?",
    ],
)
def test_nothing_where_there_is_nothing_to_recall(ledger: Ledger, question: str) -> None:
    ledger.append(
        said("my dog's name is Rufo"), said("the locker code is 7341"), said("my sister was born in May")
    )
    assert recalled(ledger, question) == Recalled((), None)


def test_questions_and_answers_make_no_notes(ledger: Ledger) -> None:
    ledger.append(said("what is my dog's name?"), said("Your dog's name is Rufo.", speaker="assistant"))
    assert recalled(ledger, "what is my dog's name?").notes == ()


def test_of_a_turn_only_what_is_told_is_noted(ledger: Ledger) -> None:
    ledger.append(said("Hello there. My dog's name is Rufo. What does he eat?"))
    assert [note.text for note in recalled(ledger, "what is my dog's name?").notes] == [
        "My dog's name is Rufo."
    ]


def test_facts_are_sentences_and_only_the_newest(ledger: Ledger) -> None:
    facts.remember(ledger, "locker code", "7341")
    facts.remember(ledger, "locker code", "2285")
    (note,) = recalled(ledger, "what is the locker code?").notes
    assert (note.text, note.entry_id, note.speaker) == ("locker code is 2285", 2, "user")


def test_a_fact_asked_for_by_an_alias_is_one_note(ledger: Ledger) -> None:
    aliases = tuple(f"quay number {number} of the harbour in the north" for number in range(90))
    facts.remember_all(ledger, [facts.Told("berth", "Petrel", aliases), facts.Told("locker code", "7341")])
    notes = recalled(ledger, "what lies at the quay of the harbour in the north?").notes
    assert [note.text for note in notes] == ["berth is Petrel"]


def test_what_was_pasted_says_so(ledger: Ledger) -> None:
    ledger.append(NewEntry("turn", "user", "pasted", "the vault code is 99"))
    (note,) = recalled(ledger, "what is the vault code?").notes
    assert note.speaker == "pasted"


def test_the_own_conversation_is_left_out(ledger: Ledger) -> None:
    ledger.append(said("the vault code is 1"))
    assert recalled(ledger, "vault code", exclude=frozenset({1})).message is None


def test_related_words_find_what_they_ask_for(ledger: Ledger) -> None:
    ledger.append(
        said("I live in Bergen."), said("My aunt works as a nurse."), said("My son was born on 4 May.")
    )
    for question, value in (
        ("which city is mine?", "Bergen"),
        ("my aunt's job?", "nurse"),
        ("my son's birthday?", "4 May"),
    ):
        (note,) = recalled(ledger, question).notes
        assert value in note.text


def test_several_values_give_the_newest_at_the_end(ledger: Ledger) -> None:
    for month in (3, 1, 5, 2, 4):  # not told in their order
        ledger.append(said(f"{month} for the vault code: 10{month}", said_at=f"2026-0{month}-01"))
    notes = recalled(ledger, "what is the vault code?", notes=3).notes
    assert len(notes) == 3 and notes[-1].text.endswith("105")
    assert [note.said_at for note in notes] == sorted(note.said_at for note in notes)


def test_the_newest_has_its_place_among_many_that_match_better(ledger: Ledger) -> None:
    ledger.append(*(said(f"vault code: 10{n}") for n in range(8)))
    ledger.append(said("after the burglary of last week the man said that the vault code is 999"))
    assert recalled(ledger, "what is the vault code?", notes=2).notes[-1].text.endswith("999")


class Meanings:
    """An embedder that knows two topics: animals and money."""

    id = "meanings-1"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        animals, money = ("hound", "beagle", "pet"), ("salary", "earn")
        rows = [[any(w in t for w in animals), any(w in t for w in money)] for t in texts]
        return np.array(rows, dtype=np.float32)


def test_an_embedder_that_knows_meanings_needs_no_shared_word(ledger: Ledger) -> None:
    ledger.append(said("the beagle is called Rufo"), said("I earn plenty"))
    index = MemoryIndex(ledger.database, Meanings())
    index.refresh()
    for likeness, expected in ((0.6, ["the beagle is called Rufo"]), (1.0, [])):
        recall = Recall(index, TOKENIZER, RecallSettings(tokens=2000, likeness=likeness))
        assert [n.text for n in recall.recalled("which pet lives here?", now=NOW).notes] == expected
    recall = Recall(MemoryIndex(ledger.database), TOKENIZER, RecallSettings(tokens=2000, likeness=0.6))
    assert recall.recalled("which pet lives here?", now=NOW).notes == ()


WORDS = st.lists(
    st.sampled_from(
        ["vault", "code", "is", "7341", "and", "river", "Rufo.", "what?", "\n", "我的", "<|end|>"]
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(
    turns=st.lists(WORDS.map(" ".join), min_size=1, max_size=6),
    tokens=st.integers(1, 300),
    count=st.integers(1, 6),
)
def test_the_budget_and_the_frame_hold(
    tmp_path_factory: pytest.TempPathFactory, turns: list[str], tokens: int, count: int
) -> None:
    with opened(tmp_path_factory.mktemp("budget") / "memory.db") as ledger:
        ledger.append(*(said(text) for text in turns))
        found = recalled(ledger, "vault code", tokens=tokens, notes=count)
    assert len(found.notes) <= count
    if found.message is None:
        assert not found.notes
        return
    header, *lines = found.message.content.split("\n")
    assert header == HEADER and len(lines) == len(found.notes)
    assert len(TOKENIZER.encode("\n".join(lines))) <= tokens
    assert [(n.said_at, n.entry_id) for n in found.notes] == sorted(
        (n.said_at, n.entry_id) for n in found.notes
    )
    assert all(id < 256 for id in TOKENIZER.encode(found.message.content)), "a special token"


def test_a_note_that_is_too_long_is_cut(ledger: Ledger) -> None:
    ledger.append(said("the vault code is 7341 " + "and so on " * 60))
    (note,) = recalled(ledger, "vault code", tokens=80).notes
    assert note.text.startswith("the vault code is 7341") and note.text.endswith("...")


ASKED = {"code": 4.0, "vault": 4.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I was wrong, the vault code is 7341.", "the vault code is 7341."),
        ("I was tired when I wrote that, the vault code is 7341.", "the vault code is 7341."),
        ("By the way: the vault code is 7341, I think.", "the vault code is 7341, I think."),
        (
            "In room 12, the vault code is 7341.",
            "In room 12, the vault code is 7341.",
        ),  # a number is no preface
        ("At the bank of Oslo, the vault code is 7341.", "At the bank of Oslo, the vault code is 7341."),
        ("The vault, whose code is 7341, is old.", "The vault, whose code is 7341, is old."),
        ("Nothing of that.", "Nothing of that."),
    ],
)
def test_prefaces_are_left_out(text: str, expected: str) -> None:
    assert without_preface(text, ASKED) == expected


def test_sentences_that_need_each_other_stay_together() -> None:
    assert (
        part("There is a vault. Its code is 7341. Bye.", ASKED) == "There is a vault. Its code is 7341. Bye."
    )
    assert part("It rains. The vault code is 7341.", ASKED) == "The vault code is 7341."
    assert part("The vault code is 7341. Is the vault code secret?", ASKED) == "The vault code is 7341."


@given(
    st.lists(st.sampled_from([*SPECIAL_TOKENS, "<|", "|>", "end", "<", "a b", "\n\t"]), max_size=12).map(
        "".join
    )
)
def test_no_special_token_gets_through(text: str) -> None:
    flat = harmless(text, TOKENIZER)
    assert "\n" not in flat and all(id < 256 for id in TOKENIZER.encode(flat))


def test_a_token_that_is_left_when_another_is_taken_out_goes_too() -> None:
    assert harmless("a <|en<|end|>d|> b", TOKENIZER) == "a b"


def test_ordinary_text_is_quoted_as_it_is() -> None:
    for text in ("a < b | c > d", "naïve café 我", "1|2"):
        assert harmless(text, TOKENIZER) == text
