"""Trial steps in a process of their own: `python -m engram.cli.calibrate`, called by `--dry-run`.

A fresh process, so that its highest use of memory is that of the steps, and so that memory running out ends
only it. It reads its orders as JSON from stdin and answers in JSON on stdout. Not a command for people.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engram import errors
from engram.api import assemble
from engram.config import Settings
from engram.errors import EngramError, OutOfMemory
from engram.home import Home
from engram.job import Job
from engram.training.calibration import Clock, calibrate, calibration_from_json
from engram.training.estimate import Calibration

CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "processor": time.process_time}
_CHILD_CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "processor": lambda: sum(os.times()[2:4])}
"""The same clocks for the time of an ended child process, seen from outside."""


def measure_apart(job: Job, clock: str = "wall") -> Calibration:
    """This job's costs, measured in a fresh process. `clock` is a name in CLOCKS.

    Raises what the trial raises, and OutOfMemory when the system ended the process.
    """
    orders = {
        "settings": job.settings.model_dump(mode="json"),
        "home": str(job.home.root),
        "clock": clock,
    }
    began = _CHILD_CLOCKS[clock]()
    done = subprocess.run(
        [sys.executable, "-m", "engram.cli.calibrate"],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode < 0:
        raise OutOfMemory(
            f"The system ended the trial steps (signal {-done.returncode}), likely because memory ran out.",
            "Use a smaller base model, or --dtype bfloat16.",
        )
    answer = _read(done)
    if "error" in answer:
        raise _error(answer["error"])
    calibration = calibration_from_json(answer["calibration"])
    outside = _CHILD_CLOCKS[clock]() - began - answer["seconds"]  # interpreter, imports, and clearing up
    return replace(calibration, start_seconds=max(0.0, outside))


def answer_orders(orders: dict[str, Any]) -> dict[str, Any]:
    """What the process answers: a calibration, or an error."""
    try:
        job = assemble(Settings.model_validate(orders["settings"]), Home(Path(orders["home"])))
        clock = CLOCKS[orders["clock"]]
        began = clock()
        calibration = calibrate(job.load, job.settings.train, clock)
        return {"calibration": asdict(calibration), "seconds": clock() - began}
    except EngramError as error:
        kind = type(error).__name__
        return {"error": {"kind": kind, "message": error.message, "hint": error.hint}}


def _read(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise EngramError(
            f"The trial steps failed: {last}", "Run it without --dry-run, and with ENGRAM_DEBUG=1, for more."
        ) from None
    return answer


def _error(said: dict[str, str]) -> EngramError:
    kind = getattr(errors, said["kind"], EngramError)
    if kind is errors.LessonError:  # takes problems rather than a message
        kind = errors.UsageError
    raised: EngramError = kind(said["message"], said["hint"])
    return raised


if __name__ == "__main__":
    print(json.dumps(answer_orders(json.load(sys.stdin))))
