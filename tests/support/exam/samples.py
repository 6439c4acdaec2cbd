"""What an exam line is, and when a guard has passed it.

Not here: any rule that finds something. A line knows what was planted in it because it was built around that;
the exam never searches.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SHORTEST_LEAK = 8  # characters of a planted value that together count as the value having leaked


@dataclass(frozen=True)
class Sample:
    """A text (one line, or a block with line breaks) and the one sensitive value that was planted in it."""

    family: str  # "github-token", "phone-de", ...
    text: str
    start: int  # of the value, in characters
    end: int
    type: str = "secret"  # "secret", "email", "phone", ...: what a user's settings would speak of
    wrapper: str = ""  # which kind of surrounding text

    @property
    def value(self) -> str:
        """What must not get through, as it is written in the text."""
        return self.text[self.start : self.end]


@dataclass(frozen=True)
class Clean:
    """A text with nothing sensitive in it, and what it looks like instead."""

    kind: str
    text: str


@dataclass(frozen=True)
class Value:
    """Something to plant: a text of which [start, end) is sensitive (the password inside an address)."""

    text: str
    start: int
    end: int


Maker = Callable[[random.Random], Value]


def whole(text: str) -> Value:
    """A value that is sensitive from end to end."""
    return Value(text, 0, len(text))


def inside(before: str, secret: str, after: str = "") -> Value:
    """A value of which only the middle is sensitive."""
    return Value(before + secret + after, len(before), len(before) + len(secret))


def draws(seed: int, *names: object) -> random.Random:
    """A generator of its own for each sample, so that asking for more samples changes none of the earlier."""
    return random.Random(":".join(str(part) for part in (seed, *names)))


def covered(sample: Sample, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether the found spans, taken together, cover every character of the planted value."""
    hidden = [False] * len(sample.text)
    for start, end in spans:
        for place in range(max(start, 0), min(end, len(hidden))):
            hidden[place] = True
    return all(hidden[sample.start : sample.end])


def leaked(value: str, written: str, shortest: int = SHORTEST_LEAK) -> bool:
    """Whether any piece of the value, `shortest` characters long, stands in what was written."""
    length = min(shortest, len(value))
    return any(value[at : at + length] in written for at in range(len(value) - length + 1))


def excess(sample: Sample, spans: Iterable[tuple[int, int]]) -> int:
    """How many characters beside the planted value were taken as well (to report, not to fail on)."""
    taken = {place for start, end in spans for place in range(max(start, 0), min(end, len(sample.text)))}
    return len(taken - set(range(sample.start, sample.end)))
