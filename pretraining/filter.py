"""The corpus filter: no pretraining document may hold a shipped pattern, input together with output.

Texts are compared without whitespace and with case folded. A document is hit when the input occurs in it and
the output occurs somewhere after it. Hits are counted by pattern set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

PATTERNS = Path(__file__).resolve().parent.parent / "src" / "engram" / "patterns"


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


@dataclass(frozen=True)
class Pattern:
    """A shipped example in its folded form, with the name of its set."""

    source: str
    given: str
    wanted: str

    @classmethod
    def of(cls, source: str, given: str, wanted: str) -> Pattern:
        return cls(source, _folded(given), _folded(wanted))

    def inside(self, folded: str) -> bool:
        """Whether the folded text holds the input and, after it, the output."""
        at = folded.find(self.given)
        return at >= 0 and folded.find(self.wanted, at + len(self.given)) >= 0


def load_patterns(folder: Path = PATTERNS) -> list[Pattern]:
    """All examples of all pattern files of a folder; taught ones and held-out members alike."""
    patterns = []
    for path in sorted(folder.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for example in document["examples"]:
            patterns.append(Pattern.of(path.stem, str(example["input"]), str(example["output"])))
    return patterns


@dataclass
class Filter:
    """Says which documents to drop, and counts why."""

    patterns: list[Pattern]
    hits: Counter[str] = field(default_factory=Counter)
    """Documents dropped, by pattern set."""

    def drops(self, texts: Iterable[str]) -> bool:
        """Whether the document of these texts (its messages in order, or one passage) holds a pattern."""
        folded = "".join("".join(text.split()) for text in texts).casefold()
        for pattern in self.patterns:
            if pattern.inside(folded):
                self.hits[pattern.source] += 1
                return True
        return False
