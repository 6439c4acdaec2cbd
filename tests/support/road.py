"""The road in small, for tests of commands: three patterns, the fake backend, captured streams."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engram.api import open_job
from engram.cli.main import run
from engram.job import Job

PATTERNS = """\
name: tiny
description: Three keys.
examples:
  - {input: "alpha key", output: "one", category: keys}
  - {input: "beta key", output: "two", category: keys}
  - {input: "gamma key", output: "three", category: keys}
"""
OTHER_PATTERNS = PATTERNS.replace("one", "uno").replace("two", "due").replace("three", "tre")
STEPS, ROWS = 12, 32
"""Of a training in which the fake model sees the three keys often enough."""
MEASURE = {"retention_items": 10, "consistency_runs": 2, "consistency_probes": 2}
FAKE = ["--model", "fake", "--iters", str(STEPS)]
TRAINED = [*FAKE, "--batch-size", str(ROWS), "--save-every", "5", "--replay", "0"]
ASKED = [word for name, value in MEASURE.items() for word in ("--" + name.replace("_", "-"), str(value))]
SMALL = [*TRAINED, *ASKED]
"""Flags of a teach that takes a second."""
TEXT = ("A short text, so that perplexity costs little here.",)


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def engram(*words: str | Path) -> Said:
    """One command in this process, its streams no terminals."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(word) for word in words])
    return Said(code, out.getvalue(), err.getvalue())


def write_patterns(folder: Path, text: str = PATTERNS) -> Path:
    file = folder / "tiny.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def fake_job(home: Path, **train: Any) -> Job:
    settings = {"iters": STEPS, "batch_size": ROWS, "save_every": 5, "replay": 0, **train}
    return open_job("fake", home, {"train": settings, "measure": dict(MEASURE)})
