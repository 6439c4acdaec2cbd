"""What a model is shown of earlier conversations before it answers: a few dated notes, or nothing.

Not here: searching (store/index.py), and assembling the whole prompt (prompt.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engram.config import RecallSettings
from engram.store.index import Found, MemoryIndex
from engram.store.sentences import told
from engram.types import Message, Tokenizer

HEADER = (
    "Notes from earlier conversations. Answer from them if they help; if they disagree, the newest is right."
)


EQUAL = 0.9
"""Share of the best figure from which memories count as equally near, so that the newest is shown."""


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

    def recalled(
        self, question: str, *, now: datetime, exclude: frozenset[int] = frozenset()
    ) -> Recalled:
        """What helps to answer `question`; entries of `exclude` (this conversation's own) are left out."""
        found = self._index.search(question, 4 * self._settings.notes, now=now, exclude=exclude)
        notes = self._within_budget([_note(item) for item in self._chosen(found)])
        if not notes:
            return Recalled()
        notes.sort(key=lambda note: (note.said_at, note.entry_id))
        return Recalled(tuple(notes), Message("system", framed(notes)))

    def _chosen(self, found: Sequence[Found]) -> list[Found]:
        """The memories that are near enough, best first; of those that are about as near, the newest first."""
        highest = max((item.score for item in found), default=0.0)
        least = max(self._settings.floor, self._settings.beside * highest)
        near = [item for item in found if item.score >= least]
        equal = sorted((i for i in near if i.score >= EQUAL * highest), key=_age, reverse=True)
        return [*equal, *(item for item in near if item not in equal)][: self._settings.notes]

    def _within_budget(self, notes: list[Note]) -> list[Note]:
        """As many of the notes, best first, as the budget holds."""
        kept: list[Note] = []
        for note in notes:
            if len(self._tokenizer.encode("\n".join(n.line for n in [*kept, note]))) <= self._settings.tokens:
                kept.append(note)
        return kept


def framed(notes: list[Note]) -> str:
    """The notes as the model sees them."""
    return "\n".join([HEADER, *(note.line for note in notes)])


def _note(found: Found) -> Note:
    text = f"{found.key} is {found.text}" if found.key else told(found.text)
    speaker = "pasted" if found.source == "pasted" else found.speaker
    return Note(found.entry_ids[0], found.said_at, speaker, " ".join(text.split()), found.score)


def _age(found: Found) -> tuple[str, int]:
    """Orders by time, then by number."""
    return found.said_at, found.entry_ids[0]
