"""The example configurations are valid; the command at the top of each runs, here on the fake backend, and so
do the commands of docs/data.md."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from tests.support.road import engram

from engram.config import Settings
from engram.settings_file import read_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("train-*.yaml"))
_COMMAND = re.compile(r"^# +engram (train .+)$", re.M)


def conversations(file: Path) -> None:
    turns = [("user", "a?"), ("assistant", "b"), ("user", "c?"), ("assistant", "d")]
    rows = [[{"role": role, "content": f"{text}{i}"} for role, text in turns] for i in range(8)]
    file.write_text("".join(json.dumps({"messages": row}) + "\n" for row in rows))


def questions(file: Path) -> None:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([("instruction", "output"), *((f"say {i}", str(i)) for i in range(8))])


def snippets(file: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.Table.from_pylist([{"text": f"x = {i}\n"} for i in range(8)]), file)


MAKERS = {"conversations.jsonl": conversations, "questions.csv": questions, "snippets.parquet": snippets}


def test_there_is_one_for_each_profile() -> None:
    assert [file.stem for file in EXAMPLES] == ["train-chat", "train-code", "train-instruction"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_settings_are_valid(file: Path) -> None:
    assert read_settings(file) not in (Settings(), read_settings(profile=file.stem.removeprefix("train-")))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_command_at_the_top_runs(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(file.parent)
    (command,) = _COMMAND.findall(file.read_text(encoding="utf-8"))
    words = shlex.split(command)
    data = words[words.index("--data") + 1]
    MAKERS[data](tmp_path / data)
    words[words.index("--model") + 1] = "fake"
    said = engram(*words, "--iters", "3", "--replay", "0")
    assert said.code == 0 and "2026-11-21-1, after" in said.out, said.err


def test_the_page_on_data_is_true(isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    isolated.mkdir(parents=True)
    (isolated / "engram.toml").write_text('[model]\nbackend = "fake"\n[train]\nreplay = 0\n')
    rows = "".join(f"tree {i},t{i}\n" for i in range(30))
    (tmp_path / "trees.csv").write_text(f"prompt,completion\n{rows}")
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ engram (.+)$", text, re.M)
    assert len(commands) >= 4
    for command in commands:
        said = engram(*shlex.split(command))
        assert said.code == 0, f"{command}\n{said.err}"
    (config,) = re.findall(r"^```yaml\n(.+?)^```$", text, re.M | re.S)
    (tmp_path / "mine.yaml").write_text(config)
    assert read_settings(tmp_path / "mine.yaml") != read_settings(profile="instruction")
