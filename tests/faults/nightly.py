"""Fourteen things that can go wrong at five points of a night, and the night that each of them befalls.

Not here: what must be true afterwards (test_nights.py).
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.support.sleeping import At, Killed, die

from engram.backends.base import AdapterWeights, Batch, Ids, Quantization, StepResult, TrainSpec
from engram.backends.fake import FakeBackend, FakeModel, FakeSession
from engram.disk import Files
from engram.errors import EngramError, ModelError, OutOfMemory, StorageError
from engram.job import Job
from engram.models.base import Base
from engram.sleep.journal import JOURNAL
from engram.sleep.night import sleep
from engram.sleep.nights import nights
from engram.store.database import Database
from engram.store.ledger import Ledger, now
from engram.types import Completion, Sampling

POSITIONS = {
    "collect": ("Collect", 0),
    "train": ("Training", 6),
    "measure": ("After", 0),
    "promote": ("Promote", 0),
    "tidy": ("Tidy", 0),
}
"""Where in a night: the stage, and which of its updates (0 is its begin)."""
MACHINE = ("nan", "runaway", "out of memory", "missing base")
DISK = {"disk full": errno.ENOSPC, "input or output error": errno.EIO}
FAULTS = (
    *MACHINE,
    *DISK,
    *("terminated", "stopped and continued", "killed", "clock set back"),
    *("corrupt checkpoint", "empty set", "lock held", "torn journal"),
)


class ShakyBackend(FakeBackend):
    """The fake backend, on a machine to which a fault happens."""

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""

    def load(
        self, base: Base, adapter: Path | None = None, quantization: Quantization | None = None
    ) -> FakeModel:
        if self.fault == "missing base":
            raise ModelError("The base model is gone.", "Put it back.")
        sound = super().load(base, adapter, quantization)
        return ShakyModel(self, sound, adapter is not None)


class ShakyModel(FakeModel):
    def __init__(self, backend: ShakyBackend, sound: FakeModel, adapted: bool) -> None:
        super().__init__(sound.base, sound.table, adapted, sound.faults)
        self.backend = backend

    def begin_training(self, spec: TrainSpec) -> FakeSession:
        super().begin_training(spec)
        return ShakySession(self, spec)

    def generate(self, prompts: Sequence[Ids], sampling: Sampling, processors: Any = ()) -> list[Completion]:
        self.breathe()
        return super().generate(prompts, sampling, processors)

    def score(self, sequences: Sequence[Ids]) -> list[npt.NDArray[np.float32]]:
        self.breathe()
        found = super().score(sequences)
        return [row * np.float32("nan") for row in found] if self.backend.fault == "nan" else found

    def breathe(self) -> None:
        if self.backend.fault == "out of memory":
            raise OutOfMemory("The device ran out of memory.", "Lower batch_size.")


class ShakySession(FakeSession):
    def __init__(self, model: ShakyModel, spec: TrainSpec) -> None:
        super().__init__(model, spec)
        self._shaky = model

    def step(self, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        self._shaky.breathe()
        result = super().step(micro_batches, learning_rate)
        runaway = 1000.0 if self._shaky.backend.fault == "runaway" else 0.0
        return replace(result, loss=result.loss + runaway)

    def export(self) -> AdapterWeights:
        """Weights that are no number, and no loss that says so."""
        sound = super().export()
        if self._shaky.backend.fault != "nan":
            return sound
        return replace(sound, tensors={name: t * np.float32("nan") for name, t in sound.tensors.items()})


def befall(job: Job, fault: str, position: str) -> Exception | None:
    """One night, and the fault at that point of it; the error in which it ended, if it did. Afterwards the
    machine is whole again. Raises AssertionError where the fault did not happen."""
    stage, at = POSITIONS[position]
    if fault in ("stopped and continued", "killed"):
        return _in_a_child(job, fault, stage, at)
    clock = Clock()
    with _machine(job, fault, clock) as (strike, shaky):
        watcher = At(stage, at, strike)
        try:
            sleep(replace(shaky, watcher=watcher), clock=clock)
        except (EngramError, OSError, MemoryError) as error:
            return error
        except (Killed, KeyboardInterrupt):
            return RuntimeError("the process is gone")
        finally:
            assert watcher.acted
    return None


class Clock:
    """The time, as somebody sets it."""

    back = timedelta()

    def __call__(self) -> datetime:
        return now() - self.back


@contextmanager
def _machine(job: Job, fault: str, clock: Clock) -> Iterator[tuple[Callable[[], None], Job]]:
    """What makes the fault happen, and a job to which it does."""
    backend = ShakyBackend()
    with pytest.MonkeyPatch.context() as patch:
        # As the program's first lines have it (cli/main.py).
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        acts: Mapping[str, Callable[[], None]] = {
            **{name: lambda: setattr(backend, "fault", fault) for name in MACHINE},
            **{name: lambda: _refuse(patch, DISK[fault]) for name in DISK},
            "terminated": lambda: os.kill(os.getpid(), signal.SIGTERM),
            "clock set back": lambda: setattr(clock, "back", timedelta(days=400)),
            "corrupt checkpoint": lambda: corrupt(job),
            "empty set": lambda: tag_all(job),
            "lock held": lambda: refused(job),
            "torn journal": lambda: tear(job),
        }
        try:
            yield acts[fault], replace(job, backend=backend)
        finally:
            signal.signal(signal.SIGTERM, before)


def _refuse(patch: pytest.MonkeyPatch, code: int) -> None:
    """From now on the disk takes a half of what is written, and flushes nothing."""

    def write(self: Files, file: Path, data: bytes) -> None:
        file.write_bytes(data[: len(data) // 2])
        raise OSError(code, os.strerror(code), str(file))

    def fsync(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    patch.setattr(Files, "write", write)
    patch.setattr(os, "fsync", fsync)


def corrupt(job: Job) -> None:
    """One byte of each thing that a night has found so far is another; then it is gone."""
    folder = nights(job.home)[-1]
    kept = ("*/step-*/*", "before.json", "again.json", "after.json", "plan.json")
    for file in [file for pattern in kept for file in folder.glob(pattern)]:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    die()


def tag_all(job: Job) -> None:
    """The user takes back that anything may be trained; the night is gone."""
    with Database.open(job.home.database) as database:
        ledger = Ledger(database)
        for entry in ledger.entries():
            ledger.set_tags(entry.id, entry.tags | {"no-train"})
    die()


def refused(job: Job) -> None:
    """Somebody else begins a night in the same home."""
    with pytest.raises(StorageError, match=f"going on already.*process {os.getpid()}"):
        sleep(job)


def tear(job: Job) -> None:
    """The last line of the journal is a half, and the night is gone."""
    folder = nights(job.home)[-1]
    with (folder / JOURNAL).open("ab") as lines:
        lines.write(b'{"stage": "coll')
    die()


def _in_a_child(job: Job, fault: str, stage: str, at: int) -> Exception | None:
    """The same in a process of its own, which is stopped for a while, or killed."""
    number = signal.SIGKILL if fault == "killed" else signal.SIGSTOP
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sleep(replace(job, watcher=At(stage, at, lambda: os.kill(os.getpid(), number))))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, os.WUNTRACED)
    if fault == "killed":
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return RuntimeError("the process is gone")
    assert os.WIFSTOPPED(status), status
    with pytest.raises(StorageError, match=f"process {child}"):
        sleep(job)
    os.kill(child, signal.SIGCONT)
    assert os.waitpid(child, 0)[1] == 0
    return None
