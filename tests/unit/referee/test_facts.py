"""The referee's facts and questions: nobody can guess them, and each column asks what it says.

Not here: answers to them.
"""

from __future__ import annotations

import pytest

from engram.referee.asking import is_right
from engram.referee.facts import ASKED, COLUMNS, UPDATED, Question, make_facts, make_questions


@pytest.mark.parametrize("count", [10, 12, 100, 1000])
def test_every_key_is_told_once_and_no_value_is_part_of_its_key(count: int) -> None:
    facts, untold = make_facts(count, 3)
    keys = [fact.key for fact in (*facts, *untold)]
    assert len(facts) == count and len(set(keys)) == len(keys)
    people = [{fact.key.split("'")[0] for fact in some} for some in (facts, untold)]
    assert len(untold) == ASKED["untold"] and people[0].isdisjoint(people[1])
    assert sum(bool(fact.older) for fact in facts) == round(UPDATED * count)
    assert all(fact.older != fact.value and fact.value not in fact.key for fact in facts)
    assert all(fact.before is None or fact.before.value == fact.older for fact in facts)


def test_a_seed_gives_the_same_facts_and_another_seed_others() -> None:
    assert make_facts(50, 1) == make_facts(50, 1)
    first, second = (dict.fromkeys(fact.key for fact in make_facts(50, seed)[0]) for seed in (1, 2))
    assert not set(first) & set(second)


def test_columns_ask_about_the_facts_that_they_are_about() -> None:
    facts, untold = make_facts(300, 0)
    by_question = {fact.question: fact for fact in facts}
    asked = make_questions(facts, untold, 0)
    for column in COLUMNS:
        of = [question for question in asked if question.column == column]
        there = {"updated": 60, "untold": 100}.get(column, 240)
        assert len(of) == min(ASKED[column], there), column
    for question in asked:
        if question.column == "updated":
            assert question.older == by_question[question.text].older != ""
        elif question.column == "untold":
            assert question.text not in by_question and not question.expected
        elif question.column == "recall":
            assert by_question[question.text].value == question.expected
        else:
            assert question.text not in by_question
            assert any(fact.key[1:] in question.text for fact in facts if fact.value == question.expected)


@pytest.mark.parametrize(
    ("column", "answer", "right"),
    [
        ("recall", "Rufo", True),
        ("recall", "It is rufo.", True),
        ("recall", "It is Rufolo.", False),
        ("updated", "Rufo, and before that Bello.", False),
        ("updated", "Rufo.", True),
        ("longer", "Rufo.", False),
        ("longer", "Mara's dog is Rufo.", True),
        ("untold", "I don't know. You have not told me.", True),
        ("untold", "Rufo.", False),
    ],
)
def test_one_rule_decides_what_is_right(column: str, answer: str, right: bool) -> None:
    expected = "" if column == "untold" else "Rufo"
    question = Question(column, "What?", expected, "Bello" if column == "updated" else "")  # type: ignore[arg-type]
    assert is_right(question, answer) is right
