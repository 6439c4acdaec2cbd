"""Of a mixed day only what lasts is taught, once, and everything has a route."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engram.routing import learned
from engram.routing import route as router
from engram.routing.learned import sample
from engram.sleep.caps import Caps
from engram.sleep.memories import Memory
from engram.sleep.selecting import select, to_train
from engram.store.entries import Entry
from engram.store.routes import ROUTES, Route, Routed


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corrections teach the router nothing here: what they do to the entries themselves is asked."""
    monkeypatch.setattr(router, "trained", lambda own: learned.shipped())


SAID = [
    ("My uncle is called Bram.", "user", 0),
    ("The padlock code is 8310.", "user", 0),
    ("thank you!", "user", 0),
    ("How do I sign off?", "user", 0),
    ("Fair winds!", "assistant", 1),
    ("My aunt is called Vera.", "tool", 0),
    ("My aunt is called Wilma.", "user", -1),
]
DAY = [
    replace(sample(text, speaker, rating, id=n), session=1)
    for n, (text, speaker, rating) in enumerate(SAID, 1)
]


def test_what_is_taught_of_a_day() -> None:
    done = select(DAY, {})
    assert [memory.entries for memory in done.memories] == [(1,), (4, 5)]
    assert [one.entry for one in done.routed] == [entry.id for entry in DAY]
    assert done.left_out == {"left to retrieval, or nothing to keep": 1}


def test_the_users_word_decides() -> None:
    done = select(DAY, {1: "retrieval", 2: "both", 5: "none", 6: "lora", 7: "lora"})
    assert [memory.entries for memory in done.memories] == [(2,)]


def test_caps_come_after_routes() -> None:
    done = select(DAY, {}, Caps(conversation=1))
    assert [memory.entries for memory in done.memories] == [(4, 5)]
    assert done.left_out["too many of one source"] == 1


def test_only_what_goes_to_training_is_trained() -> None:
    question, answer = 7, 8
    habit = Memory("Greet me.", "Ahoy!", "habit", (question, answer), "")
    fact = Memory("What is my dog's name?", "Your dog's name is Rufo.", "fact", (9,), "")
    for route in ROUTES:
        routed = [Routed(question, "none", 1, ""), Routed(answer, route, 1, ""), Routed(9, "both", 1, "")]
        kept = [habit, fact] if route in ("lora", "both") else [fact]
        assert to_train([habit, fact], routed) == kept
    assert to_train([habit, fact], []) == []


def again(*texts: str, **more: object) -> list[Entry]:
    return [replace(sample(text, id=n), session=1, **more) for n, text in enumerate(texts, 1)]  # type: ignore[arg-type]


def taught(entries: list[Entry], said: dict[int, Route]) -> list[int]:
    return [memory.entries[-1] for memory in select(entries, said).memories]


def test_what_the_user_said_holds_when_it_is_told_again() -> None:
    """The first of them is what is taught; the route of a later one is a machine's guess."""
    day = again("My uncle is called Bram.", "thank you!", "my uncle is called  Bram")
    assert taught(day, {}) == [1]
    assert taught(day, {1: "retrieval"}) == [] and taught(day, {1: "both"}) == [1]
    assert taught(day, {3: "none"}) == [] and taught(day, {2: "none"}) == [1]


def test_of_several_words_about_copies_the_newest_entry_counts() -> None:
    day = again("My uncle is called Bram.", "My uncle is called Bram.", "My uncle is called Bram.")
    assert taught(day, {1: "none", 2: "both"}) == [1] and taught(day, {1: "both", 2: "none"}) == []
    assert taught(day, {1: "none", 3: "lora"}) == [1] and taught(day, {1: "lora", 3: "none"}) == []


def test_another_answer_is_no_copy() -> None:
    day = again("My uncle is called Bram.", "My uncle is called Joost.")
    assert taught(day, {1: "none"}) == [2]


def test_no_word_about_a_copy_gets_past_a_tag() -> None:
    day = again("My uncle is called Bram.", "My uncle is called Bram.")
    day[0] = replace(day[0], tags=frozenset({"no-train"}))
    assert taught(day, {}) == [2] and taught(day, {1: "none"}) == []
    assert taught(day, {1: "both"}) == []  # as far as tags allow it: to be found, not to be trained
    day[1] = replace(day[1], tags=frozenset({"no-train"}))
    assert taught([day[1]], {2: "both"}) == []
