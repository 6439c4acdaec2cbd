"""Which rows of a batch each of several processes computes, when they train one adapter together.

By row id, so that what was kept of a row is found again in later steps. Not here: how the processes find each
other and add up their sums (torch/processes.py, mlx/processes.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engram.backends.base import Batch


def share_rows(batches: Sequence[Batch], rank: int, count: int) -> list[Batch]:
    """The rows that process `rank` of `count` computes; batches without any are left out."""
    if count == 1:
        return list(batches)
    kept = ((batch, batch.row_ids % count == rank) for batch in batches)
    return [_rows(batch, mine) for batch, mine in kept if mine.any()]


def count_targets(batches: Sequence[Batch], *, anchored: bool) -> int:
    """Target tokens of the rows of one kind."""
    return sum(int(batch.targets[batch.anchored == anchored].sum()) for batch in batches)


def _rows(batch: Batch, mine: npt.NDArray[np.bool_]) -> Batch:
    return replace(
        batch,
        ids=batch.ids[mine],
        lengths=batch.lengths[mine],
        targets=batch.targets[mine],
        anchored=batch.anchored[mine],
        row_ids=batch.row_ids[mine],
    )
