"""A backend whose every answer, loss and adapter can be computed by hand: no tensors beyond numpy.

The model is the table of `fake_table.py`: it answers what it was taught at least STEPS_TO_LEARN times, word
for word, and says "I don't know (number)." to all else. One step with a non-zero rate adds one exposure to
every target of its rows. `FakeFaults` makes a run fail on purpose. Not here: anything that generalises, or
the base that needs no files (models/fake.py, handed on as `fake_base`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.backends.base import (
    AdapterWeights,
    Batch,
    EvalResult,
    Ids,
    LogitsProcessor,
    Quantization,
    StepResult,
    TrainSpec,
)
from engram.backends.fake_table import TENSOR_A, TENSOR_B, Table, read_entries
from engram.errors import ModelError, OutOfMemory, UsageError
from engram.models.base import Base
from engram.models.fake import fake_base as fake_base
from engram.types import Completion, Sampling


@dataclass(frozen=True, slots=True)
class FakeFaults:
    """Faults at numbered steps (the first is 1). NaN and runaway spare rates of `spared_rate` and below."""

    nan_at: int | None = None
    runaway_from: int | None = None
    out_of_memory_at: int | None = None
    spared_rate: float = 0.0


class FakeBackend:
    """The backend called "fake"."""

    name = "fake"

    def __init__(self, faults: FakeFaults | None = None) -> None:
        self._faults = faults or FakeFaults()

    def placement(self, base: Base) -> tuple[str, str]:
        return FakeModel.device, FakeModel.dtype

    def load(
        self, base: Base, adapter: Path | None = None, quantization: Quantization | None = None
    ) -> FakeModel:
        if quantization is not None:
            raise ModelError(
                "The fake backend has no weights to quantize.", "Drop --load-in-4bit, or use torch on CUDA."
            )
        table = Table(base)
        if adapter is not None:
            table.read_array(read_entries(adapter, base))
        return FakeModel(base, table, adapter is not None, self._faults)


class FakeModel:
    """A base with a table. The protocol's LoadedModel."""

    device = "cpu"
    dtype = "float32"

    def __init__(self, base: Base, table: Table, adapted: bool, faults: FakeFaults) -> None:
        self.base = base
        self.table = table
        self.faults = faults
        self._adapted = adapted
        self._stops = base.renderer.stop_ids

    def generate(
        self, prompts: Sequence[Ids], sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> list[Completion]:
        return [self._complete(prompt, sampling, processors, row) for row, prompt in enumerate(prompts)]

    def stream(
        self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> Iterator[int]:
        return (token for token in self._tokens(prompt, sampling, processors, 0) if token not in self._stops)

    def score(self, sequences: Sequence[Ids]) -> list[npt.NDArray[np.float32]]:
        return [
            np.array([self.table.log_probability(ids, t) for t in range(1, len(ids))], dtype=np.float32)
            for ids in (sequence.tolist() for sequence in sequences)
        ]

    def begin_training(self, spec: TrainSpec) -> FakeSession:
        if spec.conditional is not None:
            raise UsageError("The fake backend has no memory module.", "Use --backend torch or mlx.")
        if self._adapted:
            raise UsageError("An adapter is already loaded.", "Load the bare base model to train a new one.")
        self._adapted = True
        return FakeSession(self, spec)

    def peak_memory_bytes(self) -> int:
        return 0

    def _complete(
        self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor], row: int
    ) -> Completion:
        tokens = list(self._tokens(prompt, sampling, processors, row))
        if tokens and tokens[-1] in self._stops:
            return Completion(tuple(tokens[:-1]), "stop")
        return Completion(tuple(tokens), "length")

    def _tokens(
        self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor], row: int
    ) -> Iterator[int]:
        """Generated ids; the stop token comes last if it came before the limit."""
        ids: list[int] = prompt.tolist()
        random = np.random.default_rng([sampling.seed, row])
        for _ in range(min(sampling.max_tokens, self.base.context - len(ids))):
            ids.append(self._pick(ids, sampling, processors, random))
            yield ids[-1]
            if ids[-1] in self._stops:
                return

    def _pick(
        self,
        ids: list[int],
        sampling: Sampling,
        processors: Sequence[LogitsProcessor],
        random: np.random.Generator,
    ) -> int:
        if sampling.temperature == 0 and not processors:
            return self.table.greedy(ids)
        logits: Any = np.log(self.table.distribution(ids))
        for processor in processors:
            logits = processor(ids, logits)
        if sampling.temperature == 0:
            fallback = self.table.fallback(ids)
            return fallback if logits[fallback] == logits.max() else int(logits.argmax())
        weights = np.exp((logits - logits.max()) / sampling.temperature)
        kept = _nucleus(weights / weights.sum(), sampling.top_p)
        return int(random.choice(len(kept), p=kept))


