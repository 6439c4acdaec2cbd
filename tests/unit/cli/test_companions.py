"""A launched command: the first process keeps the home, the others leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engram.cli.companions import home_of_process, refuse_companions
from engram.errors import UsageError
from engram.home import Home


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("WORLD_SIZE", "2")
    return monkeypatch


def test_the_first_process_keeps_the_home(tmp_path: Path, launched: pytest.MonkeyPatch) -> None:
    launched.setenv("RANK", "0")
    with home_of_process(Home(tmp_path), None) as place:
        assert place.root == tmp_path


def test_without_a_launcher_every_process_is_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "3")  # some shells and schedulers set it for reasons of their own
    with home_of_process(Home(tmp_path), None) as place:
        assert place.root == tmp_path


@pytest.mark.parametrize("words", [{"RANK": "1"}, {"MLX_RANK": "1", "MLX_HOSTFILE": "hosts.json"}])
def test_a_companion_is_silent_and_leaves_nothing(
    tmp_path: Path, launched: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: dict[str, str]
) -> None:
    for name, value in words.items():
        launched.setenv(name, value)
    home = Home(tmp_path / "home").create()
    home.run("mine").mkdir(parents=True)
    (home.run("mine") / "plan.json").write_text("{}", encoding="utf-8")
    with home_of_process(home, "mine") as place:
        print("hello")
        assert place.root != home.root
        assert (place.run("mine") / "plan.json").read_text(encoding="utf-8") == "{}"
        (place.run("mine") / "other").write_text("x", encoding="utf-8")
    assert not place.root.exists()
    assert [file.name for file in home.run("mine").iterdir()] == ["plan.json"]
    assert capsys.readouterr().out == ""


def test_a_command_of_one_process_says_so(launched: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="runs in a single process"):
        refuse_companions("engram teach")
    launched.setenv("WORLD_SIZE", "1")
    refuse_companions("engram teach")


@pytest.mark.slow
def test_accelerate_launches_one_run_in_two_processes(tmp_path: Path) -> None:
    """seedling, from the command line: the losses of one process, one version, one run."""
    rows = [{"prompt": f"Where is {n}?", "completion": f"In room {n * 7}."} for n in range(6)]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    launch = (
        "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no"
    )
    losses = []
    for name, launcher in (("one", "-m"), ("two", f"{launch} --dynamo_backend no --module")):
        home = tmp_path / name
        told = f"engram train --data {data} --home {home} --run r --iters 6 --batch-size 4 --replay 0.5"
        done = subprocess.run(
            [sys.executable, *launcher.split(), *told.split()],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("Version:") == 1
        assert [folder.name for folder in (home / "adapters").iterdir()] == ["v1"]
        lines = (home / "runs" / "r" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        losses.append([entry["train/loss"] for entry in map(json.loads, lines) if "train/loss" in entry])
    assert len(losses[0]) == 6
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
