"""The story of one home, told through the command line: teach, look, wear, measure, teach again, go back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.road import ASKED, OTHER_PATTERNS, SMALL, write_patterns

import engram

SOURCE = str(Path(engram.__file__).parents[1])


def test_teach_use_measure_and_go_back(tmp_path: Path) -> None:
    def call(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "engram", *words],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": SOURCE},
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    def accuracy(*words: str) -> tuple[Any, float]:
        measured = json.loads(
            call("eval", "--data", "rows", "--model", "fake", *ASKED, "--one-side", "--json", *words)
        )
        return measured["adapter"], measured["splits"]["recall"]["accuracy"]

    write_patterns(tmp_path)
    call("data", "build", "tiny.yaml", "--out", "rows")
    first = json.loads(call("teach", "tiny.yaml", *SMALL, "--out", "first", "--json"))
    one = first["version"]
    two = f"{one[:-1]}2"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-1", one) and (tmp_path / "first" / "report.html").exists()
    assert accuracy() == (None, 0.0), "teaching puts nothing in service"
    call("adapters", "use", "v1")
    assert accuracy() == (one, 1.0)

    write_patterns(tmp_path, OTHER_PATTERNS)
    assert two in call("teach", "tiny.yaml", *SMALL, "--out", "second")
    call("adapters", "use", "v2")
    assert accuracy() == (two, 0.0), "it answers otherwise now"
    assert f"{two} (in service)" in call("adapters", "show", "v2")

    call("adapters", "use", "v1")
    assert accuracy() == (one, 1.0), "going back is one word"
    call("adapters", "use", "v3", code=2)
    listed = json.loads(call("adapters", "list", "--json"))
    assert [(row["name"], row["in_service"], row["parent"]) for row in listed] == [
        (one, True, None),
        (two, False, one),
    ]
