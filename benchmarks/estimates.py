"""Is what `engram train --dry-run` predicts what happens? Six settings, predicted beside real.

Lengths of 64 to 256 tokens and batches of 8 to 32 rows, none of them among the shapes that the prediction is
made from. Costs are measured once; then each setting is planned, and trained in a process of its own, whose
time and highest use of memory are those that count. The aim: at most 25% off. On a machine that does other
work at the same time, `--clock processor` compares processor seconds instead (with OMP_NUM_THREADS=1), and
`--anew` measures the costs again before each setting, as the command itself does after a quarter of an hour.

Run: `python -m benchmarks.estimates [--tokens 100000] [--backend torch] [--clock wall] [--settings 64x8 ...]`
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from engram.api import open_job
from engram.cli.calibrate import CLOCKS, measure_apart
from engram.config import DataSettings
from engram.job import Job
from engram.lessons.build import Lessons
from engram.lessons.dataset import write_dataset
from engram.lessons.rows import Row
from engram.planning import plan_run
from engram.training.estimate import Calibration
from engram.types import Message

SETTINGS = ("64x8", "64x32", "128x16", "160x24", "256x8", "256x32")
AIM = 0.25
TRAIN_ROWS, VALID_ROWS = 150, 30
_WORDS = (
    "river",
    "bends",
    "north",
    "past",
    "an",
    "old",
    "mill",
    "where",
    "green",
    "boats",
    "wait",
    "for",
    "rain",
)


def rows(job: Job, longest: int) -> tuple[Row, ...]:
    """Neutral rows of 60% to 100% of `longest` tokens, a third of each the answer."""
    made = []
    for number in range(TRAIN_ROWS + VALID_ROWS):
        wanted = longest * (60 + number * 7 % 41) // 100
        words = 1
        while len(job.base.renderer.conversation(_messages(number, words)).ids) < wanted - 3:
            words += 1
        made.append(Row(_messages(number, words), "neutral", f"row {number}", "train"))
    return tuple(made)


def _messages(number: int, words: int) -> tuple[Message, Message]:
    text = random.Random(number).choices(_WORDS, k=words)
    cut = 2 * words // 3
    return (
        Message("user", " ".join([f"Tell me of {number}:", *text[:cut]])),
        Message("assistant", " ".join([f"{number}:", *text[cut:]])),
    )


def compare(
    model: str, backend: str, setting: str, tokens: int, clock: str, cost: Calibration
) -> dict[str, Any]:
    """One setting planned and then trained: seconds, bytes, and how far off the plan was."""
    longest, batch = (int(number) for number in setting.split("x"))
    train = {"iters": max(4, tokens // (batch * longest)), "batch_size": batch, "max_seq_length": longest + 8}
    with tempfile.TemporaryDirectory() as place:
        job = open_job(model, Path(place) / "home", {"model": {"backend": backend}, "train": dict(train)})
        made = rows(job, longest)
        taught, valid = made[:TRAIN_ROWS], tuple(replace(row, split="valid") for row in made[TRAIN_ROWS:])
        write_dataset(Path(place) / "data", Lessons(taught, valid, (), DataSettings(), "0" * 64, ()))
        plan = plan_run(job, taught, valid, "trial", False, measure_apart, cost)
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in train.items()]
        command = ["train", "--data", f"{place}/data", "--home", f"{place}/home", "--json", *flags]
        real = run_apart([*command, "--model", model, "--backend", backend])
    return {
        "setting": setting,
        "steps": plan.work.steps,
        "tokens": plan.work.tokens,
        "seconds": _pair(plan.estimate.total_seconds, real[clock]),
        "memory_mb": _pair((plan.estimate.memory_bytes or 0) / 1e6, real["peak_mb"]),
        "stages": {name: round(value, 2) for name, value in plan.estimate.seconds.items()},
        "wall_seconds": round(real["wall"], 1),
    }


def _pair(predicted: float, real: float) -> dict[str, float]:
    return {"predicted": round(predicted, 2), "real": round(real, 2), "off": round(predicted / real - 1, 3)}


def run_apart(words: list[str]) -> dict[str, float]:
    """`engram` with these words in a process of its own: wall and processor seconds, peak memory in MB."""
    command = [sys.executable, "-m", "engram", *words]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    started = time.perf_counter()
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"The measured run failed with status {os.waitstatus_to_exitcode(status)}.")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return {
        "wall": time.perf_counter() - started,
        "processor": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss * unit / 1e6,
    }


def _words(row: dict[str, Any]) -> str:
    seconds, memory = row["seconds"], row["memory_mb"]
    return (
        f"{row['setting']:>7} {row['steps']:>5} {seconds['predicted']:>9.1f} {seconds['real']:>8.1f} "
        f"{seconds['off']:>+7.0%} {memory['predicted']:>9.0f} {memory['real']:>8.0f} {memory['off']:>+7.0%}"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Compare predicted with real training runs.")
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--tokens", type=int, default=100_000, help="about so many per run")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--settings", nargs="+", default=SETTINGS, help="LENGTHxBATCH")
    parser.add_argument("--anew", action="store_true", help="measure costs again before each setting")
    parser.add_argument("--json", action="store_true", help="JSON lines only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        job = open_job(given.model, home, {"model": {"backend": given.backend}})
        started = time.perf_counter()
        cost = measure_apart(job, given.clock)
        head = {"machine": machine(), "clock": given.clock, "calibrated_in": time.perf_counter() - started}
    print(json.dumps(head), flush=True)
    if not given.json:
        print(" length x rows, steps; seconds predicted, real, off; MB predicted, real, off", flush=True)
    worst = 0.0
    for setting in given.settings:
        cost = measure_apart(job, given.clock) if given.anew else cost
        row = compare(given.model, given.backend, setting, given.tokens, given.clock, cost)
        worst = max(worst, *(abs(row[what]["off"]) for what in ("seconds", "memory_mb")))
        print(json.dumps(row) if given.json else _words(row), flush=True)
    print(json.dumps({"worst": round(worst, 3), "aim": AIM, "reached": worst <= AIM}))


if __name__ == "__main__":
    main()
