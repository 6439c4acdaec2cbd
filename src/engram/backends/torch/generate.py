"""Batched generation with a key-value cache: left-padded rows, finished rows leave, order does not matter.

What each row says is independent of the batch (pick.py says how). Not here: text, templates or stop
strings; a row stops at a stop id, at `max_tokens`, or where the model's context ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engram.backends.base import Ids, LogitsProcessor
from engram.backends.torch.cache import roomy_cache, select_rows
from engram.backends.torch.pick import Picker, clear_winners
from engram.errors import UsageError
from engram.models.base import Base
from engram.types import Completion, FinishReason, Sampling

# Rows leave the batch when at least this share of it is done; each time costs a copy of the cache.
_LEAVING = 0.125
# Once a batch is down to one row in this many, its long answers wait and are gone on with together: a step
# costs a small model nearly as much for one row as for many, reading an answer again costs next to nothing.
_FEW = 4


class _Row:
    """One answer in the making."""

    def __init__(self, index: int, prompt: Ids, sampling: Sampling, context: int) -> None:
        self.index = index
        self.ids: list[int] = [int(token) for token in prompt]
        self.prompt_length = len(self.ids)
        self.limit = min(sampling.max_tokens, context - self.prompt_length)
        self.picker = Picker(prompt, sampling)
        self.finish: FinishReason | None = None

    @property
    def answer(self) -> tuple[int, ...]:
        return tuple(self.ids[self.prompt_length :])


class Generator:
    """Answers prompts with one model. `rows` is the batch size."""

    def __init__(self, module: Any, base: Base, device: torch.device, rows: int = 64) -> None:
        self._module = module
        self._base = base
        self._device = device
        self._rows = rows
        self._layers = int(getattr(module.config, "num_hidden_layers", 0))

    def generate(
        self, prompts: Sequence[Ids], sampling: Sampling, processors: Sequence[LogitsProcessor]
    ) -> list[Completion]:
        """Completions in the order of the prompts. Raises UsageError for a prompt that leaves no room."""
        rows = [self._row(index, prompt, sampling) for index, prompt in enumerate(prompts)]
        waiting, aside = _by_length(rows), list[_Row]()
        while waiting:
            batch, waiting = waiting[: self._rows], waiting[self._rows :]
            few = len(batch) // _FEW if waiting or aside else 0
            aside += self._decode_until(batch, few, processors)
            if not waiting:
                waiting, aside = _by_length(aside), []
        return [Completion(row.answer, row.finish or "length") for row in rows]

    def stream(self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor]) -> Iterator[int]:
        """Token ids as they are picked; ends before the stop token."""
        row = self._row(0, prompt, sampling)
        for _ in self._decode([row], processors):
            if row.finish != "stop":
                yield row.ids[-1]

    def _decode_until(self, rows: list[_Row], few: int, processors: Sequence[LogitsProcessor]) -> list[_Row]:
        """Decode until no more than `few` rows are unfinished; returns these, to be gone on with later."""
        for _ in self._decode(rows, processors):
            if sum(row.finish is None for row in rows) <= few:
                break
        return [row for row in rows if row.finish is None and row.limit > 0]

    def _row(self, index: int, prompt: Ids, sampling: Sampling) -> _Row:
        if not 0 < len(prompt) < self._base.context:
            raise UsageError(
                f"A prompt of {len(prompt)} tokens cannot be answered; {self._base.id} reads 1 to "
                f"{self._base.context - 1}."
            )
        return _Row(index, prompt, sampling, self._base.context)

    def _decode(self, rows: list[_Row], processors: Sequence[LogitsProcessor]) -> Iterator[None]:
        """Add one token to every unfinished row per turn, until none is left."""
        rows = [row for row in rows if row.limit > 0]
        if not rows:
            return
        ids, mask = self._left_padded(rows)
        width = ids.shape[1]
        cache = roomy_cache(self._layers, width + max(row.limit for row in rows))
        while rows:
            logits = self._forward(ids, mask, cache)  # [rows, vocabulary]
            for row, token in zip(rows, self._pick(rows, logits, processors), strict=True):
                self._append(row, token)
            yield
            rows, mask = self._compact(rows, mask, cache)
            ids = torch.tensor([[row.ids[-1]] for row in rows], device=self._device)
            if mask is not None:
                mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)

    def _left_padded(self, rows: list[_Row]) -> tuple[Tensor, Tensor | None]:
        """Ids [rows, width] and a mask that is 0 on padding, or None where all lengths are equal."""
        width = max(len(row.ids) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for at, row in enumerate(rows):
            ids[at, width - len(row.ids) :] = row.ids
            mask[at, width - len(row.ids) :] = 1
        equal = bool(mask.all())
        return torch.from_numpy(ids).to(self._device), (
            None if equal else torch.from_numpy(mask).to(self._device)
        )

    def _forward(self, ids: Tensor, mask: Tensor | None, cache: Any) -> Tensor:
        """Logits of the last position [rows, vocabulary]; reads `ids` into the cache."""
        options: dict[str, Any] = {}
        if mask is not None:
            positions = (mask.cumsum(1) - 1).clamp(0, self._base.context - 1)[:, -ids.shape[1] :]
            options = {"attention_mask": mask, "position_ids": positions}
        with torch.inference_mode():
            out = self._module(
                input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1, **options
            )
        return out.logits[:, -1]  # type: ignore[no-any-return]

    def _pick(self, rows: list[_Row], logits: Tensor, processors: Sequence[LogitsProcessor]) -> list[int]:
        noises = [row.picker.draw_noise(logits.shape[-1]) for row in rows]
        if noises[0] is None and not processors:
            choices = clear_winners(logits)
        else:
            choices = [
                row.picker.clear(_processed(row, logits[at], processors), noise)
                for at, (row, noise) in enumerate(zip(rows, noises, strict=True))
            ]
        return [
            self._canonical(row, noise, processors) if choice is None else choice
            for row, noise, choice in zip(rows, noises, choices, strict=True)
        ]

    def _canonical(self, row: _Row, noise: Tensor | None, processors: Sequence[LogitsProcessor]) -> int:
        """Decide an unclear choice from the row's own logits: alone, unpadded, without a cache."""
        with torch.inference_mode():
            ids = torch.tensor([row.ids], device=self._device)
            logits = self._module(input_ids=ids, use_cache=False, logits_to_keep=1).logits[0, -1]
        return row.picker.canonical(_processed(row, logits, processors), noise)

    def _append(self, row: _Row, token: int) -> None:
        if row.finish is not None:  # finished, but not compacted away yet
            return
        if token in self._base.renderer.stop_ids:
            row.finish = "stop"
            return
        row.ids.append(token)
        if len(row.ids) - row.prompt_length >= row.limit:
            row.finish = "length"

    def _compact(self, rows: list[_Row], mask: Tensor | None, cache: Any) -> tuple[list[_Row], Tensor | None]:
        """Let finished rows leave once enough have gathered."""
        going_on = [at for at, row in enumerate(rows) if row.finish is None]
        if len(going_on) == len(rows) or (going_on and len(rows) - len(going_on) < _LEAVING * len(rows)):
            return rows, mask
        if going_on:
            select_rows(cache, going_on, self._device)
        return [rows[at] for at in going_on], None if mask is None else mask[going_on]


def _by_length(rows: Sequence[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: len(row.ids), reverse=True)


def _processed(row: _Row, logits: Tensor, processors: Sequence[LogitsProcessor]) -> Tensor:
    for processor in processors:
        logits = processor(row.ids, logits)
    return logits
