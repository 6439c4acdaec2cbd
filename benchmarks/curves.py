"""One plan on torch and on mlx: their losses over each other, and how far they are apart.

    python -m benchmarks.curves [--steps 60] [--out docs/pictures/parity.svg]

Both start from the same adapter (torch draws it) and take the real loop's steps on the embedded model in
float32: taught rows, replayed rows held to the frozen base, warm-up. Takes a few minutes, nearly all of them
mlx's where it has no GPU. Not here: what the tests hold them to (tests/contract/test_parity.py).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from benchmarks.machine import machine
from engram.backends.base import LoadedModel, TrainSession
from engram.backends.choose import choose_backend
from engram.config import DataSettings, ModelSettings, TrainSettings
from engram.lessons.build import build_lessons
from engram.lessons.reader import read_patterns, shipped_sets
from engram.models.base import Base
from engram.models.resolve import resolve
from engram.training.checkpoint import RunFolder
from engram.training.curve import LOSS, read_metrics, two_curves_svg
from engram.training.examples import render_rows
from engram.training.loop import train
from engram.training.replay import replay_examples
from engram.training.setup import run_identity, train_spec
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule

LONGEST = 48  # tokens; mlx's steps on a CPU are slow
ANCHOR = "train/anchor_loss"
Metrics = list[dict[str, Any]]
Name = Literal["torch", "mlx"]


def load_rows(base: Base, taught: int, replayed: int) -> TrainingSet:
    """The shortest shipped rows, and replayed ones."""
    lessons = build_lessons(read_patterns(shipped_sets()), DataSettings())
    rows = render_rows(lessons.train, base.renderer, base.context)
    replay = [row for row in replay_examples(base, lambda: load("torch", base)) if len(row.ids) <= LONGEST]
    return TrainingSet([row for row in rows if len(row.ids) <= LONGEST][:taught], (), replay[:replayed])


def load(name: Name, base: Base) -> LoadedModel:
    settings = ModelSettings(backend=name, dtype="float32", device="cpu")
    return choose_backend(settings).load(base)


def begin(name: Name, base: Base, settings: TrainSettings, start: Mapping[str, Any] | None) -> TrainSession:
    """A session on backend `name`; with `start`, from that state, but with random numbers of its own."""
    session = load(name, base).begin_training(train_spec(settings))
    if start is not None:
        session.restore({**start, "random": session.state()["random"]})
    return session


def run(session: TrainSession, data: TrainingSet, settings: TrainSettings, base: Base) -> Metrics:
    """Take the steps; the lines of metrics.jsonl."""
    with tempfile.TemporaryDirectory() as place:
        identity = run_identity(data, settings, AutoRule(), base=base.revision)
        folder = RunFolder.start(Path(place) / "run", identity)
        train(session, data, settings, run=folder)
        return [line for line in read_metrics(folder.folder / "metrics.jsonl") if LOSS in line]


def largest_gap(left: Metrics, right: Metrics, key: str, relative: bool) -> tuple[float, int]:
    """The largest difference, as a share of torch's value or in nats, and its step."""
    pairs = zip(left, right, strict=True)
    return max((abs(b[key] - a[key]) / (a[key] if relative else 1), a["step"]) for a, b in pairs)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Draw the losses of one plan on torch and on mlx.")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/parity.svg"))
    given = parser.parse_args()
    base = resolve("seedling")
    settings = TrainSettings(iters=given.steps, batch_size=12, rank=16, alpha=32.0, save_every=0)
    data = load_rows(base, taught=96, replayed=60)
    torch = begin("torch", base, settings, None)
    sessions = {"torch": torch, "mlx": begin("mlx", base, settings, torch.state())}
    lines = {name: run(session, data, settings, base) for name, session in sessions.items()}
    given.out.write_text(two_curves_svg(lines, "Loss of one plan on both backends"), encoding="utf-8")
    left, right = lines.values()
    share, step = largest_gap(left, right, LOSS, relative=True)
    nats, pulled = largest_gap(left, right, ANCHOR, relative=False)
    first, last, most = left[0][LOSS], left[-1][LOSS], max(line[ANCHOR] for line in left)
    print(f"Taught rows: {first:.3f} to {last:.3f} nats a token, {share:.1e} of it apart (step {step}).")
    print(f"Replayed rows: up to {most:.4f} nats a token, {nats:.1e} nats apart (step {pulled}).")
    print(json.dumps({"machine": machine(), "steps": given.steps, "relative": share, "anchor_nats": nats}))


if __name__ == "__main__":
    main()
