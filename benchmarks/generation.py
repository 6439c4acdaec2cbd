"""How fast answers come: base, adapter beside it and adapter merged in; alone and in batches.

All sides are measured in one run, in turn, so that a busy moment of the machine meets all of them. The aims
on two cores: an adapter writes at least 0.9 times as fast as the base, merged 1.0 times; a short answer takes
under 100 ms; batches are at least 10 times as fast as one question at a time. Not a test: times depend on
the machine.

Run: `python -m benchmarks.generation --adapter-folder HOME/adapters/NAME [--model seedling] [--prompts 804]`
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, spread
from engram.answer.answerer import Answerer
from engram.api import open_job
from engram.backends.torch.model import TorchModel
from engram.job import Job
from engram.lessons.build import build_lessons
from engram.lessons.reader import read_patterns, shipped_sets
from engram.measure.probes import Probe, probes_from_rows, subset
from engram.measure.speed import SPEED_PROMPTS, decoding_speeds
from engram.types import Sampling

AIMS = {"adapter": 0.9, "merged": 1.0, "batched": 10.0}
CONTROL = "base again"
"""The same weights loaded once more: how far its ratio is from 1 is what a ratio of 1 looks like here."""
SHORT_MS = 100
SHORT_ASKED = 9
SPEED_ROUNDS = 10
MAX_TOKENS = 96


def load_sides(job: Job, adapter: Path) -> dict[str, TorchModel]:
    """The models, each with weights of its own; where in memory they come to lie shows in their speed."""
    sides = {"base": job.load(), "adapter": job.load(adapter), "merged": job.load(adapter)}
    sides[CONTROL] = job.load()
    models = {name: side for name, side in sides.items() if isinstance(side, TorchModel)}
    if len(models) < len(sides):
        raise SystemExit("This benchmark needs the torch backend: only there is an adapter merged.")
    models["merged"].merge()
    return models


def decoding(models: Mapping[str, TorchModel], probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """Tokens per second of each side, and what part of the two bases' mean that is; medians over rounds.

    Every other round goes through the sides backwards, so that none profits from its place.
    """
    render = next(iter(models.values())).base.renderer.prompt
    prompts = [render(probe.messages) for probe in subset(probes, SPEED_PROMPTS)]
    rates: dict[str, list[float]] = {name: [] for name in models}
    for number in range(SPEED_ROUNDS):
        names = list(models)[:: -1 if number % 2 else 1]
        for name, speed in zip(
            names, decoding_speeds([models[name] for name in names], prompts), strict=True
        ):
            rates[name].append(speed.tokens_per_second or float("nan"))
    bases = [statistics.fmean(pair) for pair in zip(rates["base"], rates[CONTROL], strict=True)]
    rows = []
    for name, mine in rates.items():
        ratios = [rate / base for rate, base in zip(mine, bases, strict=True)]
        figures = {"tokens_per_second": statistics.median(mine), "ratio": statistics.median(ratios)}
        rows.append(_row("decoding", name, **figures, ratios=spread(ratios)["quartiles"], aim=AIMS.get(name)))
    return rows


def short_answers(models: Mapping[str, TorchModel], probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """One question with a short expected output, asked alone, all sides in turn; medians."""
    asked = min(probes, key=lambda probe: (len(probe.expected), probe.id))
    answerers = {name: Answerer(model) for name, model in models.items()}
    taken: dict[str, list[float]] = {name: [] for name in models}
    tokens: dict[str, int] = {}
    for _ in range(SHORT_ASKED + 1):
        for name, answerer in answerers.items():
            answer = answerer.answer(asked.messages, Sampling(max_tokens=MAX_TOKENS))
            taken[name].append(1000 * answer.seconds)
            tokens[name] = answer.tokens
    return [
        _row("short answer", name, unit="ms", **spread(times[1:], 1), tokens=tokens[name], aim=SHORT_MS)
        for name, times in taken.items()
    ]


def batches(models: Mapping[str, TorchModel], probes: Sequence[Probe], count: int) -> list[dict[str, Any]]:
    """The same questions in batches and one at a time; the answers must be the same.

    Asking all in batches takes seconds, one at a time a minute: so the batches run before, between the
    quarters of the questions asked alone and after, and the median of the five counts.
    """
    sample = subset(probes, count)
    asked = [probe.messages for probe in sample]
    rows = []
    for name, model in models.items():
        if name == CONTROL:
            continue
        answerer, sampling = Answerer(model), Sampling(max_tokens=MAX_TOKENS)
        answerer.answer(asked[0], sampling)  # warms up
        together: list[str] = []
        alone: list[str] = []
        taken, seconds = [], 0.0
        quarter = -(-len(asked) // 4)
        for part in ([], *(asked[at : at + quarter] for at in range(0, len(asked), quarter))):
            started = time.perf_counter()
            alone += [answerer.answer(messages, sampling).text for messages in part]
            between = time.perf_counter()
            together = [answer.text for answer in answerer.answer_all(asked, sampling)]
            seconds += between - started
            taken.append(time.perf_counter() - between)
        figures = {"batched": statistics.median(taken), "alone": seconds}
        ratio = figures["alone"] / figures["batched"]
        same = sum(map(str.__eq__, together, alone)) / len(sample)
        rows.append(
            _row("batches", name, n=len(sample), **figures, ratio=ratio, same=same, aim=AIMS["batched"])
        )
    return rows


def _row(what: str, side: str, **values: Any) -> dict[str, Any]:
    rounded = {key: round(v, 4) if isinstance(v, float) else v for key, v in values.items()}
    return {"what": what, "side": side, **rounded}


def _words(row: Mapping[str, Any]) -> str:
    figures = ", ".join(f"{key} {value}" for key, value in row.items() if key not in ("what", "side"))
    return f"{row['what']:<13} {row['side']:<8} {figures}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure how fast answers come.")
    parser.add_argument("--adapter-folder", type=Path, required=True, help="an adapter version's folder")
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--prompts", type=int, default=804, help="test rows, in batches and alone")
    parser.add_argument("--json", action="store_true", help="JSON lines only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        job = open_job(given.model, home, {"model": {"device": given.device}})
    print(json.dumps({"machine": machine()}), flush=True)
    models = load_sides(job, given.adapter_folder)
    probes = probes_from_rows(build_lessons(read_patterns(shipped_sets()), job.settings.data).test)
    parts = (decoding(models, probes), short_answers(models, probes), batches(models, probes, given.prompts))
    for row in (row for part in parts for row in part):
        if not given.json:
            print(_words(row))
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
