"""Rows of a batch as torch sees them: groups of similar length, so that little padding is computed.

Not here: which rows go together in a step (the plan decides), or any loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engram.backends.base import Batch
from engram.backends.grouping import cut_by_length


@dataclass(frozen=True, slots=True)
class Group:
    """Rows for one forward pass. `targets` counts in the flattened targets, row by row.

    `ids` int64 [rows, seq]; `mask` bool [rows, seq], true at position t where ids[row, t + 1] is a target;
    `labels` int64 [targets]; `row_of` int64 [targets]; `anchored` bool [rows]; `row_ids` one per row;
    `lengths` and `tokens` without padding.
    """

    ids: Tensor
    mask: Tensor
    labels: Tensor
    row_of: Tensor
    anchored: Tensor
    row_ids: tuple[int, ...]
    lengths: tuple[int, ...]
    tokens: int


def group_rows(batch: Batch, device: torch.device) -> list[Group]:
    """The rows of `batch`, split and trimmed by length; rows without targets are left out."""
    return [_group(batch, rows, device) for rows in _cut(batch)]


def count_groups(batch: Batch) -> int:
    """How many groups `group_rows` would make."""
    return len(_cut(batch))


def _cut(batch: Batch) -> list[npt.NDArray[np.intp]]:
    """Which rows share a group."""
    useful = np.flatnonzero(batch.targets.any(axis=1))
    order = useful[np.argsort(batch.lengths[useful], kind="stable")]
    return [
        order[start:end] for start, end in cut_by_length([int(length) for length in batch.lengths[order]])
    ]


def _group(batch: Batch, rows: npt.NDArray[np.intp], device: torch.device) -> Group:
    width = int(batch.lengths[rows].max())
    ids = batch.ids[rows, :width].astype(np.int64)
    targets = batch.targets[rows, :width]
    mask = np.zeros_like(targets)
    mask[:, :-1] = targets[:, 1:]
    return Group(
        ids=torch.from_numpy(ids).to(device),
        mask=torch.from_numpy(mask).to(device),
        labels=torch.from_numpy(ids[targets]).to(device),
        row_of=torch.from_numpy(np.nonzero(targets)[0]).to(device),
        anchored=torch.from_numpy(batch.anchored[rows]).to(device),
        row_ids=tuple(int(row) for row in batch.row_ids[rows]),
        lengths=tuple(int(length) for length in batch.lengths[rows]),
        tokens=int(batch.lengths[rows].sum()),
    )
