"""The one place that turns messages into an answer: chat, evaluation, the gate and the server all ask it.

So what is measured is what is served. Not here: batching and tensors (backends), scoring (measure).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engram.backends.base import Ids, LoadedModel, LogitsProcessor
from engram.errors import UsageError
from engram.types import FinishReason, Message, Sampling


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `tokens` counts generated tokens; `seconds` is its share of the batch it was in."""

    text: str
    finish_reason: FinishReason
    tokens: int
    seconds: float


class Answerer:
    """A loaded model (base and perhaps an adapter) with its renderer and logits processors."""

    def __init__(self, model: LoadedModel, processors: Sequence[LogitsProcessor] = ()) -> None:
        self.model = model
        self.processors = tuple(processors)
        self._renderer = model.base.renderer

    def answer(self, messages: Sequence[Message], sampling: Sampling) -> Answer:
        return self.answer_all([messages], sampling)[0]

    def answer_all(self, conversations: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        """One answer for each conversation, in order.

        Raises UsageError when a prompt fills the model's context.
        """
        prompts = [self._prompt(messages) for messages in conversations]
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
        decode = self._renderer.tokenizer.decode
        ids: list[int] = []
        said = ""
        for token_id in self.model.stream(self._prompt(messages), sampling, self.processors):
            ids.append(token_id)
            text = decode(ids)
            if not text.endswith("\ufffd"):
                yield text[len(said) :]
                said = text
        if ids and (rest := decode(ids)[len(said) :]):
            yield rest

    def _prompt(self, messages: Sequence[Message]) -> Ids:
        ids = self._renderer.prompt(messages)
        room = self.model.base.context - len(ids)
        if room < 1:
            raise UsageError(
                f"The prompt has {len(ids)} tokens; {self.model.base.id} reads {self.model.base.context}.",
                "Shorten it.",
            )
        return ids
