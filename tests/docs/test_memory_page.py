"""docs/memory.md is true: its commands work in their order, and what it says they leave behind is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.support.road import engram
from tools.sections import ROOT

from engram.answer.asked import asks_for
from engram.config import LookupSettings
from engram.lookup.canonical import canonical
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


@pytest.mark.parametrize(
    ("message", "key", "asks"),
    [
        ("dog's name", "dog's name", True),
        ("My dog's name?", "dog's name", True),
        ("We have arrived. The wifi password?", "wifi password", True),
        ("Who forgot my dog's name?", "dog's name", False),
        ("do you like my dog's name?", "dog's name", False),
        ("how do I change the wifi password?", "wifi password", False),
        ("what is your dog's name?", "dog's name", False),
        ("where is my boss", "my boss", False),
        ("wifi?", "wifi", True),
        ("what is the wifi", "wifi", False),
    ],
)
def test_what_asks_for_a_key_is_as_it_says(message: str, key: str, asks: bool) -> None:
    section = " ".join(TEXT.split("**When a message asks")[1].split("**What a fact can be told")[0].split())
    assert f"*{message}*" in section and "fewer than six characters" in section
    assert asks_for(message, canonical(key), LookupSettings()) == asks and LookupSettings().shortest_key == 6
