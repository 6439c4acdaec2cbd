"""Rows that are too long: refused by name, left out, or cut; and what a template refuses is named by row."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.unit.training.makers import BASE, row

from engram.errors import LessonError, ModelError
from engram.lessons.rows import text_row
from engram.models.fake import STOP_ID, ByteRenderer
from engram.training.examples import Fitted, fit_rows, render_rows
from engram.types import Message, Rendered

RENDERER = BASE.renderer
SHORT, LONG = row("a", "b", "short"), row("question", "a long answer to it", "long")
EMPTY = row("a" * 50, "b", "late")
"""Its answer begins behind every limit below."""


def fitted(limit: int, too_long: str) -> Fitted:
    return fit_rows([SHORT, LONG, EMPTY], RENDERER, limit, too_long)  # type: ignore[arg-type]


def test_refused_by_name() -> None:
    with pytest.raises(LessonError) as wrong:
        fitted(20, "refuse")
    assert [problem.split(":")[0] for problem in wrong.value.problems] == ["row 2 (long)", "row 3 (late)"]


def test_left_out_and_counted() -> None:
    seen = fitted(20, "drop")
    assert (len(seen.examples), seen.dropped, seen.cut, seen.emptied) == (1, 2, 0, 0)
    (note,) = seen.notes("Training")
    assert "20 tokens: 2" in note


def test_cut_rows_keep_their_beginning_and_learn_no_end() -> None:
    seen = fitted(20, "cut")
    assert (len(seen.examples), seen.dropped, seen.cut, seen.emptied) == (2, 0, 1, 1)
    whole, cut = RENDERER.conversation(LONG.messages), seen.examples[1]
    assert cut.ids.tolist() == whole.ids[:20].tolist() and cut.mask.tolist() == whole.mask[:20].tolist()
    assert STOP_ID not in cut.ids[cut.mask] and cut.mask.any()
    assert len(list(seen.notes("Training"))) == 2


def test_nothing_is_done_to_rows_that_fit() -> None:
    whole = [RENDERER.conversation(item.messages) for item in (SHORT, LONG, EMPTY)]
    for too_long in ("refuse", "drop", "cut"):
        seen = fitted(100, too_long)
        assert [e.ids.tolist() for e in seen.examples] == [e.ids.tolist() for e in whole]
        assert not list(seen.notes("Training"))


def test_text_rows_are_taught_whole() -> None:
    (example,) = render_rows([text_row("abc", "c", "s", "train")], RENDERER, 10)
    assert example.ids.tolist() == [*b"abc", STOP_ID] and example.mask.tolist() == [False, True, True, True]


class Picky(ByteRenderer):
    def conversation(self, messages: Sequence[Message]) -> Rendered:
        if messages[0].role != "user":
            raise ModelError("Roles must alternate.")
        return super().conversation(messages)


def test_what_a_template_refuses_is_named_by_row() -> None:
    odd = row("x", "y", "odd")
    odd = type(odd)((Message("assistant", "hi"), *odd.messages), "c", "odd", "train")
    with pytest.raises(LessonError) as wrong:
        fit_rows([SHORT, odd], Picky(), 100, "cut")
    assert wrong.value.problems == ("row 2 (odd): Roles must alternate.",)


def test_thousands_of_problems_are_counted_and_some_are_listed() -> None:
    with pytest.raises(LessonError) as wrong:
        render_rows([LONG] * 3_000, RENDERER, 10)
    assert len(wrong.value.problems) == 50 and "2,950 more" in wrong.value.message
