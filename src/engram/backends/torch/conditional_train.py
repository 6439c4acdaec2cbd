"""A training session of the Engram-style module in torch: rows by sparse steps, matrices by ordinary ones.

Adam (Kingma and Ba, arXiv 1412.6980) with a count of its own for each row: a row that a step does not read
is not touched, nor its moments, and its bias correction starts when it is first read. Not here: groups,
losses and the order of a step, which are those of every session (train.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engram.backends.base import AdapterWeights, ConditionalSpec, TrainSpec
from engram.backends.conditional import Module, export_module, fresh_module
from engram.backends.torch.blocks import find_blocks
from engram.backends.torch.conditional import ConditionalMemory
from engram.backends.torch.rows import Group
from engram.backends.torch.train import TorchTrainSession, as_array, fill
from engram.errors import SettingsError

_BETAS = 0.9, 0.999
_EPSILON = 1e-8


class ConditionalSession(TorchTrainSession):
    """Keeps the TrainSession protocol; on a CPU its steps repeat bit for bit from `state()`."""

    _conditional: ConditionalSpec

    def _put_on(self, spec: TrainSpec) -> int:
        assert spec.conditional is not None
        self._conditional = spec.conditional
        if self._processes.count > 1:
            raise SettingsError("A memory module trains in one process.", "Start it without a launcher.")
        depth = len(find_blocks(self._module).layers)
        hidden = int(self._module.config.get_text_config().hidden_size)
        blocks = spec.conditional.written_blocks(depth)
        if not all(0 <= block < depth for block in blocks):
            raise SettingsError(f"The blocks to write to are {blocks}, and there are {depth}.")
        fresh = fresh_module(spec.conditional, hidden, depth, spec.seed)
        self.memory = ConditionalMemory(self._module, fresh, self._device)
        self._module.requires_grad_(False)
        self.memory.requires_grad_(True)
        self._parameters = dict(self.memory.writes.named_parameters(prefix="write"))
        self._rows = _RowAdam(self.memory.table)
        return min(blocks)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """As every session's, and `table/*`: values and moments [rows, width], and counts int32 [rows]."""
        return super().state() | self._rows.state()

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from `state`. Raises TrainingError if it belongs to a module of another shape."""
        super().restore(state)
        self._rows.restore(state)

    def export(self) -> AdapterWeights:
        """The module's tensors and configuration, with the rows that were trained."""
        writes = {
            int(at): {name: as_array(part) for name, part in write.named_parameters()}
            for at, write in self.memory.writes.items()
        }
        module = Module(self.memory.reader, as_array(self.memory.table), writes)
        return export_module(module, self._rows.touched, self._base)

    def _enter(self, group: Group, ids: Tensor, hidden: Tensor | None) -> Tensor:
        self.memory.tell(self.memory.read_ids(ids.cpu().numpy()))
        return super()._enter(group, ids, hidden)

    def _bare(self) -> AbstractContextManager[None]:
        return self.memory.resting()

    def _apply(self, learning_rate: float, finite: bool) -> float:
        """Clip and step, unless the losses or the gradient are not finite; the norm before clipping."""
        rows, gradient = self._rows.gradient()
        dense = [part.grad for part in self._parameters.values() if part.grad is not None]
        norm = math.sqrt(sum(float(part.pow(2).sum()) for part in (*dense, gradient)))
        if finite and math.isfinite(norm):
            shrink = min(1.0, self._spec.clip_norm / (norm + 1e-6))
            for part in (*dense, gradient):
                part.mul_(shrink)
            for options in self._optimizer.param_groups:
                options["lr"] = learning_rate * self._conditional.matrix_rate
            self._optimizer.step()
            self._rows.step(rows, gradient, learning_rate * self._conditional.row_rate)
        self.memory.table.grad = None
        return norm


class _RowAdam:
    """Adam over the rows of one table that a step read."""

    def __init__(self, table: torch.nn.Parameter) -> None:
        self._table = table
        self._mean, self._square = torch.zeros_like(table.data), torch.zeros_like(table.data)
        self._count = torch.zeros(len(table), dtype=torch.int32, device=table.device)

    @property
    def touched(self) -> npt.NDArray[np.bool_]:
        """Which rows were ever read with a gradient: bool [rows]."""
        return (self._count > 0).cpu().numpy()

    def gradient(self) -> tuple[Tensor, Tensor]:
        """Rows int64 [read] that this step read, each once, and their gradients [read, width]."""
        if self._table.grad is None:
            return self._count.new_zeros(0, dtype=torch.int64), self._table.new_zeros(0, self._table.shape[1])
        found = self._table.grad.coalesce()
        return found.indices()[0], found.values()

    def step(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        with torch.no_grad():
            self._count[rows] += 1
            count = self._count[rows].float()[:, None]
            mean = self._mean[rows].mul_(_BETAS[0]).add_(gradient, alpha=1 - _BETAS[0])
            square = self._square[rows].mul_(_BETAS[1]).addcmul_(gradient, gradient, value=1 - _BETAS[1])
            self._mean[rows], self._square[rows] = mean, square
            mean = mean / (1 - _BETAS[0] ** count)
            root = (square / (1 - _BETAS[1] ** count)).sqrt_().add_(_EPSILON)
            self._table[rows] -= rate * mean / root

    def state(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "table/values": as_array(self._table),
            "table/exp_avg": as_array(self._mean),
            "table/exp_avg_sq": as_array(self._square),
            "table/count": self._count.cpu().numpy().copy(),
        }

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        for name, tensor in (
            ("values", self._table),
            ("exp_avg", self._mean),
            ("exp_avg_sq", self._square),
            ("count", self._count),
        ):
            fill(tensor, state[f"table/{name}"])
