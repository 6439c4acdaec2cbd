"""What an adapter is pulled towards: the taught tokens, and on anchored rows the frozen base.

Not here: logits (head.py), optimizing (train.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import mlx.core as mx
import numpy as np
from mlx_lm.tuner.lora import LoRALinear

from engram.backends.mlx.head import TargetHead
from engram.backends.mlx.rows import Group, one_row

# Up to this vocabulary the base's whole distribution is kept; above it the likeliest tokens and one
# bucket for the rest.
_WHOLE_VOCABULARY = 16_384
_KEPT = 256
_STORE_BYTES = 512 * 2**20
Kept = tuple[mx.array, mx.array | None]
"""The base's log-probabilities [targets, kept (+ rest)], and the ids kept, None for the whole vocabulary."""


def taught_loss(logits: mx.array, labels: mx.array, real: mx.array) -> tuple[mx.array, mx.array]:
    """Summed cross-entropy (nats) over the real rows of logits [targets, vocabulary]; likeliest tokens."""
    if not labels.size:
        return mx.zeros(()), mx.zeros((0,), mx.uint32)
    right = mx.take_along_axis(logits, labels[:, None], axis=-1)[:, 0]
    losses = mx.logsumexp(logits, axis=-1) - right
    return (losses * real).sum(), mx.stop_gradient(logits).argmax(axis=-1)


def anchor_loss(logits: mx.array, base: Kept, real: mx.array) -> mx.array:
    """Summed KL(base || adapted), nats, over the real rows of logits [targets, vocabulary]."""
    if not real.size:
        return mx.zeros(())
    expected, ids = base
    adapted = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
    if ids is not None:
        adapted = _with_rest(mx.take_along_axis(adapted, ids, axis=-1))
    return ((mx.exp(expected) * (expected - adapted)).sum(axis=-1) * real).sum()


def exact_rows(likeliest: mx.array, group: Group) -> int:
    """How many taught rows have every target as their likeliest token."""
    count = len(group.taught)
    wrong = np.array(likeliest)[:count] != np.array(group.taught.labels)[:count]
    return len(set(group.taught.row_of.tolist()) - set(group.taught.row_of[wrong].tolist()))


class Anchors:
    """The base's distribution at the targets of anchored rows, computed once per row id and alone.

    Inside `bare()` the model is the base."""

    def __init__(self, head: TargetHead, bare: Callable[[], AbstractContextManager[None]]) -> None:
        self._head, self._bare = head, bare
        self._kept: dict[int, Kept] = {}
        self._bytes = 0

    def of(self, group: Group) -> Kept:
        """The base's say on all anchored targets of a group, zeros on padding."""
        found = [self._row(group, int(row)) for row in np.flatnonzero(group.anchored_rows)]
        if not found:
            return mx.zeros((0, 1)), None
        empty = ((0, group.anchored.places.size - len(group.anchored)), (0, 0))
        ids = [ids for _, ids in found if ids is not None]
        return (
            mx.pad(mx.concatenate([base for base, _ in found]), empty),
            mx.pad(mx.concatenate(ids), empty) if ids else None,
        )

    def _row(self, group: Group, row: int) -> Kept:
        """Kept as far as memory is set aside for it."""
        row_id = group.row_ids[row]
        if row_id in self._kept:
            return self._kept[row_id]
        found = self._compute(*one_row(group, row))
        if self._bytes + _size(found) <= _STORE_BYTES:
            self._kept[row_id] = found
            self._bytes += _size(found)
        return found

    def _compute(self, ids: mx.array, places: mx.array) -> Kept:
        with self._bare():
            logits = self._head.logits(ids, places)
            whole = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
            kept: Kept = (whole, None)
            if whole.shape[1] > _WHOLE_VOCABULARY:
                likeliest = mx.argpartition(-whole, _KEPT, axis=-1)[:, :_KEPT]
                kept = (_with_rest(mx.take_along_axis(whole, likeliest, axis=-1)), likeliest)
            mx.eval(kept)
        return kept


@contextmanager
def adapter_off(layers: Mapping[str, LoRALinear]) -> Iterator[None]:
    """The base alone, inside the block."""
    scales = {path: layer.scale for path, layer in layers.items()}
    try:
        for layer in layers.values():
            layer.scale = 0.0
        yield
    finally:
        for path, layer in layers.items():
            layer.scale = scales[path]


def _with_rest(kept: mx.array) -> mx.array:
    """Append the log-probability of everything not kept: [targets, kept] -> [targets, kept + 1]."""
    rest = mx.log1p(-mx.minimum(mx.exp(kept).sum(axis=-1, keepdims=True), 1 - 1e-6))
    return mx.concatenate([kept, rest], axis=-1)


def _size(kept: Kept) -> int:
    return sum(part.nbytes for part in kept if part is not None)
