"""How fast adapters are trained: Engram on torch beside TRL's SFTTrainer, Engram on mlx beside mlx_lm.lora.

All sides learn the same short chat rows in the same number of passes, in float32, with adapters of one rank
on the same layers, AdamW and the same course of the learning rate; how well they have learned them is
measured afterwards in the same way. Each side runs in a process of its own, all of them in turn in every
round. Speed is tokens of the rows, without padding, per second of training; loading is not counted. The
ceiling is what the products alone would take at the speed of this machine's fastest one. Not a test: times
depend on the machine.

Run: `pip install trl`, then `python -m benchmarks.training [--rounds 3] [--sides torch,trl]`
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.machine import machine, spread
from benchmarks.trainers import SIDES, Task, open_task

RIVALS = {"torch": ("trl", "trl packed"), "mlx": ("mlx_lm",)}
AIMS = {"torch": 1.3, "mlx": 1.0}


def fastest_product() -> float:
    """Multiplications and additions per second (1e9) of torch's best float32 product here."""
    import torch

    best = float("inf")
    left, right = torch.randn(1024, 1024), torch.randn(1024, 1024)
    for _ in range(30):
        started = time.perf_counter()
        left @ right
        best = min(best, time.perf_counter() - started)
    return 2 * 1024**3 / best / 1e9


def ceiling(task: Task, speed: float) -> float:
    """Tokens per second if nothing but the needed products were computed, at `speed` (1e9 per second).

    Two operations per weight and token forward, two more for the gradient that passes through it where a
    block is adapted; the vocabulary's matrix both ways at targets only. Attention, norms and the adapter's
    own products are not counted, so the true ceiling is lower.
    """
    job, rows = open_task(task, "torch")
    config = job.base.config
    hidden, inner, layers = (config[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers"))
    grouped = hidden * config["num_key_value_heads"] // config["num_attention_heads"]
    block = 2 * hidden * hidden + 2 * hidden * grouped + 3 * hidden * inner
    adapted = layers if task.num_layers == -1 else task.num_layers
    targets = sum(int(row.mask.sum()) for row in rows) / sum(len(row.ids) for row in rows)
    needed = 2 * block * (layers + adapted) + 4 * hidden * config["vocab_size"] * targets
    return speed * 1e9 / needed


def run_side(name: str, task: Task) -> dict[str, float]:
    """One side in a process of its own; its peak memory in GB comes with it."""
    code = "import json, sys; from benchmarks.training import child; child(*json.loads(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([name, vars(task)])],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not lines:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(lines[-1].removeprefix("RESULT "))
    return result


def child(name: str, fields: dict[str, Any]) -> None:
    """What `run_side` calls in the new process; it prints what was found."""
    import resource

    found = SIDES[name](Task(**fields))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print("RESULT", json.dumps({**found, "peak_gb": peak / 1e9}))


def compare(task: Task, sides: list[str], rounds: int) -> list[dict[str, Any]]:
    """A row for each side: tokens per second, loss afterwards, and the ratio to the better rival."""
    _, examples = open_task(task, "torch" if "torch" in sides or "trl" in sides else "mlx")
    tokens = task.passes * sum(len(row.ids) for row in examples)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides[:: -1 if number % 2 else 1]:
            runs[name].append(run_side(name, task))
            print(
                f"round {number + 1}: {name}: {tokens / runs[name][-1]['seconds']:.0f} tokens/s",
                file=sys.stderr,
            )
    rates = {name: [tokens / run["seconds"] for run in found] for name, found in runs.items()}
    rows = []
    for name in sides:
        row: dict[str, Any] = {
            "side": name,
            "tokens_per_second": round(statistics.median(rates[name]), 1),
            "loss": round(statistics.median(run["loss"] for run in runs[name]), 4),
            "peak_gb": round(max(run["peak_gb"] for run in runs[name]), 2),
        }
        rivals = [rates[rival] for rival in RIVALS.get(name, ()) if rival in sides]
        if rivals:
            ratios = [mine / max(theirs) for mine, *theirs in zip(rates[name], *rivals, strict=True)]
            row |= {"ratio": round(statistics.median(ratios), 3), "aim": AIMS[name]}
            if rounds > 1:
                row["quartiles"] = spread(ratios, 3)["quartiles"]
        rows.append(row)
    return rows


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure how fast adapters are trained.")
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--num-layers", type=int, default=-1, help="blocks adapted, from the last; -1 is all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sides", default=",".join(SIDES), help="some of: " + ", ".join(SIDES))
    given = parser.parse_args()
    task = Task(given.model, given.rows, given.passes, given.batch_size, given.rank, given.num_layers)
    print(json.dumps({"machine": machine(), "task": vars(task)}), flush=True)
    for row in compare(task, given.sides.split(","), given.rounds):
        print(json.dumps(row), flush=True)
    speed = fastest_product()
    print(
        json.dumps(
            {
                "fastest_product_gflops": round(speed, 1),
                "ceiling_tokens_per_second": round(ceiling(task, speed)),
            }
        )
    )


if __name__ == "__main__":
    main()
