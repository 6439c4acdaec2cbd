"""Names of people, by an optional recogniser (extra `privacy`: presidio-analyzer with a spaCy model).

Rules cannot know names, so without a recogniser none are found, and that is said in docs/privacy.md. Not
here: everything that rules can find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engram.errors import MissingReader
from engram.privacy.findings import NAME, Finding

Recogniser = Callable[[str], Iterable[tuple[int, int]]]
"""A text to the spans of the names in it."""


def presidio_names() -> Recogniser:
    """Presidio's, which loads a language model of its own. Raises MissingReader where it is not installed."""
    try:
        from presidio_analyzer import AnalyzerEngine
    except ImportError as error:
        raise MissingReader(
            "Finding names needs presidio-analyzer, which is not installed.",
            "pip install 'engram[privacy]' and a spaCy model, or set privacy.names to none.",
        ) from error
    engine: Any = AnalyzerEngine()

    def spans(text: str) -> Iterator[tuple[int, int]]:
        for found in engine.analyze(text, language="en", entities=["PERSON"]):
            yield found.start, found.end

    return spans


def names(text: str, recogniser: Recogniser) -> Iterator[Finding]:
    """What the recogniser takes for a name."""
    for start, end in recogniser(text):
        yield Finding(NAME, start, end, "recogniser")
