"""Sentences and questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.store.sentences import is_question, sentences, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 3.50 at Dr. Vole. Cheap.", ["It costs 3.50 at Dr. Vole.", "Cheap."]),
        ("first line\nsecond line", ["first line", "second line"]),
        ("我叫小白。你呢？", ["我叫小白。", "你呢？"]),
        ("no end", ["no end"]),
        (" \n ", []),
    ],
)
def test_sentences_are_parted(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == expected


@given(st.text(max_size=200))
def test_nothing_but_space_lies_between_sentences(text: str) -> None:
    end = 0
    for start, stop in sentences(text):
        assert start >= end and not text[end:start].strip() and text[start:stop].strip() == text[start:stop]
        end = stop
    assert not text[end:].strip()


@pytest.mark.parametrize(
    "text",
    [
        "what is my dog's name",
        "My name?",
        "tell me the code",
        "and where do I live",
        "Do you know it",
        "你叫什么？",
        "hi, who am I",
    ],
)
def test_questions_are_known(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "my dog is Rufo",
        "Remember: the code is 7341",
        "I know what I want.",
        "what I hate is noise: trams",
        "Whoever it was, it is Tom",
    ],
)
def test_statements_are_no_questions(text: str) -> None:
    assert not is_question(text)


def test_only_what_is_told_stays() -> None:
    assert told("My dog is Rufo. What does he eat?") == "My dog is Rufo."
    assert told("What is my name?") == ""
    assert told("  two  spaces. stay ") == "two  spaces. stay"
