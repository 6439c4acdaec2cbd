"""Questions about what nobody told: of the same forms, never one that a memory answers, always the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.config import DataSettings
from engram.lessons.build import build_lessons
from engram.lessons.schema import Pattern, fold
from engram.lessons.wordings import every_wording, frame, put
from engram.measure.metrics import DONT_KNOW
from engram.measure.probes import load_suite
from engram.routing.statements import asked
from engram.sleep.made_up_days import day
from engram.sleep.memories import Memory
from engram.sleep.topics import all_topics
from engram.sleep.unknowns import MOST, OTHERS, TRAITS, _about_others, in_wordings, unknown_questions


def remembered(*told: str) -> list[Memory]:
    found = [asked(text) for text in told]
    return [Memory(*pair, "fact", (number,), "") for number, pair in enumerate(found, 1) if pair]


def test_they_ask_for_the_same_traits_of_other_people() -> None:
    found = unknown_questions(remembered("My cousin's dog is Rufo.", "Mara lives in Porto."), share=99)
    assert "What is Tilda's dog?" in found and "What is my uncle's dog?" in found
    assert "Where does my cousin live?" in found and "What is Mara's dog?" in found
    assert "What is my cousin's dog?" not in found and "Where does Mara live?" not in found


def test_anything_is_asked_about_those_of_whom_nothing_was_told() -> None:
    found = unknown_questions(remembered("My cousin's dog is Rufo.", "Mara lives in Porto."), share=999)
    anybodys = [text for text in found if text.endswith(tuple(f"'s {trait}?" for trait in TRAITS))]
    assert 60 <= len(anybodys) <= OTHERS * MOST
    assert {text.startswith("What is ") for text in anybodys} == {True, False}
    assert not [text for text in anybodys if "my cousin's" in text or "Mara's" in text]


@pytest.mark.parametrize(
    ("told", "contradicted"),
    [
        ("My teacher is called Ms Rux.", "my teacher's name?"),
        ("My teacher is Ms Rux.", "What is my teacher's name?"),
        ("My dog is called Rufo.", "my dog's name?"),
        ("My brother Tom works as a baker.", "What is my brother's job?"),
        ("Leonie Meyer works as a nurse.", "What is Leonie's job?"),
        ("Mara's boss is my uncle.", "my uncle's job?"),
    ],
)
def test_nothing_is_asked_at_large_of_whom_a_memory_mentions(told: str, contradicted: str) -> None:
    memories = remembered("Mara's dog is Rufo.", told)
    assert len(memories) == 2
    pool = set(_about_others(memories))
    assert len(pool) > 500 and contradicted not in pool
    assert contradicted in set(_about_others(memories[:1])) or "dog" in told
    assert contradicted not in unknown_questions([*memories, *remembered("Mara's name is Mara.")], share=99)


def test_what_the_exam_asks_is_left_out_in_every_wording() -> None:
    memories = remembered(*(fact.told for fact in day(1, 0).facts))
    abstain = [
        probe.messages[-1].content for probe in load_suite("skills") if probe.expected.startswith(DONT_KNOW)
    ]
    shared = all_topics(abstain) & all_topics(unknown_questions(memories, share=99))
    assert shared, "or this test proves nothing"
    assert not all_topics(abstain) & all_topics(unknown_questions(memories, share=99, asked=abstain))


def test_what_is_the_users_own_is_asked_of_others() -> None:
    found = unknown_questions(remembered("My favourite soup is borscht."), share=99)
    assert "What is my brother's favourite soup?" in found


@given(st.integers(1, 5), st.integers(0, 3), st.integers(0, 48))
def test_none_of_them_is_answered_by_a_memory(number: int, seed: int, count: int) -> None:
    memories = remembered(*(fact.told for fact in day(number, seed).facts[:count]))
    found = unknown_questions(memories)
    told = {fold(memory.question) for memory in memories}
    assert not {fold(text) for question in found for text in (question, f"What is {question}")} & told
    assert len(found) <= min(MOST, 2 * len(memories)) and len(set(found)) == len(found)
    assert found == unknown_questions(list(reversed(memories)))


def test_there_are_none_for_questions_of_other_forms() -> None:
    habit = Memory("sign off", "Fair winds.", "habit", (1,), "")
    assert unknown_questions([habit]) == [] == unknown_questions([])


def test_they_are_asked_in_the_wordings_of_memories() -> None:
    questions = unknown_questions(remembered(*(fact.told for fact in day(1, 0).facts)))
    found = in_wordings(questions, 12)
    assert all(question in asked_so for question, asked_so in zip(questions, found, strict=True))
    bare = sum(question == asked_so for question, asked_so in zip(questions, found, strict=True))
    assert 0 < bare < len(questions) / 4
    trained = every_wording()
    assert not [text for text in found if any(text in (put(t, q) for q in questions) for t in trained.test)]


def test_no_place_in_a_sentence_is_more_theirs_than_the_memories() -> None:
    """Else a model takes the place for a sign that it does not know."""
    questions, count = [f"What is the code of room {number}?" for number in range(900)], 24
    patterns = [Pattern(question, "7.", "fact", False, "memories", "x") for question in questions]
    lessons = build_lessons(patterns, DataSettings(wordings=count, valid_fraction=0))

    def places(texts: Iterable[str]) -> dict[str, float]:
        found = Counter(
            ("begun " if before else "") + ("ended" if after else "") for before, after in map(frame, texts)
        )
        return {place: times / found.total() for place, times in found.items()}

    theirs = places(in_wordings(questions, count))
    own = places(row.question[0].content for row in lessons.train)
    assert own.keys() == theirs.keys() and len(own) == 4
    assert all(abs(share - theirs[place]) < 0.06 for place, share in own.items())
    assert 0.3 < own["begun "] < 0.6, "what is asked last stands last in many of them"
