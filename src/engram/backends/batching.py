"""Continuous batching for every backend: finished rows leave, waiting ones take their places.

What each row says is independent of the batch (pick.py says how). Not here: tensors (an Engine has them),
text, templates or stop strings; a row stops at a stop id, at `max_tokens`, or where the context ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engram.backends.base import Ids, LogitsProcessor
from engram.backends.pick import Noise, Picker
from engram.errors import UsageError
from engram.models.base import Base
from engram.types import Completion, FinishReason, Sampling

# Rows answered at a time.
_ROWS = 96
# They leave when at least this share of them is done; each time costs a copy of the cache.
_LEAVING = 0.25
# Waiting prompts are read when at most this share of the batch is left: reading a few at a time is slow.
_ROOMY = 0.5


class Engine(Protocol):
    """The arithmetic of a batch. Logits [rows, vocabulary] and caches are of the backend's own types.

    A cache holds all of a row but its last token. Its rows may be of different lengths; they end together.
    """

    def read(self, prompts: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """A cache of these rows, and the logits after each."""
        ...

    def step(self, cache: Any, last: Sequence[int], positions: Sequence[int]) -> Any:
        """Read one more token of each row into the cache; the logits after it. Positions count from 0."""
        ...

    def keep(self, cache: Any, rows: Sequence[int]) -> None:
        """Drop every row but these."""
        ...

    def join(self, cache: Any, other: Any) -> None:
        """Append the rows of `other`."""
        ...

    def alone(self, ids: Sequence[int]) -> Any:
        """Logits [vocabulary] after these ids, computed in the canonical way: alone and without a cache."""
        ...

    def clear_winners(self, logits: Any) -> list[int | None]:
        """The greedy choice of each row, None where rounding could have made it."""
        ...

    def numbers(self, logits: Any) -> tuple[npt.NDArray[np.float32], float]:
        """One row's logits [vocabulary], and how far rounding may move two of them apart."""
        ...


class _Row:
    """One answer in the making."""

    def __init__(self, prompt: Ids, sampling: Sampling, context: int) -> None:
        self.ids: list[int] = [int(token) for token in prompt]
        self.prompt_length = len(self.ids)
        self.limit = min(sampling.max_tokens, context - self.prompt_length)
        self.picker = Picker(prompt, sampling)
        self.finish: FinishReason | None = None

    @property
    def answer(self) -> tuple[int, ...]:
        return tuple(self.ids[self.prompt_length :])


@dataclass
class _Running:
    """Rows that are answered together, and what was read of them."""

    rows: list[_Row]
    cache: Any


