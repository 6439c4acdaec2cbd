"""How long the shipped sets take to become lessons, and how much memory a million patterns take.

The aims: under 1 s to read and build the shipped sets; under 600 MB for a million patterns as JSONL, streamed
to a data set folder in a process of its own. Beside the first stands the YAML parser alone, beside the second
a process that holds the million patterns in a list. One JSON line for each. Not a test: times depend on the
machine.

Run: `python -m benchmarks.lessons [--runs 5] [--million]`
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import machine, spread
from engram.config import DataSettings
from engram.lessons.build import Lessons, build_lessons
from engram.lessons.bulk import build_bulk
from engram.lessons.leaks import find_leaks
from engram.lessons.reader import read_patterns, shipped_sets

PATTERNS = 1_000_000


def shipped(runs: int) -> dict[str, Any]:
    """Seconds to read and build the shipped sets, to check them for leaks, and of the YAML parser alone."""
    lessons = _build()
    measured = (*lessons.valid, *lessons.test)
    cases: dict[str, Callable[[], object]] = {
        "parse": _parse,
        "build": _build,
        "leak_check": lambda: find_leaks(lessons.train, measured),
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(runs):  # in turn, so that a busy moment of the machine meets all of them
        for name, work in cases.items():
            started = time.process_time(), time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - started[1])
            taken.setdefault(f"{name}_cpu", []).append(time.process_time() - started[0])
    return {
        "what": "shipped sets",
        "rows": len(lessons.train) + len(measured),
        **{f"{name}_seconds": spread(values) for name, values in taken.items()},
        "build_to_parse_cpu": _ratio(taken["build_cpu"], taken["parse_cpu"]),
        "machine": machine(),
    }


def _build() -> Lessons:
    return build_lessons(read_patterns(shipped_sets()), DataSettings())


def _ratio(ours: list[float], rival: list[float]) -> float:
    return round(statistics.median(ours) / statistics.median(rival), 2)


def _parse() -> list[Any]:
    return [yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in shipped_sets()]


def million() -> dict[str, Any]:
    """Seconds and peak memory of a child that streams a million patterns, and of one that holds them."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "patterns.jsonl"
        with source.open("w", encoding="utf-8") as out:
            out.writelines(_line(number) + "\n" for number in range(PATTERNS))
        streamed = _child("--stream", str(source), str(Path(place) / "data"))
        held = _child("--hold", str(source))
    return {"what": "a million patterns", "patterns": PATTERNS, "streamed": streamed, "held": held, "n": 1}


def _child(*arguments: str) -> dict[str, float]:
    """This program again with those arguments: wall and processor seconds, peak memory in MB."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.lessons", *arguments]
    _, status, used = os.wait4(os.posix_spawn(sys.executable, command, os.environ), 0)
    if status:
        raise SystemExit(f"The measured process failed with status {os.waitstatus_to_exitcode(status)}.")
    seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss * unit / 1e6),
    }


def _line(number: int) -> str:
    example = {"input": f"the code of box {number:,}", "output": f"B-{number * 7919 % 10**9:09d}"}
    return json.dumps({**example, "category": f"shelf {number % 50}", "holdout": number % 100 == 0})


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure how patterns become lessons.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--million", action="store_true", help="also stream a million patterns (minutes)")
    parser.add_argument("--stream", type=Path, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--hold", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stream:
        source, folder = given.stream
        build_bulk([source], DataSettings(), folder)
        return
    if given.hold:
        with given.hold.open(encoding="utf-8") as file:
            held = [json.loads(line) for line in file]
        if len(held) != PATTERNS:
            raise SystemExit(f"{len(held)} patterns were read.")
        return
    print(json.dumps(shipped(given.runs)), flush=True)
    if given.million:
        print(json.dumps(million()), flush=True)


if __name__ == "__main__":
    main()
