"""How long `import engram` and `engram --help` take, beside an interpreter that does nothing.

The three are run in turn, so that a busy moment of the machine meets all of them. Not a test: times depend on
the machine, ratios less so. The aims are 100 ms for the import and 300 ms for the help page.

Run: `python -m benchmarks.startup [--runs 15]`
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

CASES = {
    "python -c pass": ["-c", "pass"],
    "import engram": ["-c", "import engram"],
    "engram --help": ["-m", "engram", "--help"],
}


def measure(runs: int) -> dict[str, list[float]]:
    """Milliseconds of each run, by case; one run of each is thrown away to warm the disk cache."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(runs + 1):
        for name, arguments in CASES.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            times[name].append(1000 * (time.perf_counter() - started))
    return {name: values[1:] for name, values in times.items()}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measure start-up times.")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    medians = {name: statistics.median(values) for name, values in measure(given.runs).items()}
    if given.json:
        print(json.dumps(medians, indent=2))
        return
    rival = medians["python -c pass"]
    print(f"median of {given.runs} runs each")
    for name, median in medians.items():
        print(f"{name:<15} {median:7.1f} ms  {median / rival:5.2f} x python -c pass")


if __name__ == "__main__":
    main()
