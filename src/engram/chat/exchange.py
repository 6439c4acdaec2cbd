"""One question and its answer: as they were said, as the ledger writes them, as a conversation keeps them.

Not here: asking (session.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from engram.answer.answerer import Answer
from engram.answer.prompt import Prompt
from engram.errors import UsageError
from engram.store.entries import CHAT, Entry, NewEntry
from engram.store.tags import parse_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was said, and what became of it.

    `question_id` and `answer_id` are entries of the ledger; None where nothing was written. Of the earlier
    exchanges `seen` were before the model, and `dropped` older ones were not. `seconds` is from the question
    to the end of the answer, written; `first_token_seconds` to its first token, with notes and prompt (None
    where there is none).
    """

    question: str
    tags: frozenset[str]
    source: str
    question_id: int | None
    answer: Answer
    answer_id: int | None
    model: str
    adapter: str
    seen: int
    dropped: int
    seconds: float
    first_token_seconds: float | None

    @property
    def written(self) -> bool:
        """Whether the ledger has it, or at least its question."""
        return self.question_id is not None

    @property
    def entries(self) -> tuple[int, ...]:
        """Its entries in the ledger."""
        return tuple(entry for entry in (self.question_id, self.answer_id) if entry is not None)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something the user said that is not answered yet.

    `before` is the exchange that it is to stand in place of; `entry` is None where it was not written;
    `started` is a reading of the performance counter.
    """

    text: str
    source: str
    tags: frozenset[str]
    before: Exchange | None = None
    entry: Entry | None = None
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def listen(cls, text: str, source: str, before: Exchange | None = None) -> Heard:
        """The text without its tags. An edit keeps the tags of what it replaces.

        Raises UsageError when nothing is left.
        """
        plain, tags = parse_tags(text)
        if not plain.strip():
            raise UsageError("There is nothing to answer.", "Say something, and not only tags.")
        return cls(plain, source, tags | (before.tags if before else frozenset()), before)

    def question(self, session: int | None) -> NewEntry:
        """For the ledger."""
        return NewEntry(
            kind="turn",
            speaker="user",
            source=self.source,
            text=self.text,
            session=session,
            tags=self.tags,
            replaces=self.before.question_id if self.before else None,
        )

    def answer(self, text: str, session: int | None, model: str, adapter: str) -> NewEntry:
        """For the ledger: an answer has the tags of its question."""
        return NewEntry(
            kind="turn",
            speaker="assistant",
            source=CHAT,
            text=text,
            session=session,
            model=model,
            adapter=adapter,
            tags=self.tags,
            replaces=self.before.answer_id if self.before else None,
        )

    def answered(
        self, answer: Answer, answer_id: int | None, who: tuple[str, str], prompt: Prompt, waited: float
    ) -> Exchange:
        """Now, with its answer by `who` (model, adapter), begun `waited` seconds after the question."""
        model, adapter = who
        first = answer.first_token_seconds
        return Exchange(
            question=self.text,
            tags=self.tags,
            source=self.source,
            question_id=self.entry.id if self.entry else None,
            answer=answer,
            answer_id=answer_id,
            model=model,
            adapter=adapter,
            seen=sum(message.role == "assistant" for message in prompt.messages),
            dropped=prompt.dropped,
            seconds=time.perf_counter() - self.started,
            first_token_seconds=None if first is None else waited + first,
        )
