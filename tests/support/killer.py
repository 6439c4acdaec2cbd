"""Kills tiny runs at chosen places, resumes them in fresh sessions, and compares them with the unbroken one.

Killed runs live in processes of their own, started from a server that has imported the tensor libraries but
never computed with them: a fork of a process that has is not safe wherever there is a GPU, and mlx's threads,
which start with the first computation, do not survive one. Not here: which places.
"""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

from tests.faults.disks import FaultyFiles, kill
from tests.support.tiny_run import Where, run_killed, run_tiny
from tests.unit.training.makers import without_times

from engram.config import TrainSettings
from engram.models.base import Base
from engram.training.curve import read_metrics

# What cannot be imported is left out without a word.
_PRELOADED = ["peft", "transformers.models.llama.modeling_llama", "engram.backends.mlx.backend"]


class Killer:
    """Kills runs with these settings, and resumes them, and knows how the unbroken one ends."""

    def __init__(self, base: Base, settings: TrainSettings, place: Path, backend: str = "torch") -> None:
        self._base, self._settings, self._place, self._backend = base, settings, place, backend
        files = FaultyFiles(None, kill)
        digest, result = run_tiny(base, place / "whole", files=files, settings=settings, backend=backend)
        assert result.steps == settings.iters
        self.calls = len(files.calls)
        self._whole = digest, self._metrics(place / "whole")
        self._server: Any = multiprocessing.get_context("forkserver")
        self._server.set_forkserver_preload(_PRELOADED)

    def check(self, where: Where) -> None:
        folder = self._place / "-".join(map(str, where))
        given = (self._base, folder, where, self._settings, self._backend)
        child = self._server.Process(target=run_killed, args=given)
        child.start()
        child.join()
        assert child.exitcode == 9, f"{where}: it was not killed"
        started = (folder / "plan.json").exists()
        digest, _ = run_tiny(
            self._base, folder, resume=started, settings=self._settings, backend=self._backend
        )
        assert (digest, self._metrics(folder)) == self._whole, where

    def _metrics(self, folder: Path) -> Any:
        return without_times(read_metrics(folder / "metrics.jsonl"))


def every_place(killer: Killer, steps: int, pass_steps: int) -> list[Where]:
    """Every step, every evaluation (before the first step, at pass ends, at the end), every file call."""
    points: list[Where] = [("step", number) for number in range(1, steps + 1)]
    points += [("evaluation", number) for number in range(steps // pass_steps + 2)]
    return points + [("file", number) for number in range(killer.calls)]
