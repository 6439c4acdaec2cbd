"""What a model is shown of earlier conversations before it answers: a few dated notes, or nothing.

Not here: searching (store/index.py), and assembling the whole prompt (prompt.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from engram.answer.note_text import harmless, part, supersedes
from engram.config import RecallSettings
from engram.store.entries import PASTED
from engram.store.index import Found, MemoryIndex
from engram.types import Message, Tokenizer

HEADER = (
    "Notes from earlier conversations. Answer from them if they help; if they disagree, the newest is right."
)


EQUAL = 0.9
"""Share of the best figure from which memories count as equally near."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the frame: `text` without date and speaker. `score` is 0 to 1, see store/search.py."""

    entry_id: int
    said_at: str
    speaker: str
    text: str
    score: float

    @property
    def line(self) -> str:
        return f"[{self.said_at[:10]}] {self.speaker}: {self.text}"


@dataclass(frozen=True, slots=True)
class Recalled:
    """The notes, newest last, and the system message that frames them; None when there is no note."""

    notes: tuple[Note, ...] = ()
    message: Message | None = None


class Recall:
    """Notes for questions, from an index and within the budget of a model's tokenizer."""

    def __init__(self, index: MemoryIndex, tokenizer: Tokenizer, settings: RecallSettings) -> None:
        self._index = index
        self._tokenizer = tokenizer
        self._settings = settings

    def recalled(self, question: str, *, now: datetime, exclude: frozenset[int] = frozenset()) -> Recalled:
        """What helps to answer `question`, of all that was said up to now, here or in another program.
        Entries of `exclude` (this conversation's own) are left out."""
        self._index.refresh()
        asked = self._index.asked(question)
        found = self._index.search(question, 4 * self._settings.notes, now=now, exclude=exclude)
        notes = _once(self._note(item, asked) for item in self._chosen(found))
        notes = self._within_budget(without_superseded(notes, asked)[: self._settings.notes])
        if not notes:
            return Recalled()
        notes.sort(key=lambda note: (note.said_at, note.entry_id))
        return Recalled(tuple(notes), Message("system", framed(notes)))

    def _chosen(self, found: Sequence[Found]) -> list[Found]:
        """The memories that are near enough: the best, and of those about as near the newest, in turn, since
        the newest is right where they disagree."""
        least = self._settings.beside * max((item.score for item in found), default=0.0)
        least = max(least, self._settings.floor)
        near = [i for i in found if i.score >= least or self._alike(i)]
        highest = max((item.score for item in near), default=0.0)
        newest = sorted((i for i in near if i.score >= EQUAL * highest), key=_age, reverse=True)
        both = [item for pair in zip_longest(near, newest) for item in pair if item]
        return list(dict.fromkeys(both))

    def _alike(self, item: Found) -> bool:
        """Whether it is near in meaning, for embedders that know meanings."""
        return item.similarity >= self._settings.likeness < 1

    def _within_budget(self, notes: Sequence[Note]) -> list[Note]:
        """As many of the notes, best first, as the budget holds. One that is too long by itself is cut."""
        kept: list[Note] = []
        for note in notes:
            if not kept:
                note = self._cut(note)
            if self._fits([*kept, note]):
                kept.append(note)
        return kept

    def _fits(self, notes: Sequence[Note]) -> bool:
        lines = "\n".join(note.line for note in notes)
        return len(self._tokenizer.encode(lines)) <= self._settings.tokens

    def _cut(self, note: Note) -> Note:
        """The beginning of a note, as many of its words as the budget holds."""
        words = note.text.split(" ")
        while len(words) > 1 and not self._fits([note]):
            words = words[: max(1, len(words) * 4 // 5)]
            note = replace(note, text=" ".join([*words, "..."]))
        return note

    def _note(self, found: Found, asked: Mapping[str, float]) -> Note:
        text = f"{found.key} is {found.text}" if found.key else part(found.text, asked)
        speaker = PASTED if found.source == PASTED else found.speaker
        text = harmless(text, self._tokenizer)
        return Note(found.entry_ids[0], found.said_at, speaker, text, found.score)


def without_superseded(notes: Sequence[Note], asked: Mapping[str, float]) -> list[Note]:
    """The notes without those of which a newer one gives another value."""
    return [
        note
        for note in notes
        if not any(
            (other.said_at, other.entry_id) > (note.said_at, note.entry_id)
            and supersedes(other.text, note.text, asked)
            for other in notes
        )
    ]


def _once(notes: Iterable[Note]) -> list[Note]:
    """Each once: a long fact is found by several of its chunks, and its note is always the whole of it."""
    first: dict[tuple[int, str], Note] = {}
    for note in notes:
        first.setdefault((note.entry_id, note.text), note)
    return list(first.values())


def framed(notes: Sequence[Note]) -> str:
    """The notes as the model sees them."""
    return "\n".join([HEADER, *(note.line for note in notes)])


def _age(found: Found) -> tuple[str, int]:
    """Orders by time, then by number."""
    return found.said_at, found.entry_ids[0]
