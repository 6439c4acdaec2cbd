"""Several processes train one adapter, on one machine or on more; `mlx.launch` starts them.

As in torch/processes.py: every process has the whole plan and base, computes its share of a step's rows, and
takes the same optimizer step from sums made over all. Not here: whose files are written (cli).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten


@dataclass(frozen=True, slots=True)
class Processes:
    """Process `rank` of `count`."""

    rank: int = 0
    count: int = 1

    @classmethod
    def join(cls) -> Processes:
        """The processes that a launcher started, told by its environment; one where there was no launcher."""
        if "MLX_RANK" not in os.environ:
            return cls()
        group = mx.distributed.init()
        return cls(group.rank(), group.size())

    def add_up(self, tree: Any) -> Any:
        """A tree of float32 arrays with each leaf added up over all processes, in one exchange."""
        leaves = tree_flatten(tree)
        if self.count == 1 or not leaves:
            return tree
        flat = mx.distributed.all_sum(mx.concatenate([leaf.reshape(-1) for _, leaf in leaves]))
        summed, at = [], 0
        for path, leaf in leaves:
            summed.append((path, flat[at : at + leaf.size].reshape(leaf.shape)))
            at += leaf.size
        return tree_unflatten(summed)

    def add_up_numbers(self, *numbers: float) -> list[float]:
        """Each number added up over all processes, in float32."""
        if self.count == 1:
            return list(numbers)
        found: list[float] = mx.distributed.all_sum(mx.array(numbers, mx.float32)).tolist()
        return found
