"""Several processes train one adapter, on one machine or on more; `accelerate launch` starts them.

Every process has the whole plan and the whole base. In each step it computes its share of the rows
(sharing.py); sums of losses and gradients are then made over all, and every process takes the same optimizer
step. A step's batch is therefore what the settings say, however many processes share it. Not here: whose
files are written (cli).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as collective
from torch import Tensor

from engram.errors import UsageError


@dataclass(frozen=True, slots=True)
class Processes:
    """Process `rank` of `count`."""

    rank: int = 0
    count: int = 1

    @classmethod
    def join(cls, device: torch.device) -> Processes:
        """The processes that a launcher started, told by its environment; one where there was no launcher.

        Raises UsageError when the others cannot be reached.
        """
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count < 2:
            return cls()
        if not collective.is_initialized():
            try:
                collective.init_process_group("nccl" if device.type == "cuda" else "gloo")
            except (RuntimeError, ValueError) as error:
                raise UsageError(
                    f"The {count} processes of this run did not find each other: {error}",
                    "Start them with: accelerate launch -m engram train ...",
                ) from error
        return cls(collective.get_rank(), collective.get_world_size())

    def add_up(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its sum over all processes, in one exchange for each number type."""
        by_type: dict[torch.dtype, list[Tensor]] = {}
        for tensor in tensors if self.count > 1 else ():
            by_type.setdefault(tensor.dtype, []).append(tensor)
        for group in by_type.values():
            flat = torch.cat([tensor.reshape(-1) for tensor in group])
            collective.all_reduce(flat)
            for tensor, part in zip(
                group, torch.split(flat, [tensor.numel() for tensor in group]), strict=True
            ):
                tensor.copy_(part.view_as(tensor))


def local_device(device: torch.device) -> torch.device:
    """The GPU of this process among those of its machine."""
    if device.type != "cuda" or "LOCAL_RANK" not in os.environ:
        return device
    mine = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(mine)
    return mine
