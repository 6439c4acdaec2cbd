"""The values that the training loop takes, keeps and gives back. Not here: the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engram.backends.base import ConditionalSpec
from engram.errors import StorageError
from engram.training.health import LossWatch
from engram.training.stopping import PassRecord
from engram.types import Rendered


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What is taught, what validates, and what is replayed so that old skills stay; `notes` says what was
    done to rows that were too long. `conditional` is the memory module that is to learn it, None for LoRA."""

    train: Sequence[Rendered]
    valid: Sequence[Rendered] = ()
    replay: Sequence[Rendered] = ()
    notes: tuple[str, ...] = ()
    conditional: ConditionalSpec | None = None


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How a run ended. `finished` is false where it was asked to stop and can be resumed."""

    steps: int
    passes: float
    finished: bool
    stopped_because: str
    history: tuple[PassRecord, ...]
    first_valid_loss: float | None
    last_valid_loss: float | None
    seconds: float
    tokens: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoopState:
    """All that the loop remembers from step to step; it lies in every checkpoint. `pass_*` sum this pass."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    rate_factor: float = 1.0
    watch: LossWatch = field(default_factory=LossWatch)
    pass_loss: float = 0.0
    pass_exact: int = 0
    pass_rows: int = 0
    history: tuple[PassRecord, ...] = ()
    first_valid_loss: float | None = None
    last_valid_loss: float | None = None
    validated_at: int | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LoopState:
        """Raises StorageError when it is not what a loop of this version saved."""
        try:
            history = tuple(PassRecord(**record) for record in data["history"])
            watch = LossWatch(**data["watch"])
            return cls(**{**data, "history": history, "watch": watch, "notes": tuple(data["notes"])})
        except (KeyError, TypeError) as error:
            raise StorageError(
                f"The checkpoint is of another version of Engram ({error}).", "Start a new run."
            ) from None
