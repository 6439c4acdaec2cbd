"""The folder of one training run, and the checkpoints from which it goes on as if never interrupted.

    <run>/plan.json                 what the run was started with: settings, digests, seeds
    <run>/metrics.jsonl             one line for each step and each evaluation, append-only
    <run>/checkpoints/step-000123/  state.safetensors, loop.json, manifest.json (last)

The last two checkpoints are kept, so that one can be broken. Not here: what the loop's state means (loop.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from engram.disk import Files, read_folder, storage_error, to_json, write_file, write_folder
from engram.errors import SettingsError, StorageError, UsageError
from engram.home import check_name

KEPT = 2
_BROKEN = (
    StorageError,
    OSError,
    SafetensorError,
    ValueError,
    KeyError,
    TypeError,
    OverflowError,
    RecursionError,
)
_STEP = re.compile(r"step-(\d{6,})\Z")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`tensors` is a TrainSession's state; `loop` is the loop's own, as JSON values."""

    step: int
    tensors: Mapping[str, npt.NDArray[Any]]
    loop: Mapping[str, Any]


class RunFolder:
    """One run on disk. `resuming` says that `identity` was compared with that of an earlier start."""

    def __init__(self, folder: Path, files: Files, resuming: bool) -> None:
        self.folder = folder
        self.resuming = resuming
        self._files = files
        self._checkpoints = folder / "checkpoints"
        self._metrics = folder / "metrics.jsonl"

    @classmethod
    def start(cls, folder: Path, identity: Mapping[str, Any], files: Files | None = None) -> RunFolder:
        """A new run. Raises BadName, UsageError if the run exists, StorageError."""
        check_name("run", folder.name)
        run = cls(folder, files or Files(), resuming=False)
        if (folder / "plan.json").exists():
            raise UsageError(
                f"The run {folder.name} exists already.", "Go on with --resume, or name another."
            )
        try:
            run._checkpoints.mkdir(mode=0o700, parents=True, exist_ok=True)
            run._metrics.write_bytes(b"")
        except OSError as error:
            raise storage_error(error, folder) from error
        write_file(folder / "plan.json", to_json(identity), run._files)
        return run

    @classmethod
    def resume(cls, folder: Path, identity: Mapping[str, Any], files: Files | None = None) -> RunFolder:
        """A run that was started with the same identity; SettingsError names every difference."""
        check_name("run", folder.name)
        try:
            before = json.loads((folder / "plan.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            raise UsageError(
                f"There is no run {folder.name} to resume.", "Start it without --resume."
            ) from None
        if different := _differences(before, json.loads(to_json(identity))):
            raise SettingsError(
                f"The run {folder.name} cannot be resumed: " + "; ".join(different) + ".",
                "Give the settings and data it was started with, or start a new run.",
            )
        return cls(folder, files or Files(), resuming=True)

    def append(self, line: Mapping[str, Any]) -> None:
        """Add one line of metrics. Values that are not finite become null, which JSON can say."""
        clean = {key: value if _finite(value) else None for key, value in line.items()}
        try:
            with self._metrics.open("a", encoding="utf-8", newline="\n") as out:
                out.write(json.dumps(clean) + "\n")
        except OSError as error:
            raise storage_error(error, self._metrics) from error

    def save(self, step: int, tensors: Mapping[str, npt.NDArray[Any]], loop: Mapping[str, Any]) -> None:
        """Write a checkpoint, then delete those older than the last two. Raises StorageError."""
        folder = self._checkpoints / f"step-{step:06d}"
        try:
            self._files.sync(self._metrics)
            if folder.exists():  # broken, or from before a retry: the steps since were taken anew
                self._files.remove(folder)
            size = self._metrics.stat().st_size
        except OSError as error:
            raise storage_error(error, folder) from error
        contents = {
            "state.safetensors": tensor_bytes(tensors),
            "loop.json": to_json({"step": step, "metrics_bytes": size, "loop": loop}),
        }
        write_folder(folder, contents, {"kind": "checkpoint", "step": step}, self._files)
        for old in self._steps()[:-KEPT]:
            with contextlib.suppress(OSError):  # one checkpoint too many does no harm
                self._files.remove(old)

    def latest(self) -> Checkpoint | None:
        """The newest whole checkpoint, metrics cut back to its step; broken ones are passed over."""
        for folder in reversed(self._steps()):
            try:
                read_folder(folder)
                saved = json.loads((folder / "loop.json").read_bytes())
                tensors = load_file(folder / "state.safetensors")
                found = Checkpoint(int(saved["step"]), tensors, dict(saved["loop"]))
                size = int(saved["metrics_bytes"])
            except _BROKEN:
                continue
            self._cut_metrics(size)
            return found
        self._cut_metrics(0)
        return None

    def _steps(self) -> list[Path]:
        folders = [path for path in self._checkpoints.glob("*") if _STEP.match(path.name)]
        return sorted(folders, key=lambda path: int(path.name.removeprefix("step-")))

    def _cut_metrics(self, size: int) -> None:
        """Shorten the file to `size` bytes; whatever a checkpoint says, it never grows."""
        try:
            os.truncate(self._metrics, max(0, min(size, self._metrics.stat().st_size)))
        except OSError as error:
            raise storage_error(error, self._metrics) from error


def tensor_bytes(tensors: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Safetensors with sorted names: equal tensors are equal bytes."""
    return save({name: np.asarray(tensors[name], order="C") for name in sorted(tensors)})


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or bool(np.isfinite(value))


def _differences(before: Any, now: Any, place: str = "") -> list[str]:
    """Sentences such as "settings.rank was 8 and is 16"."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [
            sentence
            for key in sorted({*before, *now})
            for sentence in _differences(before.get(key), now.get(key), f"{place}.{key}".lstrip("."))
        ]
    return [] if before == now else [f"{place} was {before!r} and is {now!r}"]
