"""A training session in mlx: one LoRA adapter, AdamW in float32, and all that the next step depends on.

Gradients are taken over the model's trainable parameter tree, which holds the adapter's leaves and nothing
else; after two steps it is verified that each of them moved and nothing else did. Not here: which rows, in
which order, at which rate (the plan), or when to stop (the loop).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
from mlx import nn
from mlx.optimizers import AdamW
from mlx.utils import tree_flatten, tree_map, tree_map_with_path

from engram.backends.base import AdapterWeights, Batch, EvalResult, StepResult, TrainSpec
from engram.backends.mlx.config import check_length
from engram.backends.mlx.device import memory_guard
from engram.backends.mlx.head import TargetHead
from engram.backends.mlx.lora import LEAVES, export_adapter, fresh_adapter
from engram.backends.mlx.losses import Anchors, Kept, adapter_off, anchor_loss, exact_rows, taught_loss
from engram.backends.mlx.processes import Processes
from engram.backends.mlx.recompute import recomputing
from engram.backends.mlx.rows import Group, group_rows
from engram.backends.sharing import count_targets, share_rows
from engram.errors import TrainingError
from engram.models.base import Base

_MEMORY_HINT = "Lower batch_size or max_seq_length, or set grad_checkpoint."
_MOMENTS = {"exp_avg": "m", "exp_avg_sq": "v"}  # torch's name: mlx's
_VERIFIED_AT = 2  # B = 0 at first, so that A cannot move before the second step


class MlxTrainSession:
    """Keeps the TrainSession protocol; on a CPU its steps repeat bit for bit from `state()`."""

    def __init__(self, model: nn.Module, base: Base, spec: TrainSpec) -> None:
        self._model, self._base, self._spec = model, base, spec
        self._random = spec.seed
        self._processes = Processes.join()
        model.freeze()
        self._steps = 0
        self._before: dict[str, mx.array] | None = None
        self._put_on()

    def _put_on(self) -> None:
        """Put what is trained on the model, and make ready to train it."""
        model, spec = self._model, self._spec
        with self._own_randomness():
            self._layers = fresh_adapter(model, spec.adapter)
        for layer in self._layers.values():
            layer.unfreeze(keys=list(LEAVES.values()), recurse=False)
        self._optimizer = AdamW(0.0, weight_decay=spec.weight_decay, bias_correction=True)
        self._optimizer.init(model.trainable_parameters())
        self._head = TargetHead(model)
        self._anchors = Anchors(self._head, lambda: adapter_off(self._layers))
        # Compiled anew for every shape; randomness (dropout) goes in and comes out.
        random = mx.random.state
        self._compiled = mx.compile(mx.value_and_grad(self._objective), inputs=random, outputs=random)
        self._before = self._fingerprints()

    def prepare(self, batches: Sequence[Batch]) -> None:
        """Compute once what no step changes: the base's say on anchored rows."""
        self._model.eval()
        with memory_guard("preparing to train", _MEMORY_HINT):
            for group in self._groups(batches):
                self._anchors.of(group)

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        """One optimizer step over the micro-batches together; non-finite numbers change nothing."""
        with memory_guard("training", _MEMORY_HINT):
            if not any(batch.targets.any() for batch in micro_batches):
                raise TrainingError("A training step was given rows without a single target token.")
            loss, anchor, exact, gradients = self._gradients(micro_batches)
            norm = self._apply(gradients, learning_rate, math.isfinite(loss) and math.isfinite(anchor))
        return StepResult(
            loss=loss,
            anchor_loss=anchor,
            grad_norm=norm,
            tokens=sum(int(batch.lengths.sum()) for batch in micro_batches),
            exact=exact,
            rows=sum(int((~batch.anchored).sum()) for batch in micro_batches),
        )

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult:
        """Cross-entropy and exact rows over the taught rows of `batches`, without learning."""
        self._model.eval()
        total, exact, tokens, rows = 0.0, 0, 0, 0
        with memory_guard("evaluating", _MEMORY_HINT):
            for group in self._groups(batches):
                self._look(group)
                logits = self._head.logits(group.ids, group.taught.places)
                summed, likeliest = taught_loss(logits, group.taught.labels, group.taught.real)
                total, exact = total + summed.item(), exact + exact_rows(likeliest, group)
                tokens, rows = tokens + len(group.taught), rows + int((~group.anchored_rows).sum())
        total, *counts = self._processes.add_up_numbers(total, tokens, exact, rows)
        tokens, exact, rows = map(int, counts)
        return EvalResult(total / max(1, tokens), tokens, exact, rows)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """As torch's session has it, by the same names: `parameter/*`, AdamW's `exp_avg/*`, `exp_avg_sq/*`
        float32 in PEFT's shapes, and `step` int64; `random` uint64 is mlx's own."""
        moments = dict(tree_flatten(self._optimizer.state))
        state: dict[str, npt.NDArray[Any]] = {"random": np.array(self._random, dtype=np.uint64)}
        for name, path, ours in self._leaves():
            state[f"parameter/{name}"] = np.array(self._layers[path][ours].T)
            for theirs, moment in _MOMENTS.items():
                state[f"{theirs}/{name}"] = np.array(moments[f"{path}.{ours}.{moment}"].T)
        return state | {"step": np.array(self._steps, dtype=np.int64)}

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from `state`. Raises TrainingError if it belongs to an adapter of another shape."""
        expected = {key: value.shape for key, value in self.state().items()}
        if expected != {key: np.shape(value) for key, value in state.items()}:
            raise TrainingError("The checkpoint belongs to other training settings.", "Start the run anew.")
        moments: dict[str, mx.array] = {}
        for name, path, ours in self._leaves():
            self._layers[path][ours] = _transposed(state[f"parameter/{name}"])
            for theirs, moment in _MOMENTS.items():
                moments[f"{path}.{ours}.{moment}"] = _transposed(state[f"{theirs}/{name}"])
        self._steps = int(state["step"])
        moments["step"] = mx.array(self._steps, mx.uint64)
        self._optimizer.state = tree_map_with_path(
            lambda path, old: moments.get(path, old), self._optimizer.state
        )
        self._random = int(state["random"])
        self._before = None  # what was there before this session is not known

    def export(self) -> AdapterWeights:
        """The adapter as stock PEFT reads it."""
        return export_adapter(self._layers, self._spec.adapter, self._model, self._base)

    def _groups(self, batches: Sequence[Batch]) -> Iterator[Group]:
        """The rows that are this process's, in groups."""
        for batch in share_rows(batches, self._processes.rank, self._processes.count):
            check_length(int(batch.lengths.max(initial=0)), self._base)
            yield from group_rows(batch)

    def _look(self, group: Group) -> None:
        """Before a forward pass of a group; a memory module looks at its ids."""

    def _gradients(self, batches: Sequence[Batch]) -> tuple[float, float, int, Any]:
        """Mean cross-entropy, mean KL (per target token of their kind), exact rows, gradient tree.

        The means are over the rows of all processes, and so is the gradient.
        """
        self._model.train()
        taught, anchored = (max(1, count_targets(batches, anchored=kind)) for kind in (False, True))
        shares = mx.array(1 / taught), mx.array(self._spec.anchor_weight / anchored)
        loss, anchor, exact = 0.0, 0.0, 0
        total = tree_map(mx.zeros_like, self._model.trainable_parameters())
        for group in self._groups(batches):
            (summed, pull, likeliest), gradients = self._differentiate(group, shares)
            total = tree_map(mx.add, total, gradients)
            mx.eval(summed, pull, likeliest, total)
            loss, anchor = loss + summed.item() / taught, anchor + pull.item() / anchored
            exact += exact_rows(likeliest, group)
        loss, anchor, right = self._processes.add_up_numbers(loss, anchor, exact)
        return loss, anchor, int(right), self._processes.add_up(total)

    def _differentiate(self, group: Group, shares: tuple[mx.array, mx.array]) -> tuple[Any, Any]:
        """Losses of a group, and the gradient tree of their weighted sum."""
        base, parameters = self._anchors.of(group), self._model.trainable_parameters()
        taught, anchored = group.taught, group.anchored
        with self._own_randomness(), recomputing(self._model, self._spec.grad_checkpoint):
            (_, *losses), gradients = self._compiled(
                parameters,
                (group.ids, mx.concatenate([taught.places, anchored.places])),
                (taught.labels, taught.real),
                (base, anchored.real),
                shares,
            )
        self._model.update(parameters)  # tracing left its stand-ins in their places
        return losses, gradients

    def _objective(
        self,
        parameters: Any,
        asked: tuple[mx.array, mx.array],
        taught: tuple[mx.array, mx.array],
        anchored: tuple[Kept, mx.array],
        shares: tuple[mx.array, mx.array],
    ) -> tuple[mx.array, ...]:
        """The weighted sum, which is differentiated, the two losses, and the likeliest tokens."""
        self._model.update(parameters)
        logits = self._head.logits(*asked)  # of taught targets first, then of anchored ones
        count = taught[0].size
        summed, likeliest = taught_loss(logits[:count], *taught)
        pull = anchor_loss(logits[count:], *anchored)
        return summed * shares[0] + pull * shares[1], summed, pull, likeliest

    def _apply(self, gradients: Any, learning_rate: float, finite: bool) -> float:
        """Clip and step, unless the losses or the gradient are not finite; the norm before clipping."""
        squares = [mx.square(leaf).sum() for _, leaf in tree_flatten(gradients)]
        norm = float(mx.sqrt(mx.stack(squares).sum()).item())
        if not (finite and math.isfinite(norm)):
            return norm
        shrink = min(1.0, self._spec.clip_norm / (norm + 1e-6))
        self._optimizer.learning_rate = learning_rate
        self._optimizer.update(self._model, tree_map(lambda leaf: leaf * shrink, gradients))
        mx.eval(self._model.trainable_parameters(), self._optimizer.state)
        self._steps += 1
        if self._before is not None and self._steps == _VERIFIED_AT and learning_rate > 0:
            self._verify(self._before)
        return norm

    def _verify(self, before: Mapping[str, mx.array]) -> None:
        """Raises TrainingError unless every tensor of the adapter moved and no other did."""
        self._before = None
        mine = {f"{path}.{ours}" for _, path, ours in self._leaves()}
        now = self._fingerprints()
        moved = {path for path, value in now.items() if not mx.array_equal(value, before[path]).item()}
        if moved != mine:
            stuck, strange = sorted(mine - moved)[:3], sorted(moved - mine)[:3]
            raise TrainingError(
                f"After {_VERIFIED_AT} steps these tensors of the adapter had not moved: {stuck}; and these "
                f"of the base had: {strange}.",
                "This model does not train as mlx-lm lays it out; use --backend torch.",
            )

    def _fingerprints(self) -> dict[str, mx.array]:
        """A few numbers for each tensor of the model, by path."""
        prints = {path: _fingerprint(value) for path, value in tree_flatten(self._model.parameters())}
        mx.eval(prints)
        return prints

    def _leaves(self) -> Iterator[tuple[str, str, str]]:
        """(torch's name of the parameter, path of its layer, mlx-lm's name in it)."""
        for path in self._layers:
            for half, ours in LEAVES.items():
                yield f"base_model.model.{path}.{half}.default.weight", path, ours

    @contextmanager
    def _own_randomness(self) -> Iterator[None]:
        """mlx's generator (initial A, dropout) inside the block is this session's own."""
        outside = _random_key()
        mx.random.seed(self._random)
        try:
            yield
        finally:
            self._random = _random_key()
            mx.random.seed(outside)


def _random_key() -> int:
    """The state of mlx's generator as the number that `mx.random.seed` takes to bring it back."""
    high, low = mx.random.state[0].tolist()
    return int(high) << 32 | int(low)


def _fingerprint(value: mx.array) -> mx.array:
    numbers = value.astype(mx.float32)
    return mx.stack([numbers.sum(), mx.abs(numbers).sum(), mx.square(numbers).sum()])


def _transposed(values: npt.NDArray[Any]) -> mx.array:
    return mx.array(np.ascontiguousarray(np.asarray(values, dtype=np.float32).T))
