"""The lines that commands print are lines that can be typed."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from engram.cli.calling import typed
from engram.home import Home


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program in .venv/bin, and a PATH on which there is none."""
    program = tmp_path / ".venv" / "bin" / "engram"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        (".venv/bin/engram", ".venv/bin/engram"),
        ("{here}/.venv/bin/engram", ".venv/bin/engram"),
        ("elsewhere/pytest", "engram"),
        ("{here}/missing/engram", "engram"),
        ("{here}/src/engram/__main__.py", f"{shlex.quote(sys.executable)} -m engram"),
    ],
)
def test_the_program_is_named_as_it_was_called(
    here: Path, monkeypatch: pytest.MonkeyPatch, called: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "argv", [called.format(here=here)])
    assert typed(Home.default(), "demo") == f"{expected} demo"


def test_on_the_path_the_name_is_enough(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(here / ".venv" / "bin" / "engram")])
    monkeypatch.setenv("PATH", str(here / ".venv" / "bin"))
    assert typed(Home.default(), "adapters", "use", "v1") == "engram adapters use v1"


def test_another_home_is_named_and_can_be_typed(here: Path) -> None:
    assert typed(Home(here / ".engram"), "demo") == "engram demo --home .engram"
    spaced = Home(here.parent / "my home")
    assert shlex.split(typed(spaced, "demo"))[-2:] == ["--home", str(spaced.root)]
