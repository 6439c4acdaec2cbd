"""Keys and values of the tokens read so far, with room to grow.

transformers' own dynamic cache copies everything at every step; this one writes in place and copies only
when its room is used up or rows leave. Not here: who is in the batch (generate.py).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer


class _RoomyLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer: `keys` and `values` [rows, heads, seq, size] are views of larger buffers."""

    def __init__(self, room: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._room = room
        self._buffers: tuple[Tensor, Tensor] | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Append [rows, heads, new, size]; returns all of it."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if self._buffers is None or end > self._buffers[0].shape[-2]:
            self._grow(key_states, value_states, start, max(self._room, end))
        assert self._buffers is not None
        keys, values = self._buffers
        keys[..., start:end, :] = key_states
        values[..., start:end, :] = value_states
        self.keys, self.values = keys[..., :end, :], values[..., :end, :]
        return self.keys, self.values

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep only these rows."""
        assert self._buffers is not None
        end = self.get_seq_length()
        keys, values = (buffer[indices] for buffer in self._buffers)
        self._buffers = keys, values
        self.keys, self.values = keys[..., :end, :], values[..., :end, :]

    def _grow(self, key_states: Tensor, value_states: Tensor, used: int, room: int) -> None:
        keys = key_states.new_empty((*key_states.shape[:-2], room, key_states.shape[-1]))
        values = value_states.new_empty((*value_states.shape[:-2], room, value_states.shape[-1]))
        if self._buffers is not None:
            keys[..., :used, :] = self._buffers[0][..., :used, :]
            values[..., :used, :] = self._buffers[1][..., :used, :]
        self._buffers = keys, values


def roomy_cache(layers: int, room: int) -> Cache:
    """A cache for `layers` full-attention layers with room for `room` tokens a row."""
    return Cache(layers=[_RoomyLayer(room) for _ in range(layers)])


def select_rows(cache: Cache, rows: list[int], device: torch.device) -> None:
    """Drop every row of the batch but these."""
    cache.batch_select_indices(torch.tensor(rows, device=device))