class Generator:
    """Answers prompts with one model. `rows` is the batch size."""

    def __init__(self, engine: Engine, base: Base, rows: int = _ROWS) -> None:
        self._engine = engine
        self._base = base
        self._rows = rows

    def generate(
        self, prompts: Sequence[Ids], sampling: Sampling, processors: Sequence[LogitsProcessor]
    ) -> list[Completion]:
        """Completions in the order of the prompts. Raises UsageError for a prompt that leaves no room."""
        rows = [self._row(prompt, sampling) for prompt in prompts]
        waiting = sorted((row for row in rows if row.limit > 0), key=lambda row: len(row.ids))
        running: _Running | None = None
        while waiting or running:
            left = len(running.rows) if running else 0
            if waiting and left <= _ROOMY * self._rows:
                fresh, waiting = waiting[: self._rows - left], waiting[self._rows - left :]
                running = self._joined(running, self._read(fresh, processors))
            elif running:
                self._step(running, processors)
            running = self._without_finished(running)
        return [Completion(row.answer, row.finish or "length") for row in rows]

    def stream(self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor]) -> Iterator[int]:
        """Token ids as they are picked; ends before the stop token."""
        row = self._row(prompt, sampling)
        running = self._read([row], processors) if row.limit > 0 else None
        while running and row.finish != "stop":
            yield row.ids[-1]
            if row.finish:
                return
            self._step(running, processors)

    def _row(self, prompt: Ids, sampling: Sampling) -> _Row:
        if not 0 < len(prompt) < self._base.context:
            raise UsageError(
                f"A prompt of {len(prompt)} tokens cannot be answered; {self._base.id} reads 1 to "
                f"{self._base.context - 1}."
            )
        return _Row(prompt, sampling, self._base.context)

    def _read(self, rows: list[_Row], processors: Sequence[LogitsProcessor]) -> _Running:
        """Read the prompts, and add the first token of each answer."""
        cache, logits = self._engine.read([row.ids for row in rows])
        self._extend(rows, logits, processors)
        return _Running(rows, cache)

    def _step(self, running: _Running, processors: Sequence[LogitsProcessor]) -> None:
        """Add one token to every unfinished row."""
        rows = running.rows
        last, positions = [row.ids[-1] for row in rows], [len(row.ids) - 1 for row in rows]
        self._extend(rows, self._engine.step(running.cache, last, positions), processors)

    def _joined(self, running: _Running | None, fresh: _Running) -> _Running:
        if running is None:
            return fresh
        self._engine.join(running.cache, fresh.cache)
        return _Running([*running.rows, *fresh.rows], running.cache)

    def _without_finished(self, running: _Running | None) -> _Running | None:
        """Let finished rows leave once enough have gathered; None when nobody is left."""
        if running is None:
            return None
        rows = running.rows
        going_on = [at for at, row in enumerate(rows) if row.finish is None]
        if not going_on:
            return None
        if len(going_on) == len(rows) or len(rows) - len(going_on) < _LEAVING * len(rows):
            return running
        self._engine.keep(running.cache, going_on)
        return _Running([rows[at] for at in going_on], running.cache)

    def _extend(self, rows: list[_Row], logits: Any, processors: Sequence[LogitsProcessor]) -> None:
        for row, token in zip(rows, self._pick(rows, logits, processors), strict=True):
            self._append(row, token)

    def _pick(self, rows: list[_Row], logits: Any, processors: Sequence[LogitsProcessor]) -> list[int]:
        noises = [row.picker.draw_noise(logits.shape[-1]) for row in rows]
        choices = self._choices(rows, logits, noises, processors)
        return [
            self._canonical(row, noise, processors) if choice is None else choice
            for row, noise, choice in zip(rows, noises, choices, strict=True)
        ]

    def _choices(
        self,
        rows: list[_Row],
        logits: Any,
        noises: Sequence[Noise | None],
        processors: Sequence[LogitsProcessor],
    ) -> list[int | None]:
        """Each row's choice where it is clear. A greedy row that no processor changed costs no more than one
        without processors."""
        greedy = noises[0] is None
        choices: list[int | None] = [None] * len(rows)
        if greedy:
            choices = self._engine.clear_winners(logits)
            if not processors:
                return choices
        for at, (row, noise) in enumerate(zip(rows, noises, strict=True)):
            plain = logits[at]
            processed = _processed(row, plain, processors)
            if processed is not plain or not greedy:
                choices[at] = row.picker.clear(*self._engine.numbers(processed), noise)
        return choices

    def _canonical(self, row: _Row, noise: Noise | None, processors: Sequence[LogitsProcessor]) -> int:
        """Decide an unclear choice from the row's own logits."""
        logits = _processed(row, self._engine.alone(row.ids), processors)
        return row.picker.canonical(self._engine.numbers(logits)[0], noise)

    def _append(self, row: _Row, token: int) -> None:
        if row.finish is not None:  # finished, but still in the batch
            return
        if token in self._base.renderer.stop_ids:
            row.finish = "stop"
            return
        row.ids.append(token)
        if len(row.ids) - row.prompt_length >= row.limit:
            row.finish = "length"


def _processed(row: _Row, logits: Any, processors: Sequence[LogitsProcessor]) -> Any:
    for processor in processors:
        logits = processor(row.ids, logits)
    return logits
