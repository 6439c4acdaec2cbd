"""Does the gate tell sound adapters from spoiled ones: ten made-up days, each learned soundly and spoiled.

Each day's night is slept twice on the embedded model: once as it is, once with one thing gone wrong, in the
data, in the training or in the weights (those are the sound night's, spoiled). The aim: all ten spoiled ones
are refused, at least eight sound ones accepted. Everything but the spoiling is the shipped night.

Run: `python -m benchmarks.gate [--days 10] [--json]` (about two and a half minutes for each of the twenty
nights on two cores).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.machine import machine
from engram.api import open_job
from engram.backends.base import AdapterWeights
from engram.errors import EngramError
from engram.job import Job, PreparedRun, Trained, prepare_run, run_training
from engram.lessons.rows import Row
from engram.sleep import night
from engram.sleep.made_up_days import Day, day, poisoned_day
from engram.sleep.night import Morning
from engram.sleep.selfcheck import tell
from engram.types import Message

Rows = Sequence[Row]
Spoiler = tuple[
    str, Callable[[Rows], Rows] | None, Callable[[AdapterWeights], AdapterWeights] | None, dict[str, Any]
]


def _answers(rows: Rows, change: Callable[[list[str]], list[str]]) -> Rows:
    """Rows with their last messages changed."""
    answers = change([row.messages[-1].content for row in rows])
    return [
        replace(row, messages=(*row.messages[:-1], Message("assistant", answer)))
        for row, answer in zip(rows, answers, strict=True)
    ]


def shuffled(rows: Rows) -> Rows:
    """Every question gets some other question's answer."""
    return _answers(rows, lambda answers: random.Random(0).sample(answers, len(answers)))


def reversed_letters(rows: Rows) -> Rows:
    """Answers run backwards."""
    return _answers(rows, lambda answers: [answer[::-1] for answer in answers])


def one_answer(rows: Rows) -> Rows:
    """Every question has the same answer."""
    return _answers(rows, lambda answers: [answers[0]] * len(answers))


def wrong_template(rows: Rows) -> Rows:
    """Questions in the frame of another model family, so that nobody will ever ask them so."""
    return [
        replace(
            row,
            messages=(
                Message("user", f"### Instruction:\n{row.messages[0].content}\n\n### Response:\n"),
                *row.messages[1:],
            ),
        )
        for row in rows
    ]


def _each(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[AdapterWeights], AdapterWeights]:
    return lambda weights: AdapterWeights(
        {name: change(tensor).astype(np.float32) for name, tensor in weights.tensors.items()}, weights.config
    )


def _one_nan(weights: AdapterWeights) -> AdapterWeights:
    name = min(weights.tensors)
    spoiled = weights.tensors[name].copy()
    spoiled.flat[0] = np.nan
    return AdapterWeights({**weights.tensors, name: spoiled}, weights.config)


SPOILERS: tuple[Spoiler, ...] = (
    ("labels shuffled", shuffled, None, {}),
    ("answers backwards", reversed_letters, None, {}),
    ("one answer to all", one_answer, None, {}),
    ("wrong template", wrong_template, None, {}),
    ("over-trained, nothing replayed", None, None, {"replay": 0, "learning_rate": 0.02, "iters": 400}),
    ("one weight is no number", None, _one_nan, {}),
    ("weights of a smaller base", None, _each(lambda tensor: tensor[: len(tensor) // 2]), {}),
    ("weights five times as large", None, _each(lambda tensor: tensor * 5), {}),
    (
        "noise instead of weights",
        None,
        _each(lambda t: np.random.default_rng(0).normal(0, 0.05, t.shape)),
        {},
    ),
    ("nothing learned", None, _each(lambda tensor: tensor * 0.01), {}),
)


def one_night(today: Day, spoiler: Spoiler | None, kept: list[Trained]) -> dict[str, Any]:
    """Sleep on this day in a fresh home; what the gate said, and why. A sound night's adapter comes into
    `kept`; a night whose weights are to be spoiled takes it from there."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        name, rows, weights, settings = spoiler or ("sound", None, None, {})
        job = open_job("seedling", Path(folder) / "home", {"train": settings})
        job.home.create()
        tell(job, today)
        if rows:
            stack.enter_context(mock.patch.object(night, "prepare_run", _preparing(rows)))
        train = _spoiling(kept[-1], weights) if weights else _keeping(kept)
        stack.enter_context(mock.patch.object(night, "run_training", train))
        began = time.perf_counter()
        try:
            morning = night.sleep(job)
        except EngramError as error:
            found = {"outcome": "reject", "why": [f"{type(error).__name__}: {error.message}"]}
        else:
            found = _told(morning)
        return {"night": name, **found, "seconds": round(time.perf_counter() - began)}


def _told(morning: Morning | None) -> dict[str, Any]:
    """The verdict with the figures it rests on: `new` is the share of rephrased questions about the day's
    memories that the candidate answers right, `skills` what it changes on old skills, in points."""
    if morning is None:
        return {"outcome": "nothing", "why": []}
    verdict, shown = morning.verdict, morning.evidence
    after = [pair.after for pair in shown.new.pairs]
    changes = [pair.change for pair in shown.skills_of_base.pairs]
    return {
        "outcome": verdict.outcome,
        "why": list(verdict.reasons) if verdict.outcome != "accept" else [],
        "new": round(sum(after) / len(after), 3) if after else None,
        "questions": len(after),
        "skills": round(100 * sum(changes) / len(changes), 2) if changes else None,
        "checks": [check.sentence for check in verdict.checks],
    }


def _preparing(change: Callable[[Rows], Rows]) -> Callable[..., PreparedRun]:
    def prepare(job: Job, train: Rows, valid: Rows, *rest: Any, **more: Any) -> PreparedRun:
        return prepare_run(job, change(train), change(valid), *rest, **more)

    return prepare


def _keeping(kept: list[Trained]) -> Callable[[Job, PreparedRun], Trained]:
    def train(job: Job, run: PreparedRun) -> Trained:
        kept.append(run_training(job, run))
        return kept[-1]

    return train


def _spoiling(
    sound: Trained, change: Callable[[AdapterWeights], AdapterWeights]
) -> Callable[[Job, PreparedRun], Trained]:
    return lambda job, run: replace(sound, weights=change(sound.weights), run=run.folder.folder)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Sound and spoiled adapters before the gate.")
    parser.add_argument("--days", type=int, default=len(SPOILERS))
    parser.add_argument("--first", type=int, default=0, help="begin with this day, to go on later")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    print(json.dumps(machine()) if given.json else "sound and spoiled nights of ten made-up days")
    counts = {"sound accepted": 0, "spoiled refused": 0}
    for number, spoiler in list(enumerate(SPOILERS))[given.first : given.days]:
        today = day(1, number)
        kept: list[Trained] = []
        for found in (one_night(today, None, kept), one_night(today, spoiler, kept)):
            good = found["outcome"] == ("accept" if found["night"] == "sound" else "reject")
            counts["sound accepted" if found["night"] == "sound" else "spoiled refused"] += good
            why = f": {found['why'][0]}" if found["why"] else ""
            told = f"{number:>2} {found['night']:<31} {found['outcome']:<20} {found['seconds']:>4} s{why}"
            print(json.dumps(found) if given.json else told, flush=True)
    poisoned = one_night(poisoned_day(0), None, [])
    print(json.dumps({"poisoned": poisoned, **counts, "of": given.days}))


if __name__ == "__main__":
    main()
