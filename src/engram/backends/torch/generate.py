"""Continuous batching with a key-value cache: finished rows leave, waiting ones take their places.

What each row says is independent of the batch (pick.py says how). Not here: text, templates or stop
strings; a row stops at a stop id, at `max_tokens`, or where the model's context ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engram.backends.base import Ids, LogitsProcessor
from engram.backends.torch.cache import RoomyCache
from engram.backends.torch.pick import Picker, clear_winners
from engram.errors import UsageError
from engram.models.base import Base
from engram.types import Completion, FinishReason, Sampling

# Rows answered at a time.
_ROWS = 96
# They leave when at least this share of them is done; each time costs a copy of the cache.
_LEAVING = 0.25
# Waiting prompts are read when at most this share of the batch is left: reading a few at a time is slow.
_ROOMY = 0.5


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
    """Rows that are answered together. All of a row but its last token is in the cache."""

    rows: list[_Row]
    mask: Tensor  # int64 [rows, read], 0 on the padding to the left of a row
    padded: bool  # whether there is any
    cache: RoomyCache

    @property
    def unfinished(self) -> list[int]:
        return [at for at, row in enumerate(self.rows) if row.finish is None]


class Generator:
    """Answers prompts with one model. `rows` is the batch size."""

    def __init__(self, module: Any, base: Base, device: torch.device, rows: int = _ROWS) -> None:
        self._module = module
        self._base = base
        self._device = device
        self._rows = rows
        self._layers = int(getattr(module.config, "num_hidden_layers", 0))

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
                running = _joined(running, self._read(fresh, processors))
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
        width = max(len(row.ids) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, width - len(row.ids) :] = row.ids
            mask[at, width - len(row.ids) :] = 1
        running = _Running(rows, self._tensor(mask), not mask.all(), RoomyCache(self._layers))
        self._extend(running, self._tensor(ids), self._tensor((mask.cumsum(1) - 1).clip(min=0)), processors)
        return running

    def _step(self, running: _Running, processors: Sequence[LogitsProcessor]) -> None:
        """Add one token to every unfinished row."""
        running.mask = F.pad(running.mask, (0, 1), value=1)
        ids = self._tensor([row.ids[-1:] for row in running.rows])
        positions = self._tensor([[len(row.ids) - 1] for row in running.rows])
        self._extend(running, ids, positions, processors)

    def _extend(
        self, running: _Running, ids: Tensor, positions: Tensor, processors: Sequence[LogitsProcessor]
    ) -> None:
        """Read `ids` at `positions` (int64 [rows, new]) into the cache, and pick a token for each row."""
        padded = {"attention_mask": running.mask, "position_ids": positions} if running.padded else {}
        with torch.inference_mode():
            out = self._module(
                input_ids=ids, past_key_values=running.cache, use_cache=True, logits_to_keep=1, **padded
            )
        rows, logits = running.rows, out.logits[:, -1]  # [rows, vocabulary]
        for row, token in zip(rows, self._pick(rows, logits, processors), strict=True):
            self._append(row, token)

    def _tensor(self, values: Any) -> Tensor:
        return torch.as_tensor(values, device=self._device)

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

    def _without_finished(self, running: _Running | None) -> _Running | None:
        """Let finished rows leave once enough have gathered; None when nobody is left."""
        if running is None or not (going_on := running.unfinished):
            return None
        done = len(running.rows) - len(going_on)
        if not done or done < _LEAVING * len(running.rows):
            return running
        mask = running.mask[going_on]
        start = int(mask.any(0).int().argmax())  # nobody who stays has anything before this
        mask = mask[:, start:]
        running.cache.keep(self._tensor(going_on), start)
        return _Running([running.rows[at] for at in going_on], mask, not bool(mask.all()), running.cache)


def _joined(running: _Running | None, fresh: _Running) -> _Running:
    """Both in one batch, aligned at the newest token."""
    if running is None:
        return fresh
    running.cache.join(fresh.cache)
    masks = running.mask, fresh.mask
    width = max(mask.shape[1] for mask in masks)
    mask = torch.cat([F.pad(mask, (width - mask.shape[1], 0)) for mask in masks])
    return _Running([*running.rows, *fresh.rows], mask, not bool(mask.all()), running.cache)


def _processed(row: _Row, logits: Tensor, processors: Sequence[LogitsProcessor]) -> Tensor:
    for processor in processors:
        logits = processor(row.ids, logits)
    return logits
