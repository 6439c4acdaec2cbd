"""A small training run on the tiny Llama: few rows, one adapted block, dropout and replay, in a run folder.

Every step of it passes through the anchors, and on torch through the trunk. Runs that are to be killed go
through `run_killed`, in a process of their own. Not here: killing them (killer.py), or what is asserted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.disks import FaultyFiles, kill

from engram.backends.base import Backend, Batch, EvalResult, TrainSession
from engram.config import TrainSettings
from engram.disk import Files
from engram.lessons.rows import Row
from engram.models.base import Base
from engram.training.checkpoint import RunFolder, tensor_bytes
from engram.training.examples import render_rows
from engram.training.loop import train
from engram.training.progress import Silent, Surroundings
from engram.training.setup import run_identity, train_spec
from engram.training.state import TrainingSet, TrainResult
from engram.training.stopping import AutoRule
from engram.types import Message

SETTINGS = TrainSettings(
    rank=4,
    alpha=8.0,
    num_layers=1,
    dropout=0.1,
    batch_size=4,
    grad_accumulation_steps=2,
    replay=0.5,
    iters=10,
    save_every=2,
    seed=5,
)
Where = tuple[str, int]
"""A place to be killed at: after "step" n, after "evaluation" n, or at "file" call n (the first is 0)."""


def rows(base: Base) -> TrainingSet:
    def part(pairs: Sequence[tuple[str, str]]) -> Any:
        made = [Row((Message("user", q), Message("assistant", a)), "c", "s", "train") for q, a in pairs]
        return render_rows(made, base.renderer, base.context)

    taught = part([(f"what is {'so ' * (i % 4)}{i}", f"it is {i * i}") for i in range(10)])
    return TrainingSet(
        taught, part([("tell 3", "it is 9")]), part([(f"repeat {i}", str(i)) for i in range(5)])
    )


def on_cpu(name: str) -> Backend:
    """The backend of that name in float32."""
    if name == "mlx":
        from engram.backends.mlx.backend import MlxBackend

        return MlxBackend("float32")
    from engram.backends.torch.backend import TorchBackend

    return TorchBackend("cpu", "float32")


def run_tiny(
    base: Base,
    folder: Path | None = None,
    resume: bool = False,
    files: Files | None = None,
    dies: Where | None = None,
    settings: TrainSettings = SETTINGS,
    backend: str = "torch",
) -> tuple[str, TrainResult]:
    """Train in a fresh session; the exported adapter's sha256, and how it went."""
    data = rows(base)
    run = None
    if folder is not None:
        opener = RunFolder.resume if resume else RunFolder.start
        run = opener(folder, run_identity(data, settings, AutoRule(), base=base.revision), files)
    session: TrainSession = on_cpu(backend).load(base).begin_training(train_spec(settings))
    around = Surroundings()
    if dies and dies[0] == "step":
        around = Surroundings(_DiesAfterStep(dies[1]))
    elif dies:
        session = _DiesAfterEvaluation(session, dies[1])
    result = train(session, data, settings, run=run, around=around)
    return hashlib.sha256(tensor_bytes(session.export().tensors)).hexdigest(), result


def run_killed(
    base: Base, folder: Path, where: Where, settings: TrainSettings, backend: str = "torch"
) -> None:
    """Train until killed there; made to be the target of a process."""
    kind, number = where
    if kind == "file":
        run_tiny(base, folder, files=FaultyFiles(number, kill), settings=settings, backend=backend)
    else:
        run_tiny(base, folder, dies=where, settings=settings, backend=backend)


class _DiesAfterStep(Silent):
    def __init__(self, number: int) -> None:
        self._number = number

    def update(self, step: int, total: int, loss: float, tokens_per_second: float) -> None:
        if step == self._number:
            kill()


class _DiesAfterEvaluation:
    """A session that is gone after its evaluation number `number` (the first, before any step, is 0)."""

    def __init__(self, session: TrainSession, number: int) -> None:
        self._session = session
        self._left = number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def evaluate(self, batches: Sequence[Batch]) -> EvalResult:
        result = self._session.evaluate(batches)
        if not self._left:
            kill()
        self._left -= 1
        return result
