"""The one place that turns messages into an answer: chat, evaluation, the gate and the server all ask it.

So what is measured is what is served. Not here: what is put before the model (prompt.py, recall.py), batching
and tensors (backends), scoring (measure).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engram.backends.base import Ids, LoadedModel, LogitsProcessor
from engram.errors import UsageError
from engram.types import FinishReason, Message, Sampling

if TYPE_CHECKING:
    from engram.answer.recall import Note


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `tokens` counts generated tokens; `seconds` is its share of the batch it was in.

    Of an answer that was written piece by piece, `first_token_seconds` is the time to its first token, and
    `stopped` says that somebody ended it. `sources` are the notes that stood before the model.
    """

    text: str
    finish_reason: FinishReason
    tokens: int
    seconds: float
    first_token_seconds: float | None = None
    stopped: bool = False
    sources: tuple[Note, ...] = ()


class Answerer:
    """A loaded model (base and perhaps an adapter) with its renderer and logits processors.

    `adapter` is the version's name, "" for the bare base.
    """

    def __init__(
        self, model: LoadedModel, processors: Sequence[LogitsProcessor] = (), adapter: str = ""
    ) -> None:
        self.model = model
        self.processors = tuple(processors)
        self.adapter = adapter
        self._renderer = model.base.renderer

    def answer(self, messages: Sequence[Message], sampling: Sampling) -> Answer:
        return self.answer_all([messages], sampling)[0]

    def answer_all(self, conversations: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        """One answer for each conversation, in order.

        Raises UsageError when a prompt fills the model's context.
        """
        prompts = [self._checked(self.prompt(messages)) for messages in conversations]
        started = time.perf_counter()
        completions = self.model.generate(prompts, sampling, self.processors)
        share = (time.perf_counter() - started) / max(1, len(prompts))
        decode = self._renderer.tokenizer.decode
        return [
            Answer(decode(done.token_ids), done.finish_reason, len(done.token_ids), share)
            for done in completions
        ]

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Pieces of text as they are written; a piece never splits a character."""
        return iter(self.write(self.prompt(messages), sampling))

    def write(self, prompt: Ids, sampling: Sampling) -> Writing:
        """An answer in the making; nothing is computed before it is iterated. Raises UsageError as above."""
        return Writing(self, self._checked(prompt), sampling)

    def prompt(self, messages: Sequence[Message]) -> Ids:
        """The ids after which the model writes its answer: int32 [seq]."""
        return self._renderer.prompt(messages)

    def _checked(self, prompt: Ids) -> Ids:
        base = self.model.base
        if len(prompt) >= base.context:
            raise UsageError(
                f"The prompt has {len(prompt)} tokens; {base.id} reads {base.context}.", "Shorten it."
            )
        return prompt


class Writing:
    """An answer while it is written: iterate over it for pieces of text. `answer` is right at any time."""

    def __init__(self, answerer: Answerer, prompt: Ids, sampling: Sampling) -> None:
        self._answerer = answerer
        self._prompt = prompt
        self._sampling = sampling
        self._ids: list[int] = []
        self._started = time.perf_counter()
        self._first: float | None = None
        self._seconds = 0.0
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        said = ""
        for _ in self._tokens():
            text = self.text
            if not text.endswith("\ufffd"):  # half a character, of which more tokens are to come
                yield text[len(said) :]
                said = text
        if rest := self.text[len(said) :]:
            yield rest

    @property
    def text(self) -> str:
        return self._answerer.model.base.renderer.tokenizer.decode(self._ids)

    @property
    def answer(self) -> Answer:
        """What was written so far."""
        return Answer(
            self.text,
            "length" if len(self._ids) == self._limit else "stop",
            len(self._ids),
            self._seconds,
            self._first,
            not self._ended,
        )

    @property
    def _limit(self) -> int:
        """Tokens that may be written. The stop token is one of them, so a whole answer has fewer."""
        room = self._answerer.model.base.context - len(self._prompt)
        return min(self._sampling.max_tokens, room)

    def _tokens(self) -> Iterator[int]:
        """The model's tokens, counted and timed."""
        self._started = time.perf_counter()
        model, processors = self._answerer.model, self._answerer.processors
        for token in model.stream(self._prompt, self._sampling, processors):
            self._ids.append(token)
            self._seconds = time.perf_counter() - self._started
            self._first = self._first or self._seconds
            yield token
        self._seconds = time.perf_counter() - self._started
        self._ended = True
