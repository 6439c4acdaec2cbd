"""What a question is about, whatever its wording: enough to see that two of them ask for the same.

"My doctor's name?", "What is my doctor's name?" and "What is my doctor called?" do. English only, and no
synonyms. Not here: what follows from it (questions.py, unknowns.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from engram.store.words import is_function_word, terms

Topic = frozenset[str]
_CALLED = {"called", "named"}


def topics(text: str) -> set[Topic]:
    """What it asks for, as the words that say something. Who somebody is and what they are called also asks
    for their name."""
    asked = frozenset(term for term in terms(text) if not is_function_word(term))
    if asked & _CALLED:
        asked = asked - _CALLED | {"name"}
    return {asked, asked | {"name"}} if len(asked) == 1 else {asked}


def all_topics(texts: Iterable[str]) -> set[Topic]:
    """Those of every text."""
    return {topic for text in texts for topic in topics(text)}
