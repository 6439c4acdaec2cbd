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
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine, spread
from engram.api import open_job
from engram.backends.base import AdapterSpec, TrainSession, TrainSpec
from engram.config import TrainSettings
from engram.job import Job
from engram.lessons.build import build_lessons
from engram.lessons.reader import read_patterns, shipped_sets
from engram.training.batches import evaluation_batches
from engram.training.loop import train
from engram.training.schedule import ending_at, learning_rate, warmup_steps
from engram.training.state import TrainingSet
from engram.types import Rendered

RIVALS = {"torch": ("trl", "trl packed"), "mlx": ("mlx_lm",)}
AIMS = {"torch": 1.3, "mlx": 1.0}
RATE, WARMUP, SEED = 1e-3, 0.05, 0
PACKED_ROWS = 32  # rows that a packed sequence is to hold on average: the others' batch size


@dataclass(frozen=True)
class Task:
    """What every side is given. `num_layers` counts blocks from the last, -1 is all."""

    model: str
    rows: int
    passes: int
    batch: int
    rank: int
    num_layers: int

    @property
    def steps(self) -> int:
        return self.passes * -(-self.rows // self.batch)

    def rate(self, step: int) -> float:
        """Of a step; the first is 1."""
        return learning_rate(step, RATE, warmup_steps(WARMUP, self.steps), ending_at(self.steps, ""))


def open_task(task: Task, backend: str) -> tuple[Job, list[Rendered]]:
    """The base, and the rows: a part of the shipped sets, drawn by seed."""
    with tempfile.TemporaryDirectory() as home:
        job = open_job(task.model, home, {"model": {"backend": backend, "device": "cpu", "dtype": "float32"}})
    rows = build_lessons(read_patterns(shipped_sets()), job.settings.data).train
    drawn = np.random.default_rng(SEED).permutation(len(rows))[: task.rows]
    return job, [job.base.renderer.conversation(rows[at].messages) for at in drawn]


def run_engram(task: Task, backend: str) -> dict[str, float]:
    """Our own loop, as `engram train` runs it, without replay, checkpoints and validation."""
    job, rows = open_task(task, backend)
    settings = TrainSettings(
        iters=task.steps,
        batch_size=task.batch,
        learning_rate=RATE,
        warmup=WARMUP,
        rank=task.rank,
        alpha=2.0 * task.rank,
        num_layers=task.num_layers,
        replay=0.0,
        save_every=0,
        seed=SEED,
    )
    session = job.load().begin_training(_spec(task))
    started = time.perf_counter()
    train(session, TrainingSet(rows, [], []), settings)
    return {"seconds": time.perf_counter() - started, "loss": _loss(session, rows)}


def run_trl(task: Task, packed: bool) -> dict[str, float]:
    """TRL's SFTTrainer on the ids and masks that we train on."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    job, rows = open_task(task, "torch")
    torch.manual_seed(SEED)
    model = AutoModelForCausalLM.from_pretrained(job.base.folder, dtype=torch.float32)
    adapted = get_peft_model(
        model,
        LoraConfig(
            r=task.rank,
            lora_alpha=2 * task.rank,
            target_modules=_linear_names(model),
            layers_to_transform=_last_blocks(task, model.config.num_hidden_layers),
            task_type="CAUSAL_LM",
        ),
    )
    weights = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=1.0, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: task.rate(done + 1))
    data = Dataset.from_list(
        [{"input_ids": row.ids.tolist(), "completion_mask": row.mask.astype(int).tolist()} for row in rows]
    )
    average = sum(len(row.ids) for row in rows) / len(rows)
    with tempfile.TemporaryDirectory() as out:
        config = SFTConfig(
            output_dir=out,
            per_device_train_batch_size=1 if packed else task.batch,
            max_length=round(PACKED_ROWS * average) if packed else max(len(row.ids) for row in rows),
            packing=packed,
            completion_only_loss=True,
            num_train_epochs=task.passes,
            max_steps=-1,
            bf16=False,
            gradient_checkpointing=False,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            logging_steps=10_000,
            disable_tqdm=True,
            seed=SEED,
        )
        tokenizer = AutoTokenizer.from_pretrained(job.base.folder)
        trainer = SFTTrainer(
            adapted, config, train_dataset=data, processing_class=tokenizer, optimizers=(optimizer, schedule)
        )
        started = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "loss": _torch_loss(adapted.eval(), rows)}


def run_mlx_lm(task: Task) -> dict[str, float]:
    """mlx_lm.lora's own trainer, on the ids that we train on and with its prompts masked."""
    import mlx.core as mx
    from mlx.optimizers import AdamW
    from mlx_lm.tuner import trainer
    from mlx_lm.tuner.utils import linear_to_lora_layers
    from mlx_lm.utils import load_model

    job, rows = open_task(task, "mlx")
    mx.random.seed(SEED)
    model, _ = load_model(job.base.folder)
    model.set_dtype(mx.float32)
    model.freeze()
    blocks = len(model.layers) if task.num_layers == -1 else task.num_layers
    linear_to_lora_layers(model, blocks, {"rank": task.rank, "scale": 2.0, "dropout": 0.0})
    rates = mx.array([task.rate(step) for step in range(1, task.steps + 1)])
    optimizer = AdamW(
        lambda step: rates[mx.minimum(step, task.steps - 1)], weight_decay=0.0, bias_correction=True
    )
    data = [(row.ids.tolist(), int(np.flatnonzero(row.mask)[0])) for row in rows]
    with tempfile.TemporaryDirectory() as out:
        options = trainer.TrainingArgs(
            batch_size=task.batch,
            iters=task.steps,
            steps_per_report=10_000,
            steps_per_save=10_000,
            max_seq_length=job.base.context,
            adapter_file=str(Path(out) / "adapters.safetensors"),
        )
        started = time.perf_counter()
        trainer.train(model, optimizer, data, None, options)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "loss": _mlx_loss(model.eval(), rows)}


