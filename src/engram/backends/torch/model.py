"""A base model on a device, with or without an adapter: answers, scores, and begins training.

Not here: the arithmetic of each (engine.py, score.py, train.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engram.backends.base import Ids, LogitsProcessor, TrainSpec
from engram.backends.batching import Generator
from engram.backends.torch.conditional import ConditionalMemory
from engram.backends.torch.conditional_train import ConditionalSession
from engram.backends.torch.device import dtype_name, memory_guard, peak_memory_bytes
from engram.backends.torch.engine import TorchEngine
from engram.backends.torch.score import score
from engram.backends.torch.train import TorchTrainSession
from engram.errors import UsageError
from engram.models.base import Base
from engram.types import Completion, Sampling

_MEMORY_HINT = "Use fewer prompts at a time, shorter ones, or a smaller max_tokens."


class TorchModel:
    """Keeps the LoadedModel protocol. While a training session lives, answers come from its adapter."""

    def __init__(
        self,
        base: Base,
        module: Any,
        adapted: Any | None,
        device: torch.device,
        dtype: torch.dtype,
        answers: bool = True,
        memory: ConditionalMemory | None = None,
    ) -> None:
        self.base = base
        self._memory = memory
        self._answers = answers
        self._module = module  # the transformers model; PEFT puts an adapter's layers into this very object
        self._adapted = adapted
        self._device = device
        self._dtype = dtype
        self._session: TorchTrainSession | None = None

    @property
    def device(self) -> str:
        return self._device.type

    @property
    def dtype(self) -> str:
        return dtype_name(self._dtype)

    def generate(
        self, prompts: Sequence[Ids], sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> list[Completion]:
        """Completions in the order of the prompts. Raises UsageError (no room to answer), OutOfMemory."""
        with memory_guard("generating", _MEMORY_HINT):
            return self._generator().generate(prompts, sampling, processors)

    def stream(
        self, prompt: Ids, sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> Iterator[int]:
        """Token ids one by one; ends before the stop token."""
        with memory_guard("generating", _MEMORY_HINT):
            yield from self._generator().stream(prompt, sampling, processors)

    def score(self, sequences: Sequence[Ids]) -> list[npt.NDArray[np.float32]]:
        """Log-probability of each token given those before it: float32 [seq - 1] per sequence, nats."""
        with memory_guard("scoring", _MEMORY_HINT):
            return score(self._evaluating(), sequences, self._device)

    def begin_training(self, spec: TrainSpec) -> TorchTrainSession:
        """A fresh adapter on the base, or a fresh memory module, which may have an adapter beside it.

        Raises UsageError if this model has one of the kind, or a session.
        """
        worn = self._adapted is not None and spec.conditional is None
        if worn or self._memory is not None or self._session is not None:
            raise UsageError("This model wears an adapter already.", "Load the bare base model to train.")
        with memory_guard("preparing to train", _MEMORY_HINT):
            if spec.conditional is not None:
                session = ConditionalSession(self._module, self.base, self._device, spec)
                self._session, self._memory = session, session.memory
            else:
                self._session = TorchTrainSession(self._module, self.base, self._device, spec)
        return self._session

    def merge(self) -> None:
        """Fold the adapter into the weights: as fast as the base, but the base is gone from this object."""
        if self._adapted is None:
            raise UsageError("There is no adapter to merge into the weights.")
        self._module = self._adapted.merge_and_unload()

    def peak_memory_bytes(self) -> int:
        """Highest memory use of the GPU, or of this process on a CPU."""
        return peak_memory_bytes(self._device)

    def _generator(self) -> Generator:
        if not self._answers:
            raise UsageError(
                "A model that was loaded for training only cannot answer.",
                "Use --accelerator with `engram train`, and answer or measure without it.",
            )
        return Generator(TorchEngine(self._evaluating(), self._device, self._memory), self.base)

    def _evaluating(self) -> Any:
        return self._module.eval()
