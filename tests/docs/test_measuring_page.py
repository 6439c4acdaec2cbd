"""docs/measuring-your-own.md is true: its tasks are read, its commands work, its tables are the code's."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from tests.support.road import engram
from tools.sections import ROOT

from engram.cli.evaluate_loss import COLUMNS
from engram.measure.apart import SEARCH_SECONDS, TEST_SECONDS
from engram.measure.harness import CODE_TOKENS, read_tasks
from engram.measure.judging import JUDGES

TEXT = (ROOT / "docs" / "measuring-your-own.md").read_text(encoding="utf-8")
(TASKS,) = re.findall(r"^```json\n(.+?)^```", TEXT, re.M | re.S)
GOLDEN = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
ROWS = [{"prompt": f"ask {number}", "completion": "yes", "kind": "plain"} for number in range(3)]


def first_column(header: str) -> list[str]:
    """The code in the first cells of the table under this header."""
    table = TEXT.split(header)[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.M)


def test_its_commands_work(isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    isolated.mkdir(parents=True)
    (isolated / "engram.toml").write_text(
        '[model]\nbackend = "fake"\nmodel = "fake"\n[measure]\nretention_items = 20\n'
    )
    (tmp_path / "prompts.jsonl").write_text(TASKS, encoding="utf-8")
    (tmp_path / "golden.jsonl").write_text(json.dumps(GOLDEN) + "\n")
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    commands = re.findall(r"^\$ engram (.+)$", TEXT, re.M)
    assert len(commands) == 5
    for command in commands:
        said = engram(*shlex.split(command))
        assert said.code == 0, f"{command}\n{said.err}"
    assert (tmp_path / "losses" / "loss.csv").exists() and (tmp_path / "nights.html").exists()


def test_its_tasks_show_every_type(tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text(TASKS, encoding="utf-8")
    found = {task.type: task for task in read_tasks(tmp_path / "prompts.jsonl")}
    assert list(found) == list(JUDGES) == first_column("| type |")
    right = {
        "contains_any": "It is Paris.",
        "regex": "07:30",
        "numeric": "42.5",
        "json_keys": '{"name": "Ana", "age": 31}',
        "format_bullets": "- fig\n- plum",
        "python_tests": "def double(x):\n    return 2 * x",
    }
    for kind, answer in right.items():
        assert found[kind].judge(answer) == "" and found[kind].judge("No idea") != ""


def test_its_columns_and_limits_are_those_of_the_code() -> None:
    assert tuple(first_column("| column |")) == COLUMNS
    flat = " ".join(TEXT.split())
    assert f"with {SEARCH_SECONDS} and {TEST_SECONDS} seconds of processor time" in flat
    assert f"{CODE_TOKENS} for `python_tests`" in flat
