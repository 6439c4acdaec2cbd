"""Of a mixed day only what lasts is taught, once, and everything has a route."""

from __future__ import annotations

from dataclasses import replace

from engram.sleep.caps import Caps
from engram.sleep.route import sample
from engram.sleep.selecting import select

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
