"""Before a night: is there room for it. Better no night than one that fills the disk at three o'clock.

Not here: a run's estimate to the byte (planning.py); it takes trial steps, and this takes none.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from engram.errors import OutOfMemory, StorageError, UsageError
from engram.job import Job
from engram.machine import available_memory
from engram.measure.harness import read_tasks

_LIBRARIES = 600_000_000
"""Bytes that a process takes with torch or mlx loaded and no model yet, about."""
_WIDENED = 3
"""Times the size of its files that a model takes at most in memory: weights of two bytes, computed in four,
and the activations of a batch."""


def check_room(job: Job) -> None:
    """Raises StorageError or OutOfMemory where a night would not have room."""
    free = shutil.disk_usage(job.home.root).free
    least = job.settings.sleep.least_disk_mb * 1_000_000
    if free < least:
        raise StorageError(
            f"A night needs {least / 1e6:,.0f} MB of free disk, and {free / 1e6:,.0f} MB are left at "
            f"{job.home.root}.",
            "Free some space, or lower sleep.least_disk_mb.",
        )
    memory = available_memory()
    needed = _LIBRARIES + _WIDENED * _weights(job)
    if memory is not None and memory < needed and job.computing()["device"] == "cpu":
        raise OutOfMemory(
            f"A night on {job.base.id} needs about {needed / 1e9:.1f} GB of memory; "
            f"{memory / 1e9:.1f} GB are available.",
            "Close something, or use a smaller base model.",
        )


def _weights(job: Job) -> int:
    """Bytes of the base's weight files."""
    return sum(file.stat().st_size for file in job.base.folder.glob("*.safetensors"))


def check_consent(job: Job, given: bool) -> None:
    """Raises UsageError where memories would go to a teacher and the user did not say that they may."""
    if job.settings.sleep.augment == "teacher" and not given:
        raise UsageError(
            "sleep.augment is teacher: your memories would go to it, and you did not say that they may.",
            "engram sleep --yes says so for this night; --augment rules keeps everything here.",
        )


def check_tasks(job: Job) -> None:
    """Raises LessonError where the user's own tasks cannot be read: better now than after the training."""
    if job.settings.sleep.harness:
        read_tasks(Path(job.settings.sleep.harness).expanduser())
