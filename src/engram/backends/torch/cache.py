"""Keys and values of the tokens read so far, with room to grow; rows leave and others join.

transformers' own dynamic cache copies everything at every step; this one writes in place and copies only
when its room is used up or the rows change. Not here: who is in the batch (batching.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

_SPARE = 16  # tokens of room beyond what is read


class _RoomyLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer: `keys` and `values` [rows, heads, seq, size] are views of larger buffers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._buffers: list[Tensor] = []

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Append [rows, heads, new, size]; returns all of it."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if not self._buffers or end > self._buffers[0].shape[-2]:
            old = self._read() if self._buffers else [key_states[..., :0, :], value_states[..., :0, :]]
            self._buffers = [_buffer([part], start, end + _SPARE) for part in old]
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[..., start:end, :] = states
        return self._show(end)

    def keep(self, rows: Tensor, start: int) -> None:
        """Only these rows, and of them only what was read from `start` on."""
        length = self.get_seq_length() - start
        self._buffers = [buffer[rows, :, start:] for buffer in self._buffers]
        self._show(length)

    def join(self, other: _RoomyLayer) -> None:
        """The rows of `other` below these, all of them ending at the newest token."""
        length = max(self.get_seq_length(), other.get_seq_length())
        both = zip(self._read(), other._read(), strict=True)
        self._buffers = [_buffer(parts, length, length + _SPARE) for parts in both]
        self._show(length)

    def _read(self) -> list[Tensor]:
        return [buffer[..., : self.get_seq_length(), :] for buffer in self._buffers]

    def _show(self, length: int) -> tuple[Tensor, Tensor]:
        keys, values = (buffer[..., :length, :] for buffer in self._buffers)
        self.keys, self.values = keys, values
        return keys, values


def _buffer(parts: Sequence[Tensor], length: int, room: int) -> Tensor:
    """Parts [rows, heads, seq, size] one below the other, each ending at `length`, and zeros around them."""
    _, heads, _, size = parts[0].shape
    buffer = parts[0].new_zeros(sum(len(part) for part in parts), heads, room, size)
    at = 0
    for part in parts:
        buffer[at : at + len(part), :, length - part.shape[-2] : length] = part
        at += len(part)
    return buffer


class RoomyCache(Cache):
    """`layers` full-attention layers."""

    def __init__(self, layers: int) -> None:
        self._own = [_RoomyLayer() for _ in range(layers)]
        super().__init__(layers=list(self._own))

    def keep(self, rows: Tensor, start: int) -> None:
        """Drop every row of the batch but these (int64 [kept]), and what was read before `start`."""
        for layer in self._own:
            layer.keep(rows, start)

    def join(self, other: RoomyCache) -> None:
        """Append the rows of `other`, aligned at the newest token; what lies before a row is zero."""
        for layer, added in zip(self._own, other._own, strict=True):
            layer.join(added)
