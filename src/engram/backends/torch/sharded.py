"""A base that does not fit one device: every process keeps a share of each frozen weight.

A block's weights come together while it computes and part again afterwards, forward and backward (fully
sharded data parallel, FSDP; Zhao et al. 2023, arXiv 2304.11277). The adapter is small and whole everywhere.
So a block computes in all processes or in none: they take equally many forward passes, and nothing is kept
of rows, because a process that had kept one would leave the others waiting. Not here: how rows are shared and
sums are made (sharing.py, processes.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from engram.backends.base import Batch
from engram.backends.sharing import share_rows
from engram.backends.torch.blocks import find_blocks
from engram.backends.torch.processes import Processes
from engram.backends.torch.rows import Group, count_groups, group_rows

ASKED_BY = "ACCELERATE_USE_FSDP"
"""The environment variable by which `accelerate launch --use_fsdp` says so."""


def is_asked() -> bool:
    """Whether the launcher wants frozen weights spread over its processes."""
    launched = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return launched and os.environ.get(ASKED_BY, "").lower() in ("1", "true", "yes")


def shard_base(model: Any, processes: Processes, device: torch.device) -> Any:
    """Spread the blocks of a frozen model, which lies in main memory, over the processes' devices."""
    mesh = init_device_mesh(device.type, (processes.count,))
    for block in find_blocks(model).layers:
        fully_shard(block, mesh=mesh, reshard_after_forward=True)
    # Embeddings, norms and head stay whole: tied ones belong to two places at once.
    for module in model.modules():
        for name, own in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            if not isinstance(own, DTensor):
                _replace(module, name, own.to(device))
    with torch.no_grad():
        # Room for whole weights is made at the first pass. Made in inference mode, training could not use it.
        model(input_ids=torch.zeros(1, 1, dtype=torch.int64, device=device), use_cache=False)
    return model


def equal_groups(batches: Sequence[Batch], processes: Processes, device: torch.device) -> Iterator[Group]:
    """This process's groups, followed by empty ones until it has as many as the process with most."""
    counts = [
        sum(count_groups(part) for part in share_rows(batches, rank, processes.count))
        for rank in range(processes.count)
    ]
    for batch in share_rows(batches, processes.rank, processes.count):
        yield from group_rows(batch, device)
    for _ in range(max(counts) - counts[processes.rank]):
        yield _nobody(device)


def _nobody(device: torch.device) -> Group:
    """One token of no row, so that the blocks are gone through."""
    nothing = torch.zeros(0, dtype=torch.int64, device=device)
    return Group(
        ids=torch.zeros(1, 1, dtype=torch.int64, device=device),
        mask=torch.zeros(1, 1, dtype=torch.bool, device=device),
        labels=nothing,
        row_of=nothing,
        anchored=torch.ones(1, dtype=torch.bool, device=device),  # it is no taught row
        row_ids=(-1,),
        lengths=(1,),
        tokens=0,
    )


def _replace(module: Any, name: str, tensor: torch.Tensor) -> None:
    if name in module._buffers:
        module._buffers[name] = tensor
    else:
        module._parameters[name].data = tensor
