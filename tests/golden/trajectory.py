"""The run whose losses are pinned: ten taught rows and five replayed on the tiny Llama, float32 on a CPU.

Its weights, the adapter's included, are drawn by numpy, whose streams are kept for good; a library's initial
values are not. `python -m tests.golden.trajectory` writes the record anew: only from a committed tree, and
only when the training is meant to have changed. Not here: the comparison (test_trajectory.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file
from tests.support.tiny import tiny_base
from tests.support.tiny_run import rows
from tests.unit.training.makers import open_run, stopping_after

from engram.backends.base import TrainSession
from engram.backends.torch.backend import TorchBackend
from engram.config import TrainSettings
from engram.models.base import Base
from engram.training.curve import read_metrics
from engram.training.loop import train
from engram.training.setup import train_spec

RECORD = Path(__file__).with_name("trajectory.json")
SETTINGS = TrainSettings(
    rank=4,
    alpha=8.0,
    num_layers=1,
    target_modules=(),
    batch_size=8,
    replay=0.5,
    anchor_weight=2.0,
    iters=16,
    save_every=3,
    learning_rate=5e-3,
    seed=5,
)
Losses = npt.NDArray[np.float64]


def golden_base(folder: Path) -> Base:
    base = tiny_base(folder)
    file = folder / "model.safetensors"
    save_file(_drawn(load_file(file), 0.15, seed=1), file, metadata={"format": "pt"})
    return base


def golden_session(base: Base, settings: TrainSettings = SETTINGS) -> TrainSession:
    session = TorchBackend("cpu", "float32").load(base).begin_training(train_spec(settings))
    state = session.state()
    start = {name: values for name, values in state.items() if "lora_A" in name and "parameter/" in name}
    session.restore({**state, **_drawn(start, 0.1, seed=2)})
    return session


def losses(base: Base, folder: Path, parts: int = 1, stop_after: int | None = None) -> Losses:
    """Loss and anchor loss of each step, nats per target token: float64 [steps, 2]. It may stop and go on."""
    settings = SETTINGS.model_copy(update={"grad_accumulation_steps": parts})
    data = rows(base)
    if stop_after is not None:
        run = open_run(folder, data, settings)
        train(golden_session(base), data, settings, run=run, around=stopping_after(stop_after))
    run = open_run(folder, data, settings, resume=stop_after is not None)
    train(golden_session(base), data, settings, run=run)
    lines = [line for line in read_metrics(folder / "metrics.jsonl") if "train/loss" in line]
    return np.array([[line["train/loss"], line["train/anchor_loss"]] for line in lines])


def _drawn(tensors: Mapping[str, npt.NDArray[Any]], width: float, seed: int) -> dict[str, npt.NDArray[Any]]:
    """The same names and shapes with normal values; vectors (the norms' scales) stay as they are."""
    random = np.random.default_rng(seed)
    return {
        name: random.normal(0, width, values.shape).astype(np.float32) if values.ndim > 1 else values
        for name, values in sorted(tensors.items())
    }


def record() -> None:
    with TemporaryDirectory() as place:
        base = golden_base(Path(place) / "base")
        pinned = losses(base, Path(place) / "run").round(6).tolist()
    RECORD.write_text(json.dumps({"loss, anchor_loss": pinned}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
