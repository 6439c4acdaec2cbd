"""Engram-style conditional memory in mlx: the module of torch/conditional.py, where its formula stands.

A written block gets a class of its own that adds to what enters it, so that names, parameters and caches of
the model stay what they are. Not here: training (conditional_train.py).
"""

from __future__ import annotations

import math
from typing import Any

import mlx.core as mx
import numpy as np
from mlx import nn

from engram.backends.conditional import EPSILON, Module, open_positions
from engram.backends.conditional_pass import PlacedModule
from engram.errors import UsageError
from engram.lookup.reading import Reading

Read = tuple[mx.array, mx.array]
"""Open positions, counted through rows * new: int32 [open]; and what they read, [open, tables * width]."""
NOTHING: Read = (mx.zeros((0,), mx.int32), mx.zeros((0, 1)))
Numbers = dict[str, dict[str, mx.array]]
"""By block: `key` and `value` [hidden, tables * width], `bias` []."""


def written(hidden: mx.array, read: mx.array, write: dict[str, mx.array]) -> mx.array:
    """What a write adds to `hidden` [open, hidden] where `read` was read, in float32."""
    stream = hidden.astype(mx.float32)
    squares = mx.square(mx.stop_gradient(stream)).mean(axis=-1, keepdims=True)
    size = mx.sqrt(squares + EPSILON)
    key = read @ write["key"].T
    key = key * mx.rsqrt(mx.square(key).mean(axis=-1, keepdims=True) + EPSILON)
    fit = (stream / size * key).sum(axis=-1, keepdims=True) / math.sqrt(stream.shape[-1])
    fit = mx.sign(fit) * mx.log1p(mx.abs(fit))
    return size * mx.sigmoid(fit + write["bias"]) * (read @ write["value"].T)


class ConditionalMemory(PlacedModule[Read]):
    """A module on one mlx-lm model, whose class and whose written blocks' classes become ones of its own."""

    def __init__(self, model: Any, module: Module) -> None:
        self.reader = module.reader
        self.table = mx.array(module.table)  # [rows, width]
        self.writes: Numbers = {
            str(at): {name: mx.array(values) for name, values in part.items()}
            for at, part in module.writes.items()
        }
        _change(model, self._finder(type(model)))
        for at in module.writes:
            _change(model.layers[at], self._writer(type(model.layers[at]), str(at)))

    def read(self, reading: Reading) -> Read:
        """The rows of a reading, side by side."""
        positions, addresses, live = open_positions(reading)
        if not len(positions):
            return NOTHING
        return mx.array(positions.astype(np.int32)), beside(self.table[mx.array(addresses[live])], live)

    def _finder(self, kind: Any) -> type:
        memory = self

        def call(model: Any, inputs: mx.array, cache: Any = None, *args: Any, **options: Any) -> Any:
            if not memory._told:
                if any(_goes_on(part) for part in cache or ()):
                    raise UsageError(
                        "A model with a memory module was asked to go on from a cache it was not told of.",
                        "Generate with Engram's own `generate` and `stream`.",
                    )
                memory._now = memory.read_ids(np.array(inputs)) if memory.enabled else None
            memory._told = False
            return kind.__call__(model, inputs, cache, *args, **options)

        return type(kind.__name__, (kind,), {"__call__": call})

    def _writer(self, kind: Any, at: str) -> type:
        memory = self

        def call(block: Any, hidden: mx.array, *args: Any, **options: Any) -> Any:
            return kind.__call__(block, memory._entered(hidden, at), *args, **options)

        return type(kind.__name__, (kind,), {"__call__": call})

    def _entered(self, hidden: mx.array, at: str) -> mx.array:
        """`hidden` [rows, new, hidden] with the write added at the open positions."""
        if self._now is None or not self.enabled or not self._now[0].size:
            return hidden
        positions, read = self._now
        flat = hidden.reshape(-1, hidden.shape[-1])
        added = written(flat[positions], read, self.writes[at]).astype(hidden.dtype)
        return flat.at[positions].add(added).reshape(hidden.shape)


def beside(rows: mx.array, live: Any) -> mx.array:
    """Rows [live, width] in their places of [open, tables * width], zeros in the others."""
    width = rows.shape[1]
    flat = mx.zeros((live.size, width)).at[mx.array(np.flatnonzero(live).astype(np.int32))].add(rows)
    return flat.reshape(len(live), live.shape[1] * width)


def _goes_on(cache: Any) -> bool:
    """Whether a block's cache of one row holds something already."""
    offset = getattr(cache, "offset", 0)
    return isinstance(offset, int) and offset > 0


def _change(module: nn.Module, kind: type) -> None:
    """Past the module's own __setattr__, which takes attributes for parameters."""
    object.__setattr__(module, "__class__", kind)
