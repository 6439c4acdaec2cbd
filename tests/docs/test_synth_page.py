"""docs/synth.md is true: its commands work in their order, and its presets are those of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.support.road import engram
from tools.sections import ROOT

from engram.synth.grammar_words import TOPICS
from engram.synth.presets import PRESETS

TEXT = (ROOT / "docs" / "synth.md").read_text(encoding="utf-8")


def test_its_commands_work(isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    isolated.mkdir(parents=True)
    (isolated / "engram.toml").write_text('[model]\nbackend = "fake"\nmodel = "fake"\n[train]\nreplay = 0\n')
    commands = re.findall(r"^\$ engram (.+)$", TEXT, re.M)
    assert len(commands) >= 4
    for command in commands:
        smaller = command.replace("--iters 120", "--iters 1").replace("--count 400", "--count 40")
        said = engram(*shlex.split(smaller))
        assert said.code == 0, f"{command}\n{said.err}"
    assert (tmp_path / "talk" / "test.jsonl").exists() and not (tmp_path / "lessons").exists()


def test_it_names_every_preset() -> None:
    rows = re.findall(r"^\| (`.+?) \| `(.+?)`.*? \| (.*?) ?\|$", TEXT, re.M)
    shown = {
        name: (address, re.findall(r"`(\w+)`", key))
        for names, address, key in rows
        for name in re.findall(r"`(\w+)`", names)
    }
    assert shown == {
        name: (one.url.split("://")[1], [one.key_env] if one.key_env else []) for name, one in PRESETS.items()
    }


def test_its_figures_of_the_grammar() -> None:
    assert f"{len(TOPICS)} places" in TEXT
