"""The seam between Engram and tensors: one small protocol, kept by `fake`, `torch` and `mlx`.

Everything that crosses it is numpy or a frozen value, so that plan, batches, masks, loop, gate and report
are written once and every backend does only arithmetic. Not here: any import of a tensor library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from engram.lookup.reading import Reader
from engram.models.base import Base
from engram.types import Completion, Sampling

Ids = npt.NDArray[np.int32]
Quantization = Literal["4bit"]


class LogitsProcessor(Protocol):
    """Sees the ids so far [seq] and the next-token logits [vocabulary] of one row, returns logits.

    The array type is the backend's own; returning the same object means "no change", bit for bit.
    """

    def __call__(self, ids: Sequence[int], logits: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one forward pass, right-padded.

    `ids` int32 [rows, seq]; `lengths` int32 [rows]; `targets` bool [rows, seq], true where ids[row, t] is
    to be predicted from ids[row, :t] (never at t = 0); `anchored` bool [rows], true for replay rows, whose
    targets are pulled towards the frozen base (KL divergence) instead of towards the ids; `row_ids` int64
    [rows], equal for the same row in every pass, so that a backend may keep the base's logits of a row.
    """

    ids: Ids
    lengths: npt.NDArray[np.int32]
    targets: npt.NDArray[np.bool_]
    anchored: npt.NDArray[np.bool_]
    row_ids: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """Shape of a LoRA adapter: W + (alpha / rank) B A on the chosen linear layers.

    `num_layers` counts blocks from the last one; -1 is all, 0 the upper half. `target_modules` are the last
    components of module names (for instance q_proj), ALL_LINEAR or FEED_FORWARD; empty means every linear
    layer inside the blocks.
    `rank_stabilized` scales by alpha / sqrt(rank) instead.
    Sources: Hu et al., LoRA, arXiv 2106.09685; Kalajdzievski, rank stabilization, arXiv 2312.03732.
    """

    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    num_layers: int = -1
    target_modules: tuple[str, ...] = ()
    rank_stabilized: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ConditionalSpec:
    """A module to be trained: `reader` says which suffixes are read, and from which rows.

    `width` numbers are kept in a row; `blocks` are those whose input is written to, counted from 0; empty is
    the last. The learning rate is meant for LoRA: rows, of which each is seen rarely, learn at `row_rate`
    times, matrices at `matrix_rate` times as much.
    """

    reader: Reader
    width: int = 8
    blocks: tuple[int, ...] = ()
    row_rate: float = 60.0
    matrix_rate: float = 3.0

    def written_blocks(self, depth: int) -> tuple[int, ...]:
        """The written blocks of a model with `depth` of them, in order."""
        return self.blocks or (depth - 1,)


@dataclass(frozen=True, slots=True)
class TrainSpec:
    """What a training session needs to know besides batches and learning rates.

    Where `conditional` is given, an Engram-style module is trained in place of a LoRA adapter.
    """

    adapter: AdapterSpec = field(default_factory=AdapterSpec)
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    anchor_weight: float = 1.0
    grad_checkpoint: bool = False
    seed: int = 0
    conditional: ConditionalSpec | None = None


@dataclass(frozen=True, slots=True)
class StepResult:
    """One optimizer step.

    `loss`: mean cross-entropy per target token of the taught rows, nats; `anchor_loss`: mean of
    KL(base || adapted) per target token of the anchored rows, nats; `grad_norm` before clipping; `tokens`
    processed, padding not counted; `exact` of `rows` taught rows had every target as their most likely token
    (which is what greedy decoding would then produce).
    """

    loss: float
    anchor_loss: float
    grad_norm: float
    tokens: int
    exact: int
    rows: int


@dataclass(frozen=True, slots=True)
class EvalResult:
    """Cross-entropy per target token (nats), target tokens, and rows predicted exactly, without learning."""

    loss: float
    tokens: int
    exact: int
    rows: int


@dataclass(frozen=True, slots=True)
class AdapterWeights:
    """An adapter in PEFT's terms: tensors by PEFT name, float32, and the content of adapter_config.json.

    Or an Engram-style module in its own terms (conditional.py), some of whose tensors are whole numbers.
    """

    tensors: Mapping[str, npt.NDArray[Any]]
    config: Mapping[str, Any]


class TrainSession(Protocol):
    """A model with one trainable adapter, its optimizer and its random state."""

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        """One optimizer step over the micro-batches together, as if they were one batch.

        Losses are means over all target tokens of all micro-batches, so 8 x 1 equals 1 x 8.
        A non-finite loss or gradient changes nothing and is returned as it is; the loop decides.
        Raises OutOfMemory.
        """
        ...

    def prepare(self, batches: Sequence[Batch]) -> None:
        """Rows that later steps will show, each once: what training never changes may be computed now.

        Called before the first step, also of a resumed run, with the same batches in the same order, in one
        call or in several. It may save time and must not change what is learned. Raises OutOfMemory.
        """
        ...

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult: ...

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that the next step depends on: parameters, optimizer moments and count, random state."""
        ...

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from `state`; afterwards steps are bit-identical to those of the session it came from."""
        ...

    def export(self) -> AdapterWeights: ...


class LoadedModel(Protocol):
    """A base model, with or without an adapter, ready to answer."""

    @property
    def base(self) -> Base: ...

    @property
    def device(self) -> str: ...

    @property
    def dtype(self) -> str: ...

    def generate(
        self, prompts: Sequence[Ids], sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> list[Completion]:
        """Completions in the order of the prompts, batched inside; greedy ones equal one-at-a-time ones."""
        ...

    def stream(
        self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> Iterator[int]:
        """Token ids one by one; ends before the stop token."""
        ...

    def score(self, sequences: Sequence[Ids]) -> list[npt.NDArray[np.float32]]:
        """Log-probability of each token given those before it: float32 [seq - 1] per sequence, nats."""
        ...

    def begin_training(self, spec: TrainSpec) -> TrainSession:
        """A fresh adapter on this base; raises UsageError if an adapter is already loaded."""
        ...

    def peak_memory_bytes(self) -> int:
        """Highest memory use of the device (or of this process, on a CPU) since loading."""
        ...


class Backend(Protocol):
    """One way to compute."""

    @property
    def name(self) -> str: ...

    def placement(self, base: Base) -> tuple[str, str]:
        """Device and number type that `load` takes for `base`, known before loading. Raises ModelError."""
        ...

    def load(
        self, base: Base, adapter: Path | None = None, quantization: Quantization | None = None
    ) -> LoadedModel:
        """Raises ModelError, AdapterError, OutOfMemory."""
        ...
