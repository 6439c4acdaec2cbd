"""A base model in mlx, with or without an adapter: answers, scores, and begins training.

Not here: the arithmetic of each (engine.py, train.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import mlx.core as mx
import numpy as np
from mlx import nn

from engram.backends.base import Ids, LogitsProcessor, TrainSpec
from engram.backends.batching import Generator
from engram.backends.mlx.conditional import ConditionalMemory
from engram.backends.mlx.conditional_train import ConditionalSession
from engram.backends.mlx.config import check_length
from engram.backends.mlx.device import device_name, dtype_name, memory_guard, peak_memory_bytes
from engram.backends.mlx.engine import MlxEngine
from engram.backends.mlx.train import MlxTrainSession
from engram.backends.scoring import Padded, Scores, score_batches
from engram.errors import UsageError
from engram.models.base import Base
from engram.types import Completion, Sampling

_MEMORY_HINT = "Use fewer prompts at a time, shorter ones, or a smaller max_tokens."


class MlxModel:
    """Keeps the LoadedModel protocol. While a training session lives, answers come from its adapter."""

    def __init__(
        self,
        base: Base,
        model: nn.Module,
        adapted: bool,
        dtype: mx.Dtype,
        memory: ConditionalMemory | None = None,
    ) -> None:
        self.base = base
        self._memory = memory
        self._model = model
        self._adapted = adapted
        self._training = False
        self._dtype = dtype

    @property
    def device(self) -> str:
        return device_name()

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

    def score(self, sequences: Sequence[Ids]) -> list[Scores]:
        """Log-probability of each token given those before it: float32 [seq - 1] per sequence, nats.

        Raises UsageError for a sequence longer than the context, which may be shorter here than on torch.
        """
        check_length(max(map(len, sequences), default=0), self.base)
        self._model.eval()
        with memory_guard("scoring", _MEMORY_HINT):
            return score_batches(sequences, self.base.vocabulary_size, self._score)

    def begin_training(self, spec: TrainSpec) -> MlxTrainSession:
        """A fresh adapter on the base, or a fresh memory module, which may have an adapter beside it.

        Raises UsageError if this model has one of the kind, or a session.
        """
        if self._training or self._memory or (self._adapted and spec.conditional is None):
            raise UsageError("This model wears an adapter already.", "Load the bare base model to train.")
        with memory_guard("preparing to train", _MEMORY_HINT):
            if spec.conditional is not None:
                conditional = ConditionalSession(self._model, self.base, spec)
                self._memory = conditional.memory
                session: MlxTrainSession = conditional
            else:
                session = MlxTrainSession(self._model, self.base, spec)
        self._training = True
        return session

    def peak_memory_bytes(self) -> int:
        """Highest memory use of the GPU, or of this process on a CPU."""
        return peak_memory_bytes()

    def _generator(self) -> Generator:
        self._model.eval()
        return Generator(MlxEngine(self._model, self._memory), self.base)

    def _score(self, padded: Padded) -> Scores:
        ids = mx.array(padded.astype(np.int32))
        logits = self._model(ids)[:, :-1].astype(mx.float32)  # [rows, seq - 1, vocabulary]
        chosen = mx.take_along_axis(logits, ids[:, 1:, None], axis=-1)[..., 0]
        return np.array(chosen - mx.logsumexp(logits, axis=-1))
