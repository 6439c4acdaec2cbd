"""Logits at chosen positions only: the vocabulary's matrix is most of a small model's arithmetic.

A model's own head is narrowed while it runs, so this serves every architecture, soft caps and scales
included; where it does not, all logits are made and the wanted ones taken. Not here: losses (losses.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
from mlx import nn

_TOLERANCE = 1e-3  # of the logits' largest value
_EMBEDDINGS = (nn.Embedding, nn.QuantizedEmbedding)
_LINEARS = (nn.Linear, nn.QuantizedLinear)


class TargetHead:
    """A model that says what follows some positions only."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._heads = _outside_blocks(model)
        if not self._is_faithful():
            self._heads = []

    def logits(self, ids: mx.array, places: mx.array) -> mx.array:
        """Logits float32 [targets, vocabulary] of ids [rows, seq] at `places` int32 [targets], which count
        through rows * seq. Padding is on the right and attention causal: there is no mask."""
        if not self._heads:
            return self._all(ids)[places]
        with _narrowed(self._heads, places):
            return self._model(ids).astype(mx.float32)

    def _all(self, ids: mx.array) -> mx.array:
        logits = self._model(ids)
        return logits.reshape(-1, logits.shape[-1]).astype(mx.float32)

    def _is_faithful(self) -> bool:
        """Whether narrowing changes nothing; asked once, of a few tokens."""
        ids, places = mx.zeros((2, 3), mx.int32), mx.array([1, 5, 2])
        wide, narrow = self._all(ids)[places], self.logits(ids, places)
        if wide.shape != narrow.shape:
            return False
        return bool((mx.abs(wide - narrow).max() <= _TOLERANCE * mx.abs(wide).max()).item())


def _outside_blocks(model: Any) -> list[nn.Module]:
    """The embedding, and every linear layer outside the blocks: one of them makes the logits."""
    inside = {id(module) for block in model.layers for _, module in block.named_modules()}
    kinds = (*_EMBEDDINGS, *_LINEARS)
    return [
        module
        for _, module in model.named_modules()
        if isinstance(module, kinds) and id(module) not in inside
    ]


@contextmanager
def _narrowed(heads: list[nn.Module], places: mx.array) -> Iterator[None]:
    """Inside the block these modules multiply only what stands at `places`."""
    kinds = [type(head) for head in heads]
    try:
        for head, kind in zip(heads, kinds, strict=True):
            # Past the module's own __setattr__, which takes attributes for parameters.
            object.__setattr__(head, "__class__", _narrow(kind, places))
        yield
    finally:
        for head, kind in zip(heads, kinds, strict=True):
            object.__setattr__(head, "__class__", kind)


def _narrow(kind: Any, places: mx.array) -> type:
    name = "as_linear" if issubclass(kind, _EMBEDDINGS) else "__call__"

    def multiply(module: Any, hidden: mx.array) -> mx.array:  # [rows, seq, hidden] -> [targets, vocabulary]
        return getattr(kind, name)(module, hidden.reshape(-1, hidden.shape[-1])[places])

    return type(kind.__name__, (kind,), {name: multiply})
