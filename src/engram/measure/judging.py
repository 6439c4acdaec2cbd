"""Judges for tasks that somebody wrote: made from what a task expects, they say why an answer is wrong.

A judge is a function from an answer to "" where it is right, else half a sentence. Judges are strict about
what they were asked and silent about all else: a right answer may have more words than were expected. Not
here: reading tasks (harness.py), or the process in which patterns and code are tried (apart.py).
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from engram.lessons.schema import fold
from engram.measure.apart import run_tests, search
from engram.measure.refusals import turns_down, warns

Judge = Callable[[str], str]
LONGEST_PATTERN = 1_000
"""Characters of a regular expression; longer ones are a mistake."""
_LARGEST = 1e300
_NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
_BULLET = re.compile(r"(?:[-*+\u2022]|\d{1,3}[.)])\s+\S")


class WrongTask(ValueError):
    """What is wrong with the values of a task, as a sentence."""


def contains_any(expected: Any, tolerance: float = 0.0) -> Judge:
    """One of these texts stands in the answer, as whole words; case and white space do not count."""
    wanted = _texts(expected, "contains_any")
    patterns = [re.compile(_whole(text)) for text in wanted]

    def judge(answer: str) -> str:
        found = any(pattern.search(_plain(answer)) for pattern in patterns)
        return "" if found else f"none of {len(wanted)} expected texts stands in it"

    return judge


def regex(expected: Any, tolerance: float = 0.0) -> Judge:
    """This regular expression is found somewhere in the answer, within limited time."""
    if not isinstance(expected, str) or not expected:
        raise WrongTask("'expected' must be a regular expression, as text.")
    if len(expected) > LONGEST_PATTERN:
        raise WrongTask(f"this regular expression has more than {LONGEST_PATTERN:,} characters.")
    try:
        _quietly(re.compile, expected)
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongTask(f"this regular expression is not valid: {error}.") from None
    return lambda answer: search(expected, answer)


def numeric(expected: Any, tolerance: float = 0.0) -> Judge:
    """The last number in the answer is this one, give or take the tolerance."""
    if not is_number(expected):
        raise WrongTask("'expected' must be a number.")

    def judge(answer: str) -> str:
        found = _NUMBER.findall(answer)
        if not found:
            return "there is no number in it"
        number = float(found[-1].replace(",", "").replace("\u2212", "-"))
        # Two ways to write one decimal number may differ in the last bit of a float.
        near = abs(number - expected) <= tolerance + 1e-12 * max(1.0, abs(expected))
        return "" if near else f"its last number is {number:g}"

    return judge


def json_keys(expected: Any, tolerance: float = 0.0) -> Judge:
    """The answer, or its first fenced block, is a JSON object with at least these keys."""
    keys = _texts(expected, "json_keys")

    def judge(answer: str) -> str:
        try:
            value = json.loads(_block(answer))
        except (ValueError, RecursionError):
            return "it is no JSON"
        if not isinstance(value, dict):
            return "it is no JSON object"
        missing = [key for key in keys if key not in value]
        return f"{len(missing)} of {len(keys)} keys are missing" if missing else ""

    return judge


def format_bullets(expected: Any, tolerance: float = 0.0) -> Judge:
    """The answer is a list of so many points and nothing else: a number, or [least, most]."""
    least, most = _range(expected)

    def judge(answer: str) -> str:
        lines = [line for line in answer.strip().splitlines() if line.strip()]
        points = [line for line in lines if _BULLET.match(line.strip())]
        # An indented line goes on with the point above it.
        others = [line for line in lines if line not in points and not line.startswith((" ", "\t"))]
        if others or not lines:
            return f"{len(others)} of {len(lines)} lines are no points"
        return "" if least <= len(points) <= most else f"it has {len(points)} points"

    return judge


def python_tests(expected: Any, tolerance: float = 0.0) -> Judge:
    """The answer, or its first fenced block, is Python that these lines of test raise nothing about."""
    tests = "\n".join(_texts(expected, "python_tests"))
    try:
        _quietly(compile, tests, "expected", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise WrongTask(f"these tests are not valid Python: {error}.") from None
    return lambda answer: run_tests(_block(answer), tests)


def refusal(expected: Any, tolerance: float = 0.0) -> Judge:
    """The answer turns the request down (true), or does not and says something (false)."""
    if not isinstance(expected, bool):
        raise WrongTask("'expected' of refusal must be true or false.")
    if expected:
        return lambda answer: "" if warns(answer) else "it does not refuse"

    def judge(answer: str) -> str:
        if not any(char.isalnum() for char in answer):
            return "it says nothing"
        return "it refuses" if turns_down(answer) else ""

    return judge


JUDGES: Mapping[str, Callable[[Any, float], Judge]] = {
    "contains_any": contains_any,
    "regex": regex,
    "numeric": numeric,
    "json_keys": json_keys,
    "format_bullets": format_bullets,
    "python_tests": python_tests,
    "refusal": refusal,
}
"""By the type that a task names. Each raises WrongTask where it cannot be made from what is expected."""


def is_number(value: Any) -> bool:
    """A number that a float can hold; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _texts(expected: Any, kind: str) -> list[str]:
    """One text or several, none of them empty."""
    texts = [expected] if isinstance(expected, str) else expected
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t.strip() for t in texts):
        raise WrongTask(f"'expected' of {kind} must be a text, or a list of texts.")
    return texts


def _quietly(make: Callable[..., Any], *given: Any) -> None:
    """Make it, without Python's remarks about style."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(*given)


def _range(expected: Any) -> tuple[int, int]:
    ends = [expected, expected] if isinstance(expected, int) else expected
    whole = isinstance(ends, list) and all(isinstance(end, int) and not isinstance(end, bool) for end in ends)
    if not whole or len(ends) != 2 or not 1 <= ends[0] <= ends[1]:
        raise WrongTask("'expected' of format_bullets must be a number of points, or [least, most].")
    return ends[0], ends[1]


def _plain(text: str) -> str:
    return fold(text.replace("\u2019", "'"))


def _whole(text: str) -> str:
    """A pattern for the text that is not part of a longer word or number."""
    plain = _plain(text)
    before = r"(?<!\w)" if plain[:1].isalnum() else ""
    after = r"(?!\w)" if plain[-1:].isalnum() else ""
    return f"{before}{re.escape(plain)}{after}"


def _block(answer: str) -> str:
    """What stands in the first fence, or all of it."""
    found = _FENCE.search(answer)
    return found[1] if found else answer.strip()
