"""Statements become questions and answers; what may not be learned, or was superseded, does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.sleep.memories import Memory, memories
from engram.store.entries import Entry

TOLD = Entry(1, "turn", "user", "chat", "2026-11-18T09:00:00+00:00", "", "", 1, "", "", frozenset(), 0, None)


@given(st.text(max_size=300))
def test_any_text_at_all(text: str) -> None:
    told = memories([replace(TOLD, text=text)])
    assert all(memory.entries == (1,) for memory in told)


def test_several_sentences_and_the_newest_answer_only() -> None:
    day = [
        replace(TOLD, text="My dog's name is Rufo. My cat is called Tibbles."),
        replace(TOLD, id=2, text="What is my dog's name?"),
        replace(TOLD, id=3, text="my dog's name is Bruno", said_at="2026-11-19T09:00:00+00:00"),
    ]
    assert memories(day) == [
        Memory("What is my cat called?", "Your cat is called Tibbles.", "fact", (1,), TOLD.said_at),
        Memory(
            "What is my dog's name?", "Your dog's name is Bruno.", "fact", (3,), "2026-11-19T09:00:00+00:00"
        ),
    ]


def test_what_is_said_again_is_no_other_memory() -> None:
    said = (
        "My dog's name is Rufo.",
        "my dog's name is  Rufo",
        "My dog's name is Bruno.",
        "My dog's name is Rufo.",
    )
    days = [replace(TOLD, id=n, text=text, said_at=f"2026-11-1{n}") for n, text in enumerate(said, 1)]
    (again,) = memories(days[:2])
    assert again == replace(memories(days[:1])[0], said_at="2026-11-12")
    (changed_back,) = memories(days)
    assert changed_back.entries == (4,), "between them it was otherwise"


def test_told_facts_by_their_key() -> None:
    fact = replace(TOLD, kind="fact", source="remember")
    day = [
        replace(fact, key="dog's name", text="Rufo"),
        replace(fact, id=2, key="Mara's city", text="Porto"),
        replace(fact, id=3, key="Where is the spare key?", text="Under the mat."),
        replace(fact, id=4, key="dog's name", text="Bruno", replaces=1),
    ]
    assert [(m.question, m.answer, m.entries) for m in memories(day)] == [
        ("What is Mara's city?", "Mara's city is Porto.", (2,)),
        ("Where is the spare key?", "Under the mat.", (3,)),
        ("What is my dog's name?", "Your dog's name is Bruno.", (4,)),
    ]


def test_confirmed_answers_are_habits_and_others_are_not() -> None:
    question = replace(TOLD, text="Give me today's standup")
    answer = replace(TOLD, id=2, speaker="assistant", text="- done\n- next\n- blocked", rating=1)
    found = memories([question, answer])
    assert found == [Memory(question.text, answer.text, "habit", (1, 2), answer.said_at)]
    assert memories([question, replace(answer, rating=0)]) == []
    assert memories([replace(question, tags=frozenset({"no-train"})), answer]) == []
    assert memories([answer]) == []  # nobody asked


@pytest.mark.parametrize(
    "change",
    [
        {"source": "pasted"},
        {"source": "import:chatgpt"},
        {"speaker": "tool"},
        {"speaker": "assistant"},
        {"tags": frozenset({"no-train"})},
        {"tags": frozenset({"no-memory"})},
        {"rating": -1},
    ],
    ids=str,
)
def test_only_what_the_user_said_or_confirmed(change: dict[str, object]) -> None:
    told = replace(TOLD, text="My dog's name is Rufo.")
    assert memories([told]) and not memories([replace(told, **change)])  # type: ignore[arg-type]
