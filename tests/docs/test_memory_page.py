"""docs/memory.md is true: its commands work in their order, and what it says they leave behind is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.support.road import engram
from tools.sections import ROOT

from engram.store.tags import TAGS

TEXT = (ROOT / "docs" / "memory.md").read_text(encoding="utf-8")


def test_its_commands_work_one_after_the_other(
    isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^\$ engram (.+)$", TEXT, re.M)
    assert len(commands) >= 12
    shown = {}
    for command in commands:
        said = engram(*shlex.split(command))
        assert said.code == 0, f"{command}\n{said.err}"
        shown[command] = said.out
    assert "Rex" in shown["memory show 2"] and "Rufo" in shown["memory show 2"]
    assert "2 of them forgotten" in shown["memory verify"]
    left = [file for file in isolated.rglob("*") if file.is_file() and b"Rufo" in file.read_bytes()]
    assert left == [] and (tmp_path / "memories.jsonl").exists() and (tmp_path / "memory-copy.db").exists()


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"`engram ((?:memory |adapters )?[a-z]+)", TEXT))
    assert {"chat", "init", "memory list", "memory verify", "adapters list"} <= named
    for command in named:
        assert engram(*command.split(), "--help").code == 0, command


def test_the_tags_are_those_that_are_known() -> None:
    assert re.findall(r"^\| `#([a-z-]+)`", TEXT, re.M) == list(TAGS)
