"""How long, at which rate, and with how many questions a night should train: one made-up life, slept in ways.

Every case is a night of its own on the embedded model, in a fresh home: so many days of made-up facts told at
once, one setting changed at a time. The table in docs/night.md rests on it. Not here: the gate's own errors
(gate.py), or nights one after another (story.py).

Run: `python -m benchmarks.nights [--case NAME ...] [--seed 0] [--json]` (two to five minutes a case on two
cores).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.machine import machine
from engram.api import open_job
from engram.config import ALL_LINEAR
from engram.sleep import night, recipe
from engram.sleep.journal import read_journal
from engram.sleep.made_up_days import Day, day
from engram.sleep.selfcheck import tell


@dataclass(frozen=True, slots=True)
class Case:
    """So many days of 48 facts and three habits told at once; what is not said is as shipped. `max_tokens` is
    the limit for recipe.MEMORIES; the night of more or fewer is longer or shorter."""

    name: str
    days: int = 2
    max_tokens: int = recipe.RULE.max_tokens
    train: dict[str, Any] = field(default_factory=dict)
    augment: str = "rules"


CASES = (
    Case("as shipped"),
    Case("as engram teach trains", train={"replay": 0.25, "anchor_weight": 3.0}),
    Case("steps of 32 rows", train={"batch_size": 32}),
    Case("attention too", train={"target_modules": [ALL_LINEAR]}),
    Case("half as long", max_tokens=recipe.RULE.max_tokens // 2),
    Case("twice as long", max_tokens=2 * recipe.RULE.max_tokens),
    Case("half the rate", train={"learning_rate": 1e-3}),
    Case("half as much rate again", train={"learning_rate": 3e-3}),
    Case("twice the rate", train={"learning_rate": 4e-3}),
    Case("twice the rank", train={"rank": 64, "alpha": 128.0}),
    Case("a stronger pull", train={"anchor_weight": 8.0}),
    Case("no more questions", augment="none"),
    Case("one day", days=1),
    Case("one day, Engram-style module", days=1, train={"memory": "engram"}),
    Case("four days at once", days=4),
    Case("four days at once, half as long", days=4, max_tokens=recipe.RULE.max_tokens // 2),
)


def sleep_on(case: Case, seed: int) -> dict[str, Any]:
    """The verdict of one night with the figures it rests on, in shares and points."""
    days = [day(number, seed) for number in range(1, case.days + 1)]
    told = Day(
        tuple(chain.from_iterable(one.facts for one in days)),
        tuple(chain.from_iterable(one.habits for one in days)),
        (),
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = {"train": case.train, "sleep": {"augment": case.augment}}
        job = open_job("seedling", Path(folder) / "home", settings)
        job.home.create()
        tell(job, told)
        rule = replace(recipe.RULE, max_tokens=case.max_tokens)
        began = time.perf_counter()
        with mock.patch.object(recipe, "RULE", rule):
            morning = night.sleep(job)
        seconds = time.perf_counter() - began
        if morning is None:
            raise AssertionError("a made-up day has facts")
        stages = {entry.stage: entry for entry in read_journal(job.home.run(morning.night.name))}
    after = [pair.after for pair in morning.evidence.new.pairs]
    changes = [pair.change for pair in morning.evidence.skills_of_base.pairs]
    return {
        "case": case.name,
        "memories": morning.new,
        "outcome": morning.verdict.outcome,
        "rephrased": sum(after) / len(after),
        "questions": len(after),
        "skills": 100 * sum(changes) / len(changes),
        "tokens": stages["train"].counts["tokens"],
        "seconds": round(seconds),
        "checks": [check.sentence for check in morning.verdict.checks],
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="One made-up life, slept in several ways.")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    print(json.dumps(machine()) if given.json else "nights of one made-up life")
    for case in CASES:
        if given.case and case.name not in given.case:
            continue
        found = sleep_on(case, given.seed)
        told = (
            f"{found['case']:<34} {found['memories']:>4} memories  {found['outcome']:<8} "
            f"rephrased {found['rephrased']:.0%} (n = {found['questions']})  skills {found['skills']:+.1f}  "
            f"{found['tokens']:,} tokens, {found['seconds']} s"
        )
        print(json.dumps(found) if given.json else told, flush=True)


if __name__ == "__main__":
    main()
