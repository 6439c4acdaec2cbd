"""What goes into the wheel: every data file under src/engram, taken by the rules of pyproject.toml.

Two checks, without building a wheel. The build backend, where it is installed, is asked which files it would
take. Everywhere, the rules are read: the wheel takes the whole package folder, nothing is left out, and git
ignores no file of it (the backend skips what git ignores).
"""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "engram"
NEEDED = (  # one line for each place in src/ that reads a file
    "measure/report.css",
    "measure/suites/heldout_text.jsonl",
    "measure/suites/requests.jsonl",
    "measure/suites/skills.jsonl",
    "models/general_prompts.jsonl",
    "models/replay.jsonl",
    "models/replay_text.jsonl",
    "models/seedling/chat_template.jinja",
    "models/seedling/config.json",
    "models/seedling/generation_config.json",
    "models/seedling/model.safetensors",
    "models/seedling/tokenizer.json",
    "models/seedling/tokenizer_config.json",
    "patterns/code_idioms.yaml",
    "patterns/error_fixes.yaml",
    "patterns/facts.yaml",
    "patterns/formats.yaml",
)


def data_files() -> set[str]:
    """Every file of the package that is not Python, relative to it."""
    files = (file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(PACKAGE).as_posix() for file in files if file.suffix != ".py"}


def build_rules() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        rules: dict[str, Any] = tomllib.load(file)["tool"]["hatch"]["build"]
    return rules


def test_the_files_that_the_code_reads_lie_in_the_package() -> None:
    assert set(NEEDED) <= data_files()


def test_the_wheel_takes_the_whole_package() -> None:
    rules = build_rules()
    assert rules["targets"]["wheel"] == {"packages": ["src/engram"]}  # no include, exclude or only-include
    assert set(rules) == {"targets"}  # and none for all targets


def test_git_ignores_no_file_of_the_package() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout: the build backend skips what git ignores")
    names = "\n".join(f"src/engram/{name}" for name in sorted(data_files()))
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=ROOT,
        input=names,
        capture_output=True,
        text=True,
    )
    assert (asked.returncode, asked.stdout) == (1, ""), asked.stdout + asked.stderr  # 1: none is ignored


def test_the_build_backend_puts_every_file_into_the_wheel() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="needs hatchling: pip install hatchling")
    builder = wheel.WheelBuilder(str(ROOT))
    taken = {file.distribution_path for file in builder.recurse_included_files()}
    assert {f"engram/{name}" for name in data_files()} <= taken
    assert {f"engram/{file.relative_to(PACKAGE).as_posix()}" for file in PACKAGE.rglob("*.py")} <= taken
