"""Promise 16: of planted verbatim and normalised overlaps 100% are found, and nobody else is accused.

Beside the generated cases of tests/unit/lessons/test_leaks.py: every shipped row that measures, planted in
every disguise, and generated sets of rows against a comparison of all pairs written here.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.config import DataSettings
from engram.lessons.build import Lessons, build_lessons
from engram.lessons.leaks import find_leaks
from engram.lessons.reader import read_patterns, shipped_sets
from engram.lessons.rows import Row, Split
from engram.types import Message

WHOLE = ("verbatim", "normalised", "held-out input")
_WIDE = {code: code + 0xFEE0 for code in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1))}
DISGUISES: dict[str, Callable[[str], str]] = {
    "none": str,
    "upper case": str.upper,
    "title case": str.title,
    "doubled spaces": lambda text: text.replace(" ", "  "),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "one word a line": lambda text: "\n".join(text.split()),
    "space around it": lambda text: f"\t {text}\r\n",
    "full width": lambda text: text.translate(_WIDE),
    "decomposed": lambda text: unicodedata.normalize("NFKD", text),
    "quoted": lambda text: f'"{text}"' if text[0].isalnum() and text[-1].isalnum() else text,
    "all at once": lambda text: "\u2003".join(text.translate(_WIDE).swapcase().split()) + "\n",
}


@cache
def shipped() -> Lessons:
    return build_lessons(read_patterns(shipped_sets()), DataSettings())


def row(text: str, source: str, split: Split) -> Row:
    return Row((Message("user", text), Message("assistant", "x")), "c", source, split)


QUICK = ("none", "all at once")


@pytest.mark.parametrize(
    "disguise", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in DISGUISES]
)
def test_every_shipped_question_is_found_when_planted(disguise: str) -> None:
    """Each stands once among the training rows, under another source; all of them are reported."""
    lessons = shipped()
    asked = [row for row in (*lessons.valid, *lessons.test) if row.split != "recall"]
    assert len(asked) > 400
    change = DISGUISES[disguise]
    planted = [row(change(item.question[0].content), f"planted-{n}", "train") for n, item in enumerate(asked)]
    train = [*lessons.train[:100], *planted]
    random.Random(0).shuffle(train)
    leaks = find_leaks(train, asked)
    assert [leak.evaluation for leak in leaks] == asked
    assert {leak.kind for leak in leaks} <= set(WHOLE)


def words_of(text: str) -> str:
    """What the generated questions below have in common when they are the same: letters and digits only."""
    return " ".join(text.casefold().split())


ALPHABET = "aAbBéÉ7ßЖж漢 \n\t\u00a0"
QUESTIONS = st.lists(st.text(ALPHABET, min_size=1, max_size=5).filter(str.strip), max_size=12)
KINDS = st.sampled_from([split for split in get_args(Split) if split not in ("train", "unseen")])


@pytest.mark.parametrize("examples", [150, pytest.param(20_000, marks=pytest.mark.slow)])
def test_the_same_are_found_as_by_comparing_all_pairs(examples: int) -> None:
    """Questions of few letters collide often; short ones can leak in no other way than whole."""

    @settings(max_examples=examples, deadline=None)
    @given(QUESTIONS, st.lists(st.tuples(st.text(ALPHABET, min_size=1, max_size=5), KINDS), max_size=12))
    def check(trained: list[str], asked: list[tuple[str, Split]]) -> None:
        train = [row(text, f"t{n}", "train") for n, text in enumerate(trained)]
        measuring = [row(text, f"m{n}", split) for n, (text, split) in enumerate(asked) if text.strip()]
        expected = [
            item
            for item in measuring
            if item.split != "recall"
            and any(words_of(item.question[0].content) == words_of(text) for text in trained)
        ]
        assert [leak.evaluation for leak in find_leaks(train, measuring)] == expected

    check()


@pytest.mark.parametrize("examples", [150, pytest.param(20_000, marks=pytest.mark.slow)])
def test_a_held_out_question_is_found_inside_any_other(examples: int) -> None:
    words = st.lists(st.sampled_from(["ab", "Ab", "c", "é", "7"]), min_size=1, max_size=4)

    @settings(max_examples=examples, deadline=None)
    @given(words, st.lists(words, max_size=6))
    def check(held_out: list[str], trained: list[list[str]]) -> None:
        train = [row("  ".join(text), f"t{n}", "train") for n, text in enumerate(trained)]
        target = row(" ".join(held_out), "m", "unseen")
        inside = f" {words_of(' '.join(held_out))} "
        expected = any(inside in f" {words_of(' '.join(text))} " for text in trained)
        assert bool(find_leaks(train, [target])) == expected

    check()
