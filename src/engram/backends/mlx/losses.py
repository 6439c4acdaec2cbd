"""What an adapter is pulled towards: the taught tokens, and on anchored rows the frozen base.

Not here: optimizing (train.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
from mlx_lm.tuner.lora import LoRALinear

from engram.backends.base import Batch

# Up to this vocabulary the base's whole distribution is kept; above it the likeliest tokens and one
# bucket for the rest.
_WHOLE_VOCABULARY = 16_384
_KEPT = 256
_STORE_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch as mlx sees it: the targets of taught and of anchored rows as places in [rows * (seq - 1)].

    `ids` int32 [rows, seq]; `taught`, `anchored` int32 [targets of the kind], row by row; `labels` int32
    [targets of taught rows]; `row_of` their rows; `anchored_rows` (row, row id, how many targets).
    """

    ids: mx.array
    taught: mx.array
    labels: mx.array
    row_of: np.ndarray[Any, Any]
    anchored: mx.array
    anchored_rows: tuple[tuple[int, int, int], ...]
    taught_rows: int


def rows_of(batch: Batch) -> Rows:
    """Position t of the model's output predicts ids[t + 1]."""
    predicts = batch.targets[:, 1:]
    taught, anchored = (predicts & (batch.anchored == kind)[:, None] for kind in (False, True))
    kinds = batch.anchored & batch.targets.any(axis=1)
    return Rows(
        ids=mx.array(batch.ids),
        taught=mx.array(np.flatnonzero(taught).astype(np.int32)),
        labels=mx.array(batch.ids[:, 1:][taught]),
        row_of=np.nonzero(taught)[0],
        anchored=mx.array(np.flatnonzero(anchored).astype(np.int32)),
        anchored_rows=tuple(
            (int(row), int(batch.row_ids[row]), int(predicts[row].sum())) for row in np.flatnonzero(kinds)
        ),
        taught_rows=int((~batch.anchored).sum()),
    )


def position_logits(model: Any, ids: mx.array) -> mx.array:
    """Logits float32 [rows * (seq - 1), vocabulary]. Padding is on the right, attention causal: no mask."""
    logits = model(ids)[:, :-1]
    return logits.reshape(-1, logits.shape[-1]).astype(mx.float32)


def taught_loss(logits: mx.array, rows: Rows) -> tuple[mx.array, mx.array]:
    """Summed cross-entropy (nats) over the targets of taught rows; the likeliest token at each."""
    if not rows.taught.size:
        return mx.zeros(()), mx.zeros((0,), mx.uint32)
    chosen = logits[rows.taught]
    right = mx.take_along_axis(chosen, rows.labels[:, None], axis=-1)[:, 0]
    return (mx.logsumexp(chosen, axis=-1) - right).sum(), mx.stop_gradient(chosen).argmax(axis=-1)


def exact_rows(likeliest: mx.array, rows: Rows) -> int:
    """How many taught rows have every target as their likeliest token."""
    wrong = np.array(likeliest).astype(np.int64) != np.array(rows.labels)
    return rows.taught_rows - len(set(rows.row_of[wrong].tolist()))


class Anchors:
    """The base's distribution at the targets of anchored rows, computed once per row id and alone."""

    def __init__(self, model: Any, layers: Mapping[str, LoRALinear]) -> None:
        self._model, self._layers = model, layers
        self._kept: dict[int, tuple[mx.array, mx.array | None]] = {}
        self._bytes = 0

    def keep(self, batch: Batch) -> None:
        """Compute the anchored rows of a batch, as far as memory is set aside for them."""
        self.of(rows_of(batch))

    def of(self, rows: Rows) -> tuple[mx.array, mx.array | None]:
        """Log-probabilities [targets, kept (+ rest)] of all anchored rows; the ids kept, None for all."""
        found, at = [], 0
        for row, row_id, count in rows.anchored_rows:
            if row_id not in self._kept:
                self._compute(rows, row, row_id, rows.anchored[at : at + count])
            found.append(self._kept[row_id])
            if self._bytes > _STORE_BYTES:
                self._bytes -= _size(self._kept.pop(row_id))
            at += count
        if not found:
            return mx.zeros((0, 1)), None
        ids = [ids for _, ids in found if ids is not None]
        return mx.concatenate([base for base, _ in found]), mx.concatenate(ids) if ids else None

    def _compute(self, rows: Rows, row: int, row_id: int, places: mx.array) -> None:
        seq = rows.ids.shape[1]
        with adapter_off(self._layers):
            logits = position_logits(self._model, rows.ids[row : row + 1])[places - row * (seq - 1)]
            whole = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
            kept: tuple[mx.array, mx.array | None] = (whole, None)
            if whole.shape[1] > _WHOLE_VOCABULARY:
                likeliest = mx.argpartition(-whole, _KEPT, axis=-1)[:, :_KEPT]
                kept = (_with_rest(mx.take_along_axis(whole, likeliest, axis=-1)), likeliest)
            mx.eval(kept)
        self._kept[row_id] = kept
        self._bytes += _size(kept)


def anchor_loss(logits: mx.array, rows: Rows, base: mx.array, kept: mx.array | None) -> mx.array:
    """Summed KL(base || adapted), nats, over the targets of anchored rows."""
    if not rows.anchored.size:
        return mx.zeros(())
    adapted = logits[rows.anchored]
    adapted = adapted - mx.logsumexp(adapted, axis=-1, keepdims=True)
    if kept is not None:
        adapted = _with_rest(mx.take_along_axis(adapted, kept, axis=-1))
    return (mx.exp(base) * (base - adapted)).sum()


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


def _size(kept: tuple[mx.array, mx.array | None]) -> int:
    return sum(part.nbytes for part in kept if part is not None)