class FakeSession:
    """Counts exposures. The protocol's TrainSession."""

    def __init__(self, model: FakeModel, spec: TrainSpec) -> None:
        self._model = model
        self._table = model.table
        self._spec = spec
        self._steps = 0

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        taught = _rows(micro_batches, anchored=False)
        losses, exact = self._losses(taught)
        loss = self._with_faults(_mean(losses), learning_rate)
        anchor_loss = self._anchor_loss(_rows(micro_batches, anchored=True))
        if math.isfinite(loss):
            self._learn(taught, learning_rate)
        tokens = sum(int(batch.lengths.sum()) for batch in micro_batches)
        return StepResult(loss, anchor_loss, loss, tokens, exact, len(taught))

    def prepare(self, batches: Sequence[Batch]) -> None:
        """There is nothing to save."""

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult:
        rows = _rows(batches, anchored=False)
        losses, exact = self._losses(rows)
        return EvalResult(_mean(losses), len(losses), exact, len(rows))

    def state(self) -> dict[str, npt.NDArray[Any]]:
        return {"table": self._table.to_array(), "steps": np.array(self._steps, dtype=np.int64)}

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        self._table.read_array(state["table"])
        self._steps = int(state["steps"])

    def export(self) -> AdapterWeights:
        """The table lies in lora_B [n, rank], padded with zeros; lora_A is ones."""
        rank = self._spec.adapter.rank
        numbers = self._table.to_array().ravel()
        padded = np.zeros(-(-len(numbers) // rank) * rank, dtype=np.float32)
        padded[: len(numbers)] = numbers
        ones = np.ones((rank, 1), dtype=np.float32)
        return AdapterWeights({TENSOR_A: ones, TENSOR_B: padded.reshape(-1, rank)}, self._config())

    def _config(self) -> dict[str, Any]:
        shape = self._spec.adapter
        return {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": self._model.base.id,
            "revision": self._model.base.revision,
            "r": shape.rank,
            "lora_alpha": shape.alpha,
            "lora_dropout": shape.dropout,
            "target_modules": ["table"],
            "bias": "none",
        }

    def _losses(self, rows: Sequence[_Row]) -> tuple[list[float], int]:
        """Loss of every target token, and how many rows greedy decoding would write exactly."""
        losses = [-self._table.log_probability(ids, t) for ids, targets in rows for t in targets]
        exact = sum(all(self._table.greedy(ids[:t]) == ids[t] for t in targets) for ids, targets in rows)
        return losses, exact

    def _anchor_loss(self, rows: Sequence[_Row]) -> float:
        """Mean KL(base || adapted); the base gives every token 1 / V."""
        flat = 1 / self._model.base.vocabulary_size
        prefixes = [ids[:t] for ids, targets in rows for t in targets]
        return _mean([float((flat * np.log(flat / self._table.distribution(p))).sum()) for p in prefixes])

    def _learn(self, rows: Sequence[_Row], learning_rate: float) -> None:
        self._steps += 1
        if learning_rate > 0:
            for ids, targets in rows:
                for t in targets:
                    self._table.teach(ids[:t], ids[t])

    def _with_faults(self, loss: float, learning_rate: float) -> float:
        faults, number = self._model.faults, self._steps + 1
        if number == faults.out_of_memory_at:
            raise OutOfMemory("The fake device ran out of memory.", "Lower batch_size or max_seq_length.")
        if learning_rate > faults.spared_rate:
            if number == faults.nan_at:
                return math.nan
            if faults.runaway_from is not None and number >= faults.runaway_from:
                return loss + 1000.0
        return loss


_Row = tuple[list[int], list[int]]
"""Ids without padding, and the positions of the targets."""


def _rows(batches: Sequence[Batch], anchored: bool) -> list[_Row]:
    return [
        (batch.ids[row, : batch.lengths[row]].tolist(), np.flatnonzero(batch.targets[row]).tolist())
        for batch in batches
        for row in np.flatnonzero(batch.anchored == anchored)
    ]


def _mean(values: Sequence[float]) -> float:
    """Exactly rounded, so that it does not depend on how rows were split into micro-batches."""
    return math.fsum(values) / len(values) if values else 0.0


def _nucleus(weights: npt.NDArray[np.float64], top_p: float) -> npt.NDArray[np.float64]:
    """The smallest set of most likely tokens whose probabilities reach `top_p`, renormalised."""
    order = np.argsort(-weights, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    kept = np.where(before < top_p, weights[order], 0.0)
    result = np.zeros_like(weights)
    result[order] = kept / kept.sum()
    return result
