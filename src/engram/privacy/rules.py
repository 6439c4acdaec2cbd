"""A rule: a pattern, the literals without which it cannot match, and a check of what it matched.

Every pattern is linear in the text: repetitions are bounded or of one class of characters with an anchor
before them, and none is nested (tests/unit/privacy/test_speed.py tries to make them slow). Not here: the
rules themselves.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from engram.privacy.findings import Finding

Check = Callable[[str], bool]

# Before a key stands nothing that could belong to it; the n of an escaped line break in JSON does not.
EDGE = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
END = r"(?![A-Za-z0-9])"


def anything(value: str) -> bool:
    return True


def entropy(value: str) -> float:
    """Bits per character by the frequencies in the value itself (Shannon 1948)."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def varied(value: str) -> bool:
    """Not a placeholder such as `xxxx` or `000...`: at least a third as many kinds of characters as a random
    value of a small alphabet would have, and no word that says it is an example."""
    kinds = len(set(value.lower()))
    return kinds >= min(6, len(value) // 3) and not _EXAMPLE.search(value)


def mixed(value: str) -> bool:
    """Both cases and digits, as random base 62 has and names in code have not."""
    return varied(value) and all(re.search(kind, value) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


# Spelled in capitals inside a key, as Amazon's documentation does (AKIAIOSFODNN7EXAMPLE).
_EXAMPLE = re.compile(r"EXAMPLE|example_?key|your[_-]|[xX]{8}|\*{3}|\.{3}|1234567890abcdef1234567890abcdef")


@dataclass(frozen=True, slots=True)
class Rule:
    """`near`: lower-case literals, one of which the text must hold; none asks for none. The finding is the
    pattern's group `it` where it has one, else the whole match."""

    type: str
    name: str
    pattern: re.Pattern[str]
    near: tuple[str, ...] = ()
    check: Check = varied
    group: int | str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", "it" if "it" in self.pattern.groupindex else 0)

    def find(self, text: str) -> Iterator[Finding]:
        """Where it holds, whatever `near` says."""
        for match in self.pattern.finditer(text):
            if self.check(match.group(self.group)):
                yield Finding(self.type, *match.span(self.group), self.name)


def rule(
    type: str, name: str, pattern: str, near: str = "", check: Check = varied, flags: int = re.ASCII
) -> Rule:
    """`near` is words with spaces between. Patterns are of ASCII unless flags say otherwise."""
    return Rule(type, name, re.compile(pattern, flags), tuple(near.lower().split()), check)


def key(type: str, name: str, pattern: str, near: str = "", check: Check = varied) -> Rule:
    """A rule for a value that stands on its own, with nothing of letters and digits beside it."""
    return rule(type, name, f"{EDGE}(?P<it>{pattern}){END}", near, check)


def lowered(text: str) -> str:
    """In lower case, character by character, so that places stay the same."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def find_all(rules: Iterable[Rule], text: str) -> Iterator[Finding]:
    """What these rules find; a rule none of whose literals is there is not tried."""
    low = text.lower()
    for one in rules:
        if not one.near or any(literal in low for literal in one.near):
            yield from one.find(text)
