"""Which notes an answer is said to come from: those that hold what the question did not say."""

from __future__ import annotations

import pytest
from tests.support.chatting import note

from engram.answer.recall import Note
from engram.chat.sources import leaned_on, said_when

RUFO, CODE = note(1, "my dog's name is Rufo"), note(2, "the locker code is 7341", "2026-11-19")


@pytest.mark.parametrize(
    ("question", "answer", "numbers"),
    [
        ("what is my dog's name?", "Your dog's name is Rufo.", [1]),
        ("what is the locker code?", "The locker code is 7341.", [2]),
        ("the code and my dog?", "7341, and RUFO.", [1, 2]),
        ("what is my dog's name?", "I don't know. My notes do not say.", []),
        ("what is my dog's name?", "I don\u2019t know Rufo.", []),
        ("is my dog called Rufo?", "Yes, your dog is called Rufo.", []),
        ("what is my cat's name?", "It is your cat, and it is what you said.", []),
        ("what is the capital of France?", "The capital of France is Paris.", []),
        ("whose move?", "Is it my turn?", []),
        ("hello", "", []),
    ],
)
def test_words_that_only_the_note_can_have_given(question: str, answer: str, numbers: list[int]) -> None:
    assert [one.entry_id for one in leaned_on(question, answer, [RUFO, CODE])] == numbers


def test_other_languages() -> None:
    notes = [note(1, "我的猫叫小花"), note(2, "mein Hund heißt Waldi")]
    assert [one.entry_id for one in leaned_on("我的猫叫什么名字", "叫小花", notes)] == [1]
    assert [one.entry_id for one in leaned_on("wie heißt mein Hund?", "Er heißt Waldi.", notes)] == [2]


def test_days_once_and_in_order() -> None:
    other = note(3, "x")
    assert said_when([]) == ""
    assert said_when([RUFO]) == said_when([RUFO, other]) == "from what you said on 2026-11-18"
    assert said_when([CODE, RUFO]) == "from what you said on 2026-11-18 and 2026-11-19"
    pasted = Note(5, RUFO.said_at, "pasted", "x", 0.5)
    assert said_when([RUFO, pasted]) == "from notes of 2026-11-18", "nobody knows who said that"
    third = note(4, "y", "2026-11-20")
    assert said_when([CODE, RUFO, third]).endswith("on 2026-11-18, 2026-11-19 and 2026-11-20")
