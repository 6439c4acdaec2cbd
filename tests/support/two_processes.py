"""A few training steps in each of several processes, as a launcher would start them.

Run as `python -m tests.support.two_processes FOLDER BACKEND`: trains a tiny model in FOLDER and writes what
this process saw to FOLDER/seen-RANK.json. Not here: what is asserted.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.tiny import tiny_base

from engram.backends.base import AdapterSpec, Batch, TrainSession, TrainSpec
from engram.models.base import Base
from engram.training.batches import make_batch
from engram.types import Message

SPEC = TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0, num_layers=1), anchor_weight=2.0, seed=3)
STEPS, RATE = 8, 1e-2


def batches(base: Base, step: int) -> list[Batch]:
    """Two parts of a step: five taught and two replayed rows, then a single row, which one process has."""
    rows = [
        base.renderer.conversation(
            [Message("user", "why " * (n % 3) + f"{n}?"), Message("assistant", str(n * n))]
        )
        for n in range(step, step + 8)
    ]
    ids = list(range(step, step + 8))
    return [make_batch(rows[:7], ids[:7], [False] * 5 + [True] * 2), make_batch(rows[7:], ids[7:], [False])]


def begin(base: Base, backend: str) -> TrainSession:
    if backend == "mlx":
        from engram.backends.mlx.backend import MlxBackend

        return MlxBackend("float32").load(base).begin_training(SPEC)
    from engram.backends.torch.backend import TorchBackend

    return TorchBackend("cpu", "float32").load(base).begin_training(SPEC)


def train_here(folder: Path, backend: str) -> dict[str, Any]:
    """Every number that a session gives out, and the adapter it made."""
    base = tiny_base(folder / f"model-{os.environ.get('RANK', 'alone')}")
    session = begin(base, backend)
    session.prepare([part for step in range(STEPS) for part in batches(base, step)])
    first = session.evaluate(batches(base, 0))
    steps = [session.step(batches(base, step), RATE) for step in range(STEPS)]
    final = session.evaluate(batches(base, 0))
    return {
        "steps": [
            [one.loss, one.anchor_loss, one.grad_norm, one.tokens, one.exact, one.rows] for one in steps
        ],
        "evaluations": [[one.loss, one.tokens, one.exact, one.rows] for one in (first, final)],
        "frozen": frozen_elements(session) if backend != "mlx" else None,
        "adapter": {name: tensor.tolist() for name, tensor in session.export().tensors.items()},
    }


def frozen_elements(session: Any) -> int:
    """How many frozen weights of a torch model's blocks this process holds, or its shares of them."""
    from engram.backends.torch.blocks import find_blocks

    blocks = find_blocks(session._module).layers
    held = (getattr(p, "_local_tensor", p) for p in blocks.parameters() if not p.requires_grad)
    return sum(part.numel() for part in held)


def train_in(processes: int, folder: Path, backend: str) -> list[dict[str, Any]]:
    """The same in several processes at once; what each of them saw."""
    ports = [_free_port() for _ in range(processes)]
    hosts = folder / "hosts.json"
    hosts.write_text(json.dumps([[f"127.0.0.1:{port}"] for port in ports]), encoding="utf-8")
    # What `accelerate launch` and `mlx.launch` tell the processes that they start.
    torch = {"WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(ports[0])}
    shared = {
        "torch": torch,
        "torch-sharded": torch | {"ACCELERATE_USE_FSDP": "true"},
        "mlx": {"MLX_HOSTFILE": str(hosts)},
    }[backend]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.two_processes", str(folder), backend],
            env={**os.environ, **shared, "RANK": str(rank), "MLX_RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    for one in running:
        _, errors = one.communicate(timeout=240)
        assert one.returncode == 0, errors
    return [json.loads((folder / f"seen-{rank}.json").read_text("utf-8")) for rank in range(processes)]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    place = Path(sys.argv[1])
    seen = train_here(place, sys.argv[2])
    (place / f"seen-{os.environ['RANK']}.json").write_text(json.dumps(seen), encoding="utf-8")
