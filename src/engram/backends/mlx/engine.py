"""What continuous batching asks of mlx: forward passes over left-padded rows with one cache per block.

Not here: who is in the batch, and which token is picked (batching.py, pick.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
from mlx_lm.models.cache import BatchKVCache, BatchRotatingKVCache, make_prompt_cache

from engram.backends.conditional_pass import History
from engram.backends.mlx.conditional import ConditionalMemory
from engram.backends.pick import clear_winner, rounding_of

BlockCaches = list[Any]


@dataclass
class Read:
    """What was read of some rows."""

    caches: BlockCaches
    history: History | None = None  # the rows' ids, where a memory module looks at them


def cache_kinds(model: Any) -> set[str]:
    """What mlx-lm keeps for the blocks: "KVCache" all that was read, "RotatingKVCache" a sliding window."""
    return {type(cache).__name__ for cache in make_prompt_cache(model)}


class MlxEngine:
    """Keeps the Engine protocol for one mlx-lm model whose blocks attend to everything, or to a window."""

    def __init__(self, model: Any, memory: ConditionalMemory | None = None) -> None:
        self._model = model
        self._memory = memory
        # Per block the window's size in tokens, None where everything is attended to.
        self._windows = [getattr(cache, "max_size", None) for cache in make_prompt_cache(model)]

    def read(self, prompts: Sequence[Sequence[int]]) -> tuple[Read, mx.array]:
        width = max(map(len, prompts))
        padding = [width - len(prompt) for prompt in prompts]
        ids = mx.array([[0] * left + list(prompt) for left, prompt in zip(padding, prompts, strict=True)])
        caches: BlockCaches = [
            BatchRotatingKVCache(window, padding) if window else BatchKVCache(padding)
            for window in self._windows
        ]
        read = Read(caches, History(prompts) if self._memory else None)
        if width > 1:
            if self._memory and read.history:
                before, left = read.history.ids[:, :-1], read.history.skipped
                self._memory.tell(self._memory.read_ids(before, skipped=left))
            # Arrays are lazy: as nobody asks for these logits, the vocabulary head never runs on them.
            self._model(ids[:, :-1], cache=caches)
        return read, self._forward(read, ids[:, -1:])

    def step(self, read: Read, last: Sequence[int], positions: Sequence[int]) -> mx.array:
        if read.history:
            read.history.append(last)
        return self._forward(read, mx.array(list(last))[:, None])

    def keep(self, read: Read, rows: Sequence[int]) -> None:
        for cache in read.caches:
            cache.filter(mx.array(list(rows)))
        if read.history:
            read.history.keep(rows)

    def join(self, read: Read, other: Read) -> None:
        for cache, added in zip(read.caches, other.caches, strict=True):
            cache.extend(added)
        if read.history and other.history:
            read.history.join(other.history)

    def alone(self, ids: Sequence[int]) -> mx.array:
        return self._model(mx.array([list(ids)]))[0, -1]

    def clear_winners(self, logits: mx.array) -> list[int | None]:
        return [clear_winner(*self.numbers(row)) for row in logits]

    def numbers(self, logits: mx.array) -> tuple[npt.NDArray[np.float32], float]:
        values = np.array(logits.astype(mx.float32))
        return values, rounding_of(values, str(logits.dtype).removeprefix("mlx.core."))

    def _forward(self, read: Read, ids: mx.array) -> mx.array:
        if self._memory and read.history:
            history = read.history
            self._memory.tell(self._memory.read_ids(history.ids, ids.shape[1], history.skipped))
        logits = self._model(ids, cache=read.caches)[:, -1]
        mx.eval(logits, [cache.state[:2] for cache in read.caches])
        return logits
