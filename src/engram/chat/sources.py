"""Which of the notes before the model an answer seems to come from: a rule, for the line under an answer.

A note counts when it holds a word of the answer that the question did not already say. That is a sign, not a
proof: nobody can see what a model went by, and /why shows every note. Not here: which notes there are
(answer/recall.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from engram.answer.recall import Note
from engram.lookup.facts import Fact
from engram.store.entries import local
from engram.store.words import is_function_word, terms

UNKNOWN = "i don't know"
"""How an ungrounded question is answered, in lower case."""


def leaned_on(question: str, answer: str, notes: Sequence[Note]) -> list[Note]:
    """Those of the notes, in their order; none for an answer that says it does not know."""
    if answer.strip().casefold().replace("\u2019", "'").startswith(UNKNOWN):
        return []
    news = {term for term in terms(answer) if not is_function_word(term)} - set(terms(question))
    return [note for note in notes if news & set(terms(note.text))]


def said_when(notes: Sequence[Note]) -> str:
    """For instance `from what you said on 2026-11-18 and 2026-11-19`; "" without notes."""
    days = sorted({f"{local(note.said_at):%Y-%m-%d}" for note in notes})
    if not days:
        return ""
    *earlier, last = days
    whose = "what you said on" if all(note.speaker == "user" for note in notes) else "notes of"
    return f"from {whose} {', '.join(earlier)}{' and ' * bool(earlier)}{last}"


def told_exactly(fact: Fact) -> str:
    """For instance `from the exact memory: dog's name = Rufo, told 2026-11-21, entry 12`."""
    told = f"told {local(fact.since):%Y-%m-%d}, entry {fact.source}"
    return f"from the exact memory: {fact.key} = {fact.answer}, {told}"
