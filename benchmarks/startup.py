"""How long `import engram` and `engram --help` take, beside an interpreter that does nothing.

The three are run in turn, so that a busy moment of the machine meets all of them. Processor time is shown
too, which a busy machine changes least. Not a test: times depend on the machine. The aims are 100 ms for the
import and 300 ms for the help page, as a user waits for them on a quiet machine.

Run: `python -m benchmarks.startup [--runs 15]`
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.machine import machine, machine_words, spread

CASES = {
    "python -c pass": ("-c", "pass"),
    "import engram": ("-c", "import engram"),
    "engram --help": ("-m", "engram", "--help"),
}


class Taken(NamedTuple):
    """Milliseconds that passed, and milliseconds of processor time."""

    wall: float
    cpu: float


def measure(runs: int) -> dict[str, list[Taken]]:
    """Each run by case; the first of each is thrown away, as it warms the disk cache."""
    found: dict[str, list[Taken]] = {name: [] for name in CASES}
    for _ in range(runs + 1):
        for name, arguments in CASES.items():
            found[name].append(run(arguments))
    return {name: taken[1:] for name, taken in found.items()}


def run(arguments: Sequence[str]) -> Taken:
    """One interpreter, from start to end."""
    # Installed programs have their compiled files; a setting against writing them would measure the compiler.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started, used = time.perf_counter(), _processor_seconds()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    return Taken(1000 * (time.perf_counter() - started), 1000 * (_processor_seconds() - used))


def _processor_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def columns(taken: Sequence[Taken]) -> dict[str, dict[str, Any]]:
    """Count, median and quartiles of each column."""
    wall, cpu = zip(*taken, strict=True)
    return {"wall": spread(wall, 1), "cpu": spread(cpu, 1)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure start-up times.")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {name: columns(taken) for name, taken in measure(given.runs).items()}
    if given.json:
        print(json.dumps({"machine": machine(), **found}, indent=2))
        return
    print(f"{machine_words()}; median of {given.runs} runs each, quartiles in brackets")
    for name, taken in found.items():
        print(f"{name:<15} {_words(taken, found['python -c pass'])}")


def _words(taken: dict[str, dict[str, Any]], rival: dict[str, dict[str, Any]]) -> str:
    parts = []
    for name, column in taken.items():
        ratio = column["median"] / rival[name]["median"]
        parts.append(f"{name} {column['median']:7.1f} ms {column['quartiles']} ({ratio:.2f} x)")
    return ", ".join(parts) + " python -c pass"


if __name__ == "__main__":
    main()
