"""Judges by hand-made answers, right and wrong ones beside each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.measure.judging import JUDGES, WrongTask, contains_any, format_bullets, json_keys, numeric

CASES: list[tuple[str, Any, float, str, bool]] = [
    ("contains_any", ["Paris", "Lutetia"], 0, "It is  PARIS, of course.", True),
    ("contains_any", ["Paris"], 0, "The Parisian way.", False),
    ("contains_any", "4", 0, "It is 4.", True),
    ("contains_any", "4", 0, "It is 14.", False),
    ("contains_any", "don't know", 0, "I don\u2019t  know that.", True),
    ("contains_any", "c++", 0, "In C++, that is.", True),
    ("contains_any", ["yes"], 0, "", False),
    ("regex", r"^\d{2}:\d{2}$", 0, "07:30", True),
    ("regex", r"^\d{2}:\d{2}$", 0, "at 07:30", False),
    ("numeric", 4, 0, "2 + 2 = 4", True),
    ("numeric", 4, 0, "4 is less than 5", False),
    ("numeric", 1234.5, 0, "It costs 1,234.50 euros.", True),
    ("numeric", -3, 0, "minus: \u22123", True),
    ("numeric", 0.3, 0, "0.30000000000000004", True),
    ("numeric", 3.14, 0.01, "about 3.149", True),
    ("numeric", 3.14, 0.01, "about 3.151", False),
    ("numeric", 1e6, 0, "1e6", True),
    ("numeric", 7, 0, "seven", False),
    ("numeric", 5, 0, "That is 5.", True),
    ("numeric", 2, 0, "see v2", False),
    ("json_keys", ["name", "age"], 0, '{"name": "Ana", "age": 3, "more": 1}', True),
    ("json_keys", ["name", "age"], 0, '{"name": "Ana"}', False),
    ("json_keys", "name", 0, 'Here:\n```json\n{"name": "Ana"}\n```\nDone.', True),
    ("json_keys", "name", 0, '[{"name": "Ana"}]', False),
    ("json_keys", "name", 0, "name: Ana", False),
    ("format_bullets", 2, 0, "- one\n- two\n", True),
    ("format_bullets", 2, 0, "1. one\n2. two\n   goes on", True),
    ("format_bullets", 2, 0, "- one\n- two\n- three", False),
    ("format_bullets", [2, 3], 0, "\u2022 one\n\n\u2022 two\n\u2022 three", True),
    ("format_bullets", 2, 0, "Here they are:\n- one\n- two", False),
    ("format_bullets", 1, 0, "-one", False),
    ("format_bullets", 1, 0, "", False),
    ("python_tests", ["assert f(2) == 4"], 0, "```python\ndef f(x):\n    return x * x\n```", True),
    ("python_tests", ["assert f(2) == 4", "assert f(3) == 9"], 0, "def f(x):\n    return x * 2", False),
]


@pytest.mark.parametrize(
    ("kind", "expected", "tolerance", "answer", "right"),
    CASES,
    ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)],
)
def test_answers_are_judged(kind: str, expected: Any, tolerance: float, answer: str, right: bool) -> None:
    why = JUDGES[kind](expected, tolerance)(answer)
    assert (why == "") == right, why


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *(("contains_any", value) for value in ("", [], ["a", ""], 3, None, {"a": 1})),
        *(("regex", value) for value in ("", "(", "x" * 1_001, ["a"], "a{9999999999}")),
        *(("numeric", value) for value in ("4", True, None, float("nan"), float("inf"), 10**400)),
        *(("json_keys", value) for value in ([], [1], 3)),
        *(("format_bullets", value) for value in (0, [3, 2], [1], "2", True, [True, 2])),
        *(("python_tests", value) for value in ("", "assert (", 3)),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_judged_is_refused(kind: str, expected: Any) -> None:
    with pytest.raises(WrongTask):
        JUDGES[kind](expected, 0)


@given(st.text(max_size=200))
def test_any_answer_gets_a_judgement(answer: str) -> None:
    """Without a process of their own; none raises, whatever a model says."""
    for judge in (contains_any("a"), numeric(1), json_keys("a"), format_bullets(1)):
        assert isinstance(judge(answer), str)


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3)))
def test_a_number_is_found_as_it_is_written(number: float) -> None:
    assert numeric(number)(f"The answer is {number:,.3f}.") == ""
    assert numeric(number)(f"The answer is {number + 1:,.3f}.") != ""
