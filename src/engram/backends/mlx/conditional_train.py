"""A training session of the Engram-style module in mlx; torch/conditional_train.py says how rows are stepped.

Gradients are taken over the module's matrices and the rows that a group reads, which are put into the forward
pass as values of their own. Blocks are not recomputed on the way back: the base is frozen, and most of it is
below what is trained. Not here: groups and losses, which are those of every session (train.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
from mlx.utils import tree_flatten, tree_map

from engram.backends.base import AdapterWeights, Batch, ConditionalSpec
from engram.backends.conditional import Module, export_module, fresh_module, open_positions
from engram.backends.mlx.conditional import NOTHING, ConditionalMemory, Numbers, beside
from engram.backends.mlx.head import TargetHead
from engram.backends.mlx.losses import Anchors, anchor_loss, exact_rows, taught_loss
from engram.backends.mlx.rows import Group
from engram.backends.mlx.train import MlxTrainSession
from engram.backends.sharing import count_targets
from engram.errors import SettingsError, TrainingError

_BETAS = 0.9, 0.999
_EPSILON = 1e-8


class ConditionalSession(MlxTrainSession):
    """Keeps the TrainSession protocol; on a CPU its steps repeat bit for bit from `state()`."""

    _conditional: ConditionalSpec

    def _put_on(self) -> None:
        assert self._spec.conditional is not None
        self._conditional = self._spec.conditional
        if self._processes.count > 1:
            raise SettingsError("A memory module trains in one process.", "Start it without a launcher.")
        depth, hidden = len(self._model.layers), int(self._model.args.hidden_size)
        blocks = self._conditional.written_blocks(depth)
        if not all(0 <= block < depth for block in blocks):
            raise SettingsError(f"The blocks to write to are {blocks}, and there are {depth}.")
        self._head = TargetHead(self._model)
        self.memory = ConditionalMemory(
            self._model, fresh_module(self._conditional, hidden, depth, self._spec.seed)
        )
        self._anchors = Anchors(self._head, self.memory.resting)
        self._mean, self._square = (tree_map(mx.zeros_like, self.memory.writes) for _ in range(2))
        self._row_mean, self._row_square = (np.zeros(self.memory.table.shape, np.float32) for _ in range(2))
        self._table = np.zeros(self.memory.table.shape, np.float32)
        self._count = np.zeros(len(self._table), np.int32)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """As torch's session has it, by the same names."""
        state: dict[str, npt.NDArray[Any]] = {"random": np.array(self._random, dtype=np.uint64)}
        parts = (("parameter", self.memory.writes), ("exp_avg", self._mean), ("exp_avg_sq", self._square))
        for kind, tree in parts:
            state |= {f"{kind}/write.{name}": np.array(values) for name, values in tree_flatten(tree)}
        return state | {
            "step": np.array(self._steps, dtype=np.int64),
            "table/values": self._table.copy(),
            "table/exp_avg": self._row_mean.copy(),
            "table/exp_avg_sq": self._row_square.copy(),
            "table/count": self._count.copy(),
        }

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from `state`. Raises TrainingError if it belongs to a module of another shape."""
        expected = {key: value.shape for key, value in self.state().items()}
        if expected != {key: np.shape(value) for key, value in state.items()}:
            raise TrainingError("The checkpoint belongs to other training settings.", "Start the run anew.")
        self._random, self._steps = int(state["random"]), int(state["step"])
        self.memory.writes, self._mean, self._square = (
            _tree(state, f"{kind}/write.") for kind in ("parameter", "exp_avg", "exp_avg_sq")
        )
        self._table = np.array(state["table/values"], np.float32)
        self._row_mean = np.array(state["table/exp_avg"], np.float32)
        self._row_square = np.array(state["table/exp_avg_sq"], np.float32)
        self._count = np.array(state["table/count"], np.int32)
        self.memory.table = mx.array(self._table)

    def export(self) -> AdapterWeights:
        """The module's tensors and configuration, with the rows that were trained."""
        writes = {
            int(at): {name: np.array(values) for name, values in part.items()}
            for at, part in self.memory.writes.items()
        }
        return export_module(Module(self.memory.reader, self._table, writes), self._count > 0, self._base)

    def _look(self, group: Group) -> None:
        self.memory.tell(self.memory.read_ids(np.array(group.ids)))

    def _gradients(self, batches: Sequence[Batch]) -> tuple[float, float, int, Any]:
        """Mean cross-entropy, mean KL (per target token of their kind), exact rows; and of the matrices the
        gradient tree, of the table the gradients by row."""
        self._model.train()
        taught, anchored = (max(1, count_targets(batches, anchored=kind)) for kind in (False, True))
        shares = mx.array(1 / taught), mx.array(self._spec.anchor_weight / anchored)
        loss, anchor, exact = 0.0, 0.0, 0
        total = tree_map(mx.zeros_like, self.memory.writes)
        by_row: dict[int, npt.NDArray[np.float32]] = {}
        for group in self._groups(batches):
            (summed, pull, likeliest), (writes, rows, values) = self._of_group(group, shares)
            total = tree_map(mx.add, total, writes)
            mx.eval(summed, pull, likeliest, total, values)
            loss, anchor = loss + summed.item() / taught, anchor + pull.item() / anchored
            exact += exact_rows(likeliest, group)
            for row, value in zip(rows.tolist(), np.array(values), strict=True):
                by_row[row] = by_row[row] + value if row in by_row else value
        return loss, anchor, exact, (total, by_row)

    def _of_group(self, group: Group, shares: tuple[mx.array, mx.array]) -> tuple[Any, Any]:
        """Losses of a group, and what their weighted sum moves: matrices, rows by number, and those rows."""
        taught, anchored, memory = group.taught, group.anchored, self.memory
        base = self._anchors.of(group)
        positions, addresses, live = open_positions(memory.reader.read(np.array(group.ids)))
        rows, of_rows = np.unique(addresses[live], return_inverse=True)
        at, places = mx.array(positions.astype(np.int32)), mx.concatenate([taught.places, anchored.places])
        which, kept = mx.array(of_rows.astype(np.int32)), memory.writes

        def objective(writes: Any, values: mx.array) -> tuple[mx.array, ...]:
            memory.writes = writes
            memory.tell((at, beside(values[which], live)) if len(rows) else NOTHING)
            logits = self._head.logits(group.ids, places)
            summed, likeliest = taught_loss(logits[: taught.labels.size], taught.labels, taught.real)
            pull = anchor_loss(logits[taught.labels.size :], base, anchored.real)
            return summed * shares[0] + pull * shares[1], summed, pull, likeliest

        values = mx.array(self._table[rows])
        (_, *losses), (writes, gradient) = mx.value_and_grad(objective, argnums=(0, 1))(kept, values)
        memory.writes = kept
        return losses, (writes, rows, gradient)

    def _apply(self, gradients: Any, learning_rate: float, finite: bool) -> float:
        """Clip and step, unless the losses or the gradient are not finite; the norm before clipping."""
        total, by_row = gradients
        rows = np.array(sorted(by_row), dtype=np.int64)
        values = np.array([by_row[row] for row in rows], np.float32).reshape(-1, self._table.shape[1])
        squares = [float(mx.square(leaf).sum().item()) for _, leaf in tree_flatten(total)]
        norm = math.sqrt(sum(squares) + float((values.astype(np.float64) ** 2).sum()))
        if not (finite and math.isfinite(norm)):
            return norm
        shrink = min(1.0, self._spec.clip_norm / (norm + 1e-6))
        self._steps += 1
        self._step_matrices(total, shrink, learning_rate * self._conditional.matrix_rate)
        self._step_rows(rows, values * np.float32(shrink), learning_rate * self._conditional.row_rate)
        return norm

    def _step_matrices(self, total: Any, shrink: float, rate: float) -> None:
        """AdamW over all of them."""
        first, second = _BETAS
        decay = 1 - rate * self._spec.weight_decay
        self._mean = tree_map(lambda m, g: first * m + (1 - first) * shrink * g, self._mean, total)
        self._square = tree_map(
            lambda v, g: second * v + (1 - second) * mx.square(shrink * g), self._square, total
        )
        straight, wide = 1 - first**self._steps, 1 - second**self._steps
        self.memory.writes = tree_map(
            lambda p, m, v: decay * p - rate * (m / straight) / (mx.sqrt(v / wide) + _EPSILON),
            *(self.memory.writes, self._mean, self._square),
        )
        mx.eval(self.memory.writes, self._mean, self._square)

    def _step_rows(self, rows: npt.NDArray[np.int64], values: npt.NDArray[np.float32], rate: float) -> None:
        """Adam over the rows that were read, each with its own count."""
        first, second = _BETAS
        self._count[rows] += 1
        count = self._count[rows].astype(np.float32)[:, None]
        mean = np.float32(first) * self._row_mean[rows] + np.float32(1 - first) * values
        square = np.float32(second) * self._row_square[rows] + np.float32(1 - second) * values**2
        self._row_mean[rows], self._row_square[rows] = mean, square
        root = np.sqrt(square / (1 - np.float32(second) ** count)) + np.float32(_EPSILON)
        self._table[rows] -= np.float32(rate) * (mean / (1 - np.float32(first) ** count)) / root
        self.memory.table = mx.array(self._table)


def _tree(state: Mapping[str, npt.NDArray[Any]], prefix: str) -> Numbers:
    """The matrices by block and name that stand under a prefix of a state."""
    tree: Numbers = {}
    for key, values in state.items():
        if key.startswith(prefix):
            at, _, name = key.removeprefix(prefix).partition(".")
            tree.setdefault(at, {})[name] = mx.array(values)
    return tree
