"""Small lessons and runs for the training tests, all on the fake backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engram.backends.fake import FakeBackend, FakeFaults, FakeModel, FakeSession, fake_base
from engram.config import TrainSettings
from engram.disk import Files
from engram.lessons.rows import Row
from engram.training.checkpoint import RunFolder
from engram.training.examples import render_rows
from engram.training.progress import Surroundings
from engram.training.setup import run_identity, train_spec
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule
from engram.types import Message

BASE = fake_base()
TIMES = ("train/tokens_per_second", "train/peak_memory_gb")  # the machine's, not the run's


def row(question: str, answer: str, source: str = "s") -> Row:
    return Row((Message("user", question), Message("assistant", answer)), "test", source, "train")


def lesson(taught: int, valid: int = 3, replayed: int = 4) -> TrainingSet:
    rows = [row("what is " + "x" * (i % 5) + str(i), f"it is {i * i}") for i in range(taught)]
    unseen = [row(f"tell me about {i}", f"it is {i * i}") for i in range(valid)]
    skills = [row(f"repeat {i}", str(i)) for i in range(replayed)]
    return TrainingSet(*(render_rows(part, BASE.renderer, 200) for part in (rows, unseen, skills)))


def fresh(settings: TrainSettings, faults: FakeFaults | None = None) -> tuple[FakeModel, FakeSession]:
    model = FakeBackend(faults).load(BASE)
    return model, model.begin_training(train_spec(settings))


def open_run(
    folder: Path, data: TrainingSet, settings: TrainSettings, resume: bool = False, files: Files | None = None
) -> RunFolder:
    opener = RunFolder.resume if resume else RunFolder.start
    return opener(folder, run_identity(data, settings, AutoRule(), base="fake"), files)


def ticking() -> Callable[[], float]:
    """A clock that moves on by one second whenever it is read."""
    ticks: Iterator[int] = iter(range(10**9))
    return lambda: float(next(ticks))


class Listener:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.updates: list[tuple[int, int, float, float]] = []
        self.notes: list[str] = []

    def update(self, step: int, total: int, loss: float, speed: float) -> None:
        self.updates.append((step, total, loss, speed))

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)


def stopping_after(steps: int) -> Surroundings:
    """A stop flag that is up once `steps` more steps were taken."""
    listener = Listener()
    return Surroundings(listener, should_stop=lambda: len(listener.updates) >= steps, clock=ticking())


def without_times(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key not in TIMES} for line in lines]
