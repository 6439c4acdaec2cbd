"""Conversations for tests: a model that says what it is told to, and `engram chat` fed by a pipe.

Not here: a terminal (terminal.py).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from tests.support.road import Said, engram

from engram.answer.answerer import Answerer
from engram.answer.recall import Note, Recalled
from engram.backends.base import Ids
from engram.models.base import Base
from engram.models.fake import STOP_ID, fake_base
from engram.types import Completion, Message, Sampling


class ScriptedModel:
    """Answers with what `say` makes of the prompt, byte by byte, and keeps the prompts it was asked.

    `say` may raise, before the answer or (as a generator would) while it is written.
    """

    device, dtype = "cpu", "float32"

    def __init__(self, say: Callable[[str], Iterator[bytes] | str], base: Base | None = None) -> None:
        self.base = base or fake_base()
        self.prompts: list[str] = []
        self.samplings: list[Sampling] = []
        self._say = say

    def stream(self, prompt: Ids, sampling: Sampling, processors: Sequence[Any] = ()) -> Iterator[int]:
        text = self.base.renderer.tokenizer.decode(prompt.tolist(), keep_special=True)
        self.prompts.append(text)
        self.samplings.append(sampling)
        said = self._say(text)
        pieces = iter([said.encode()]) if isinstance(said, str) else said
        left = sampling.max_tokens
        for piece in pieces:
            yield from piece[:left]
            left -= len(piece)

    def generate(
        self, prompts: Sequence[Ids], sampling: Sampling, processors: Sequence[Any] = ()
    ) -> list[Completion]:
        return [Completion(tuple(self.stream(prompt, sampling)), "stop") for prompt in prompts]


def scripted(say: Callable[[str], Any] | str = "Noted.", adapter: str = "") -> tuple[Answerer, ScriptedModel]:
    """An Answerer on such a model. A text is what it always says."""
    model = ScriptedModel(say if callable(say) else lambda _: say)
    return Answerer(model, adapter=adapter), model  # type: ignore[arg-type]


@dataclass
class ListedRecall:
    """Gives these notes for any question, but those excluded, and keeps what it was asked."""

    notes: Sequence[Note] = ()
    asked: list[tuple[str, frozenset[int]]] = field(default_factory=list)

    def recalled(self, question: str, *, now: datetime, exclude: frozenset[int] = frozenset()) -> Recalled:
        self.asked.append((question, exclude))
        notes = tuple(note for note in self.notes if note.entry_id not in exclude)
        if not notes:
            return Recalled((), None)
        return Recalled(notes, Message("system", "NOTES\n" + "\n".join(note.text for note in notes)))


def note(number: int, text: str, day: str = "2026-11-18") -> Note:
    return Note(number, f"{day}T12:00:00+00:00", "user", text, 0.5)


def chat(typed: str | bytes, *words: str, model: str = "fake") -> Said:
    """`engram chat` with `typed` on its stdin."""
    raw = typed.encode() if isinstance(typed, str) else typed
    with patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")):
        return engram("chat", "--model", model, *words)


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
assert STOP_ID > 255  # so that no byte of an answer ends it