SIDES = {
    "torch": lambda task: run_engram(task, "torch"),
    "trl": lambda task: run_trl(task, packed=False),
    "trl packed": lambda task: run_trl(task, packed=True),
    "mlx": lambda task: run_engram(task, "mlx"),
    "mlx_lm": run_mlx_lm,
}


def _spec(task: Task) -> TrainSpec:
    adapter = AdapterSpec(rank=task.rank, alpha=2.0 * task.rank, num_layers=task.num_layers)
    return TrainSpec(adapter=adapter, seed=SEED)


def _last_blocks(task: Task, count: int) -> list[int]:
    return list(range(0 if task.num_layers == -1 else count - task.num_layers, count))


def _linear_names(model: Any) -> list[str]:
    """Every linear layer of the blocks, as our adapters have them."""
    import torch

    blocks = model.model.layers.named_modules()
    return sorted({name.rpartition(".")[2] for name, part in blocks if isinstance(part, torch.nn.Linear)})


def _loss(session: TrainSession, rows: list[Rendered]) -> float:
    return session.evaluate(evaluation_batches(rows, 32, 0)).loss


def _torch_loss(model: Any, rows: list[Rendered]) -> float:
    """Cross-entropy per target token (nats) of the trained rows, one by one."""
    import torch

    total, count = 0.0, 0
    with torch.inference_mode():
        for row in rows:
            ids = torch.from_numpy(row.ids.astype(np.int64))
            mask = torch.from_numpy(row.mask[1:])
            logits = model(input_ids=ids[None]).logits[0, :-1][mask]
            total += float(torch.nn.functional.cross_entropy(logits, ids[1:][mask], reduction="sum"))
            count += int(mask.sum())
    return total / count


def _mlx_loss(model: Any, rows: list[Rendered]) -> float:
    """The same with mlx."""
    import mlx.core as mx
    from mlx import nn

    total, count = 0.0, 0
    for row in rows:
        at = mx.array(np.flatnonzero(row.mask[1:]))
        ids = mx.array(row.ids)
        total += nn.losses.cross_entropy(model(ids[None])[0][at], ids[1:][at], reduction="sum").item()
        count += at.size
    return total / count


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
