"""Statements become questions and answers that speak to the user; other sentences do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.routing.statements import LONGEST_VALUE, addressed, asked

STATEMENTS = [
    ("My dog's name is Rufo.", "What is my dog's name?", "Your dog's name is Rufo."),
    (
        "ok, my sister Mara lives in Porto",
        "Where does my sister Mara live?",
        "Your sister Mara lives in Porto.",
    ),
    ("I work as a nurse in Bremen.", "What do I work as?", "You work as a nurse in Bremen."),
    ("I work at the harbour", "Where do I work?", "You work at the harbour."),
    ("Remember that the locker code is 7341", "What is the locker code?", "The locker code is 7341."),
    ("I live near the river.", "Where do I live?", "You live near the river."),
    (
        "my mother's birthday is on 3 May",
        "When is my mother's birthday?",
        "Your mother's birthday is on 3 May.",
    ),
    ("Our wifi name is Juniper-5G", "What is our wifi name?", "Your wifi name is Juniper-5G."),
    ("my cat is called Tibbles", "What is my cat called?", "Your cat is called Tibbles."),
    ("Tom's phone number is 555-0100", "What is Tom's phone number?", "Tom's phone number is 555-0100."),
    ("I was born in 1984", "When was I born?", "You were born in 1984."),
    ("I was born in Lyon", "Where was I born?", "You were born in Lyon."),
    ("I'm allergic to peanuts!", "What am I allergic to?", "You are allergic to peanuts."),
    ("The keys are under the blue pot", "Where are the keys?", "The keys are under the blue pot."),
    ("Mara teaches chemistry", "What does Mara teach?", "Mara teaches chemistry."),
]


@pytest.mark.parametrize(("sentence", "question", "answer"), STATEMENTS, ids=lambda text: text[:20])
def test_a_statement_is_asked_for(sentence: str, question: str, answer: str) -> None:
    assert asked(sentence) == (question, answer)


@pytest.mark.parametrize(
    "sentence",
    [
        *(
            "My dog is very old",
            "the bus is coming",
            "hello there",
            "I think so",
            "It is late",
            "lives in Porto",
        ),
        *("My day was so long that I fell asleep", "", ".", "My is", "the weather is getting worse"),
        f"My story is {'long ' * LONGEST_VALUE}",
    ],
)
def test_what_no_rule_fits_is_left_to_retrieval(sentence: str) -> None:
    assert asked(sentence) is None


@given(st.text(max_size=300))
def test_any_text_at_all(text: str) -> None:
    found = asked(text)
    assert found is None or (found[0].endswith("?") and found[1][-1:] in ".!?")


def test_the_user_is_spoken_to() -> None:
    assert (
        addressed("I said my own is mine, and I was late") == "you said your own is yours, and you were late"
    )
    assert addressed("Myrtle is in Miami") == "Myrtle is in Miami"
