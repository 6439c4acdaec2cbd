"""What both sides are asked: taught rows and skills, and no skill question that is being taught."""

from __future__ import annotations

import pytest
from tests.support.road import TEXT

from engram.lessons.rows import Row
from engram.measure.probes import load_suite
from engram.teaching import make_exam
from engram.types import Message


@pytest.fixture(autouse=True)
def short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.teaching.load_texts", lambda: TEXT)


def row(split: str, *messages: Message) -> Row:
    return Row((*messages, Message("assistant", "a")), "c", "s", split)  # type: ignore[arg-type]


def test_skill_questions_that_are_taught_are_left_out_and_noted() -> None:
    suite = load_suite("skills")
    trained = [row("train", *probe.messages) for probe in (suite[3], suite[900])]
    test = [row("recall", Message("user", "q"))]
    exam = make_exam(test, len(suite), trained)
    kept = [probe for probe in suite if probe not in (suite[3], suite[900])]
    assert len(exam.probes) == 1 + len(kept) and list(exam.probes[1:]) == kept
    assert exam.notes == ("2 of the skill questions are taught themselves and were not asked.",)


def test_ordinary_lessons_leave_the_suite_whole() -> None:
    exam = make_exam([], 10_000, [row("train", Message("user", "the capital of Portugal"))])
    assert exam.probes == load_suite("skills") and exam.notes == () and exam.texts == TEXT
