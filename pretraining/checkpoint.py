"""Checkpoints of a pretraining run: one folder with model.safetensors and state.json, no pickle.

A checkpoint is written aside and renamed, so a folder with state.json is complete. The newest two are kept.
It does not decide when to write: train.py does.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor


def save(folder: Path, tensors: Mapping[str, Tensor], state: dict[str, Any], keep: int = 2) -> Path:
    """Write tensors (any device) and JSON state as folder/step-N, N = state["step"]; returns that path."""
    target = folder / f"step-{state['step']:07d}"
    aside = folder / f".writing-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    save_file(
        {name: t.detach().cpu().contiguous() for name, t in tensors.items()}, aside / "model.safetensors"
    )
    with (aside / "state.json").open("w", encoding="utf-8") as file:
        json.dump(state, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)
    for old in complete(folder)[:-keep]:
        shutil.rmtree(old)
    return target


def complete(folder: Path) -> list[Path]:
    """Finished checkpoints, oldest first."""
    return sorted(path.parent for path in folder.glob("step-*/state.json"))


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors (on the CPU) and state of one checkpoint folder."""
    state: dict[str, Any] = json.loads((path / "state.json").read_text(encoding="utf-8"))
    return load_file(path / "model.safetensors"), state
