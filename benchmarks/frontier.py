"""The training frontier: what each recipe reaches on the shipped sets, and what it costs.

Every recipe starts from the same base, lessons and exam; one line of JSON is appended for each, so that a
stopped run goes on with the recipes that are missing. The findings are written up in docs/lab.md.

Run: `python -m benchmarks.frontier OUT.jsonl rank=32,learning_rate=2e-3 rank=16,replay=0.5 ...`
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from engram.api import open_job
from engram.job import new_run_id, train_adapter
from engram.lessons.build import build_lessons
from engram.lessons.reader import read_patterns, shipped_sets
from engram.lessons.rows import Row
from engram.measure.measurement import Measurement
from engram.measure.probes import load_suite, load_texts, probes_from_rows, subset
from engram.teaching import Exam, take_exam

QUICK_MEASURE = {"consistency_runs": 2, "consistency_probes": 1}


def parse(recipe: str) -> dict[str, Any]:
    """`rank=32,learning_rate=2e-3` as settings of [train]; values stay text, the schema reads them."""
    return dict(part.split("=", 1) for part in recipe.split(",") if part)


def _exam(test: Sequence[Row], rephrased: int, retention: int) -> Exam:
    """All of recall and unseen, and a stratified part of the others."""
    taught = probes_from_rows(test)
    some = subset([probe for probe in taught if probe.split == "rephrased"], rephrased)
    whole = [probe for probe in taught if probe.split != "rephrased"]
    return Exam((*whole, *some, *subset(load_suite("skills"), retention)), load_texts())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure training recipes on the shipped sets.")
    parser.add_argument("out", type=Path)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--rephrased", type=int, default=183, help="how many of the rephrased probes to ask")
    parser.add_argument("--retention", type=int, default=400, help="how many of the skill tasks to ask")
    arguments = parser.parse_args()
    done = {json.loads(line)["recipe"] for line in _lines(arguments.out)}
    baseline = None
    for recipe in arguments.recipes:
        if recipe in done:
            continue
        with tempfile.TemporaryDirectory() as home:
            job = open_job(arguments.model, home, {"train": parse(recipe), "measure": QUICK_MEASURE})
            job.home.create()
            lessons = build_lessons(read_patterns(shipped_sets()), job.settings.data)
            exam = _exam(lessons.test, arguments.rephrased, arguments.retention)
            baseline = baseline or take_exam(job, exam, "Before")
            started = time.perf_counter()
            trained = train_adapter(job, lessons.train, lessons.valid, new_run_id())
            seconds = time.perf_counter() - started
            tuned = take_exam(job, exam, "After", trained)
        row = _row(recipe, baseline, tuned) | {
            "seconds": round(seconds, 1),
            "steps": trained.result.steps,
            "passes": round(trained.result.passes, 2),
            "valid_loss": [trained.result.first_valid_loss, trained.result.last_valid_loss],
            "stopped_because": trained.result.stopped_because,
            "machine": machine(),
        }
        with arguments.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)


def _row(recipe: str, baseline: Measurement, tuned: Measurement) -> dict[str, Any]:
    before, after = baseline.summary(), tuned.summary()
    return {
        "recipe": recipe,
        **{split: _pair(before["splits"][split], after["splits"][split]) for split in before["splits"]},
        "skills": {name: _pair(before["skills"][name], after["skills"][name]) for name in before["skills"]},
        "perplexity": _perplexities(baseline, tuned),
        "exam_seconds": round(sum(result.seconds for result in tuned.results), 1),
    }


def _pair(before: dict[str, Any], after: dict[str, Any]) -> list[float]:
    return [round(before["accuracy"] or 0, 4), round(after["accuracy"] or 0, 4)]


def _perplexities(baseline: Measurement, tuned: Measurement) -> list[float | None]:
    return [side.text_loss.perplexity if side.text_loss else None for side in (baseline, tuned)]


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


if __name__ == "__main__":
    main()
