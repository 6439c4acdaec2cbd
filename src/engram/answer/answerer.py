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
from engram.types import Completion, FinishReason, Message, Sampling

if TYPE_CHECKING:
    from engram.answer.exact import ExactMemory
    from engram.answer.recall import Note
    from engram.lookup.cursor import Match
    from engram.lookup.facts import Fact


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `tokens` counts generated tokens; `seconds` is its share of the batch it was in.

    Of an answer that was written piece by piece, `first_token_seconds` is the time to its first token, and
    `stopped` says that somebody ended it. `sources` are the notes that stood before the model; `fact` is what
    the exact memory answered with, where it did.
    """

    text: str
    finish_reason: FinishReason
    tokens: int
    seconds: float
    first_token_seconds: float | None = None
    stopped: bool = False
    sources: tuple[Note, ...] = ()
    fact: Fact | None = None


class Answerer:
    """A loaded model (base and perhaps an adapter) with its renderer and logits processors.

    `adapter` is the version's name, "" for the bare base. `exact` answers word for word where a question asks
    for one of its facts; where none does, nothing of it touches the model.
    """

    def __init__(
        self,
        model: LoadedModel,
        processors: Sequence[LogitsProcessor] = (),
        adapter: str = "",
        exact: ExactMemory | None = None,
    ) -> None:
        self.model = model
        self.processors = tuple(processors)
        self.adapter = adapter
        self.exact = exact
        self._renderer = model.base.renderer

    def answer(self, messages: Sequence[Message], sampling: Sampling) -> Answer:
        return self.answer_all([messages], sampling)[0]

    def answer_all(self, conversations: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        """One answer for each conversation, in order.

        Raises UsageError when a prompt fills the model's context.
        """
        prompts = [self._checked(self.prompt(messages)) for messages in conversations]
        matches = [
            self.known(prompt, messages[-1].content)
            for prompt, messages in zip(prompts, conversations, strict=True)
        ]
        started = time.perf_counter()
        completions = self._complete(prompts, matches, sampling)
        share = (time.perf_counter() - started) / max(1, len(prompts))
        decode = self._renderer.tokenizer.decode
        return [
            Answer(
                text := decode(done.token_ids),
                done.finish_reason,
                len(done.token_ids),
                share,
                fact=answering(match, text),
            )
            for done, match in zip(completions, matches, strict=True)
        ]

    def known(self, prompt: Ids, question: str) -> Match | None:
        """What the exact memory answers the last question of a prompt with. Raises StorageError."""
        return self.exact.find(prompt, question) if self.exact else None

    def _complete(
        self, prompts: Sequence[Ids], matches: Sequence[Match | None], sampling: Sampling
    ) -> list[Completion]:
        """In order. Prompts that no fact answers are completed as if there were no facts at all."""
        done: dict[int, Completion] = {}
        for wanted in (False, True):
            places = [at for at, match in enumerate(matches) if (match is not None) == wanted]
            if places:
                chosen = [prompts[at] for at in places]
                completions = self.model.generate(chosen, sampling, self.with_exact(wanted))
                done |= dict(zip(places, completions, strict=True))
        return [done[at] for at in range(len(prompts))]

    def with_exact(self, wanted: bool) -> tuple[LogitsProcessor, ...]:
        """The processors for a prompt that a fact answers, or that none does."""
        if not wanted or self.exact is None:
            return self.processors
        return (*self.processors, self.exact.processor)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Pieces of text as they are written; a piece never splits a character."""
        return iter(self.write(self.prompt(messages), sampling))

    def write(self, prompt: Ids, sampling: Sampling, match: Match | None = None) -> Writing:
        """An answer in the making, where there is a match (`known`) the fact's; nothing is computed before it
        is iterated. Raises UsageError as above."""
        return Writing(self, self._checked(prompt), sampling, match)

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

    def __init__(
        self, answerer: Answerer, prompt: Ids, sampling: Sampling, match: Match | None = None
    ) -> None:
        self._answerer = answerer
        self._match = match
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
            fact=answering(self._match, self.text),
        )

    @property
    def _limit(self) -> int:
        """Tokens that may be written. The stop token is one of them, so a whole answer has fewer."""
        room = self._answerer.model.base.context - len(self._prompt)
        return min(self._sampling.max_tokens, room)

    def _tokens(self) -> Iterator[int]:
        """The model's tokens, counted and timed."""
        self._started = time.perf_counter()
        model = self._answerer.model
        processors = self._answerer.with_exact(self._match is not None)
        for token in model.stream(self._prompt, self._sampling, processors):
            self._ids.append(token)
            self._seconds = time.perf_counter() - self._started
            self._first = self._first or self._seconds
            yield token
        self._seconds = time.perf_counter() - self._started
        self._ended = True


def answering(match: Match | None, text: str) -> Fact | None:
    """The fact of a match, if the answer is or begins with its own, or was cut within it."""
    said, fact = text.strip(), match.fact if match else None
    wanted = fact.answer.strip() if fact else ""
    return fact if said and (said.startswith(wanted) or wanted.startswith(said)) else None
