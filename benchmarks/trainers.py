"""The trainers that benchmarks/training.py compares, each given the same task: ours and their rivals.

Rows, ids and masks are the same for all, adapters cover the same layers, and every side follows one course
of the learning rate; how well the rows are known afterwards is measured in one way. TRL is wanted only by its
own sides. Not here: who is faster.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

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
