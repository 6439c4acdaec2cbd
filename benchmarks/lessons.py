"""How long the shipped sets take to become lessons, and how much memory a million patterns take.

The aims: under 1 s to read and build the shipped sets; under 600 MB for a million patterns as JSONL, streamed
to a data set folder in a process of its own. One JSON line for each. Not a test: times depend on the machine.

Run: `python -m benchmarks.lessons [--runs 5] [--million]`
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engram.config import DataSettings
from engram.lessons.build import Lessons, build_lessons
from engram.lessons.bulk import build_bulk
from engram.lessons.leaks import find_leaks
from engram.lessons.reader import read_patterns, shipped_sets

PATTERNS = 1_000_000


def shipped(runs: int) -> dict[str, Any]:
    """Median seconds to read and build the shipped sets, and to check the rows for leaks."""
    lessons = _build()
    measured = (*lessons.valid, *lessons.test)
    return {
        "what": "shipped sets",
        "rows": len(lessons.train) + len(measured),
        "build_seconds": _median(_build, runs),
        "leak_check_seconds": _median(lambda: find_leaks(lessons.train, measured), runs),
    }


def _build() -> Lessons:
    return build_lessons(read_patterns(shipped_sets()), DataSettings())


def million() -> dict[str, Any]:
    """Seconds and peak memory of a child that streams a million patterns."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "patterns.jsonl"
        with source.open("w", encoding="utf-8") as out:
            out.writelines(_line(number) + "\n" for number in range(PATTERNS))
        started = time.perf_counter()
        child = [
            sys.executable,
            "-m",
            "benchmarks.lessons",
            "--stream",
            str(source),
            str(Path(place) / "data"),
        ]
        subprocess.run(child, check=True)
        seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    return {
        "what": "streamed",
        "patterns": PATTERNS,
        "seconds": round(seconds, 1),
        "peak_mb": round(peak / 1e6),
    }


def _line(number: int) -> str:
    example = {"input": f"the code of box {number:,}", "output": f"B-{number * 7919 % 10**9:09d}"}
    return json.dumps({**example, "category": f"shelf {number % 50}", "holdout": number % 100 == 0})


def _median(work: Callable[[], object], runs: int) -> float:
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken), 4)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure how patterns become lessons.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--million", action="store_true", help="also stream a million patterns (minutes)")
    parser.add_argument("--stream", type=Path, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stream:
        source, folder = given.stream
        build_bulk([source], DataSettings(), folder)
        return
    print(json.dumps(shipped(given.runs)), flush=True)
    if given.million:
        print(json.dumps(million()), flush=True)


if __name__ == "__main__":
    main()
