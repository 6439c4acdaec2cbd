"""A training session: one LoRA adapter, AdamW in float32, and everything that the next step depends on.

Not here: which rows, in which order, at which rate (the plan), or when to stop (the loop).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engram.backends.base import AdapterWeights, Batch, EvalResult, StepResult, TrainSpec
from engram.backends.sharing import count_targets, share_rows
from engram.backends.torch import sharded
from engram.backends.torch.device import memory_guard
from engram.backends.torch.lora import export_adapter, first_adapted_block, fresh_adapter
from engram.backends.torch.losses import Anchors, adapter_off, target_logits, taught_loss
from engram.backends.torch.processes import Processes
from engram.backends.torch.rows import Group, group_rows
from engram.backends.torch.trunk import Trunk
from engram.errors import TrainingError
from engram.models.base import Base

_MEMORY_HINT = "Lower batch_size or max_seq_length, or set grad_checkpoint."
_MOMENTS = ("exp_avg", "exp_avg_sq")


class TorchTrainSession:
    """Keeps the TrainSession protocol; on a CPU its steps repeat bit for bit from `state()`."""

    def __init__(self, module: Any, base: Base, device: torch.device, spec: TrainSpec) -> None:
        self._module = module
        self._base = base
        self._device = device
        self._spec = spec
        self._processes = Processes.join(device)
        self._random = torch.Generator().manual_seed(spec.seed).get_state()
        first = self._put_on(spec)
        self._optimizer = torch.optim.AdamW(self._parameters.values(), weight_decay=spec.weight_decay)
        self._sharded = sharded.is_asked()
        self._anchors = Anchors(module, self._bare, keeps=not self._sharded)
        self._trunk = Trunk(module, 0 if self._sharded else first)
        if spec.grad_checkpoint:
            # Renamed in transformers 6; the warning is not for users.
            with warnings.catch_warnings(action="ignore", category=FutureWarning):
                module.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    def _put_on(self, spec: TrainSpec) -> int:
        """Put what is trained on the model; the lowest block that it changes."""
        with self._own_randomness():
            self._adapted = fresh_adapter(self._module, spec.adapter)
        self._parameters = {n: p for n, p in self._adapted.named_parameters() if p.requires_grad}
        return first_adapted_block(self._module, spec.adapter)

    def _bare(self) -> AbstractContextManager[None]:
        """Inside, the model is what it was before."""
        return adapter_off(self._module)

    def prepare(self, batches: Sequence[Batch]) -> None:
        """Compute once what no step changes: the frozen lower blocks, and the base's say on anchored rows."""
        if self._sharded:
            return
        self._module.eval()
        with memory_guard("preparing to train", _MEMORY_HINT):
            for group in self._groups(batches):
                self._anchors.keep(group)
                self._trunk.keep(group, partial(self._enter, group))

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        """One optimizer step over the micro-batches together; non-finite numbers change nothing."""
        with memory_guard("training", _MEMORY_HINT):
            if not any(batch.targets.any() for batch in micro_batches):
                raise TrainingError("A training step was given rows without a single target token.")
            with self._own_randomness():
                loss, anchor_loss, exact = self._gradients(micro_batches)
            norm = self._apply(learning_rate, math.isfinite(loss) and math.isfinite(anchor_loss))
        return StepResult(
            loss=loss,
            anchor_loss=anchor_loss,
            grad_norm=norm,
            tokens=sum(int(batch.lengths.sum()) for batch in micro_batches),
            exact=exact,
            rows=sum(int((~batch.anchored).sum()) for batch in micro_batches),
        )

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult:
        """Cross-entropy and exact rows over the taught rows of `batches`, without learning."""
        self._module.eval()
        total, exact, tokens, rows = 0.0, 0, 0, 0
        with memory_guard("evaluating", _MEMORY_HINT), torch.inference_mode():
            for group in self._groups(batches):
                summed, right = taught_loss(self._logits(group), group)
                total, exact = total + float(summed), exact + right
                tokens += int((~group.anchored[group.row_of]).sum())
                rows += int((~group.anchored).sum())
        total, *counts = self._sums(total, tokens, exact, rows)
        tokens, exact, rows = map(int, counts)
        return EvalResult(total / max(1, tokens), tokens, exact, rows)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """`parameter/*` and AdamW's `exp_avg/*`, `exp_avg_sq/*` float32, `step` int64, `random` uint8."""
        state: dict[str, npt.NDArray[Any]] = {"random": self._random.numpy().copy()}
        steps = 0
        for name, parameter in self._parameters.items():
            state[f"parameter/{name}"] = as_array(parameter)
            moments = self._optimizer.state.get(parameter, {})
            for kind in _MOMENTS:
                state[f"{kind}/{name}"] = as_array(moments.get(kind, torch.zeros_like(parameter)))
            steps = int(moments.get("step", steps))
        return state | {"step": np.array(steps, dtype=np.int64)}

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from `state`. Raises TrainingError if it belongs to an adapter of another shape."""
        expected = {key: value.shape for key, value in self.state().items()}
        if expected != {key: np.shape(value) for key, value in state.items()}:
            raise TrainingError("The checkpoint belongs to other training settings.", "Start the run anew.")
        for name, parameter in self._parameters.items():
            fill(parameter, state[f"parameter/{name}"])
            moments: dict[str, Tensor] = {"step": torch.tensor(float(state["step"]))}
            for kind in _MOMENTS:
                moments[kind] = torch.zeros_like(parameter)
                fill(moments[kind], state[f"{kind}/{name}"])
            self._optimizer.state[parameter] = moments
        self._random = torch.from_numpy(np.array(state["random"], dtype=np.uint8))

    def export(self) -> AdapterWeights:
        """The adapter as stock PEFT reads it."""
        return export_adapter(self._adapted, self._base)

    def _groups(self, batches: Sequence[Batch]) -> Iterator[Group]:
        """The rows that are this process's, in groups."""
        if self._sharded:
            yield from sharded.equal_groups(batches, self._processes, self._device)
            return
        for batch in share_rows(batches, self._processes.rank, self._processes.count):
            yield from group_rows(batch, self._device)

    def _gradients(self, batches: Sequence[Batch]) -> tuple[float, float, int]:
        """Fill .grad; mean cross-entropy, mean KL (per target token of their kind) and exact rows.

        The means are over the rows of all processes, and so is the gradient.
        """
        self._module.train()
        self._optimizer.zero_grad(set_to_none=True)
        taught, anchored = (max(1, count_targets(batches, anchored=kind)) for kind in (False, True))
        pulled = any(batch.anchored.any() for batch in batches)
        loss, anchor_loss, exact = 0.0, 0.0, 0
        for group in self._groups(batches):
            logits = self._logits(group)
            summed, right = taught_loss(logits, group)
            pull = self._anchors.loss(logits, group) if pulled else logits.new_zeros(())
            objective = summed / taught + self._spec.anchor_weight * pull / anchored
            if objective.requires_grad:  # a memory module may have nothing to say to these rows
                objective.backward()  # type: ignore[no-untyped-call]
            loss, exact = loss + float(summed.detach()) / taught, exact + right
            anchor_loss += float(pull.detach()) / anchored
        self._add_up_gradients()
        loss, anchor_loss, total = self._sums(loss, anchor_loss, exact)
        return loss, anchor_loss, int(total)

    def _add_up_gradients(self) -> None:
        if self._processes.count > 1:
            for parameter in self._parameters.values():
                if parameter.grad is None:  # no row of this step was this process's
                    parameter.grad = torch.zeros_like(parameter)
            self._processes.add_up(p.grad for p in self._parameters.values() if p.grad is not None)

    def _sums(self, *numbers: float) -> tuple[float, ...]:
        """Each number added up over all processes."""
        if self._processes.count == 1:
            return numbers
        sums = torch.tensor(numbers, dtype=torch.float64, device=self._device)
        self._processes.add_up([sums])
        return tuple(sums.tolist())

    def _logits(self, group: Group) -> Tensor:
        return self._enter(group, group.ids, self._trunk.hidden(group))

    def _enter(self, group: Group, ids: Tensor, hidden: Tensor | None) -> Tensor:
        """Logits at the group's targets, from the ids or from where the trunk ends."""
        if hidden is None:
            return target_logits(self._module, ids, group.mask)
        with self._trunk.upper_blocks():
            return target_logits(self._module, ids, group.mask, hidden)

    def _apply(self, learning_rate: float, finite: bool) -> float:
        """Clip and step, unless the losses or the gradient are not finite; the norm before clipping."""
        norm = float(torch.nn.utils.clip_grad_norm_(self._parameters.values(), self._spec.clip_norm))
        if finite and math.isfinite(norm):
            for options in self._optimizer.param_groups:
                options["lr"] = learning_rate
            self._optimizer.step()
        return norm

    @contextmanager
    def _own_randomness(self) -> Iterator[None]:
        """Torch's CPU generator (initial A, dropout) inside the block is this session's own."""
        outside = torch.get_rng_state()
        torch.set_rng_state(self._random)
        try:
            yield
        finally:
            self._random = torch.get_rng_state()
            torch.set_rng_state(outside)


def as_array(tensor: Tensor) -> npt.NDArray[np.float32]:
    """A copy on the host, in float32."""
    return tensor.detach().float().cpu().numpy().copy()


def fill(tensor: Tensor, values: npt.NDArray[Any]) -> None:
    """Put these values into a tensor of their shape."""
    with torch.no_grad():
        tensor.copy_(torch.from_numpy(np.array(values)))
