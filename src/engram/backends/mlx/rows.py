"""Rows of a batch as mlx sees them: groups of similar length, and the places of their targets.

Sizes are rounded up, so that shapes repeat and a compiled step is used again. Not here: which rows go
together in a step (the plan decides), or any loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt

from engram.backends.base import Batch
from engram.backends.grouping import GROUP_COST, cut_by_length
from engram.backends.mlx.device import device_name

_WIDTHS = 8  # lengths are multiples of this
_PLACES = 16  # and so are counts of targets
# mlx multiplies slowly on a CPU: there one more forward pass costs as little as a few more tokens.
_GROUP_COSTS = {"cpu": 16, "gpu": GROUP_COST}


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of one kind, row by row, padded at the end.

    `places` int32 [targets] count through rows * seq; `labels` int32 [targets] are the tokens to predict
    there; `real` float32 [targets] is 0 on padding, else 1; `row_of` int64 [real targets] their rows.
    """

    places: mx.array
    labels: mx.array
    real: mx.array
    row_of: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row_of)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows for one forward pass: `ids` int32 [rows, seq]; `row_ids` and `anchored_rows` one per row."""

    ids: mx.array
    taught: Targets
    anchored: Targets
    row_ids: tuple[int, ...]
    anchored_rows: npt.NDArray[np.bool_]


def group_rows(batch: Batch) -> list[Group]:
    """The rows of `batch`, split and trimmed by length; rows without targets are left out."""
    useful = np.flatnonzero(batch.targets.any(axis=1))
    order = useful[np.argsort(batch.lengths[useful], kind="stable")]
    cuts = cut_by_length([int(length) for length in batch.lengths[order]], _GROUP_COSTS[device_name()])
    return [_group(batch, order[start:end]) for start, end in cuts]


def one_row(group: Group, row: int) -> tuple[mx.array, mx.array]:
    """Ids int32 [1, seq] of a row, and the places int32 [targets] of its anchored targets in them."""
    width = group.ids.shape[1]
    mine = np.flatnonzero(group.anchored.row_of == row)
    return group.ids[row : row + 1], group.anchored.places[mx.array(mine.astype(np.int32))] - row * width


def _group(batch: Batch, rows: npt.NDArray[Any]) -> Group:
    width = min(_up(int(batch.lengths[rows].max()), _WIDTHS), batch.ids.shape[1])
    ids, targets, anchored = batch.ids[rows, :width], batch.targets[rows, :width], batch.anchored[rows]
    taught, pulled = (_targets(ids, targets & (anchored == kind)[:, None]) for kind in (False, True))
    return Group(mx.array(ids), taught, pulled, tuple(int(row) for row in batch.row_ids[rows]), anchored)


def _targets(ids: npt.NDArray[np.int32], targets: npt.NDArray[np.bool_]) -> Targets:
    """Position t - 1 of the model's output predicts ids[row, t]."""
    row_of, position = np.nonzero(targets)
    empty = _up(len(row_of), _PLACES) - len(row_of)
    return Targets(
        places=_padded(row_of * ids.shape[1] + position - 1, empty),
        labels=_padded(ids[targets], empty),
        real=mx.array(np.pad(np.ones(len(row_of), np.float32), (0, empty))),
        row_of=row_of,
    )


def _padded(values: Sequence[int] | npt.NDArray[Any], empty: int) -> mx.array:
    return mx.array(np.pad(np.asarray(values, dtype=np.int32), (0, empty)))


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
