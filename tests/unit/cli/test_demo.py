"""`engram demo`: it teaches once, then only shows; --again and --quick are lessons of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import OTHER_PATTERNS, Said, engram, write_patterns

from engram.cli.workplace import PlainWatcher
from engram.lessons.reader import read_patterns

FLAGS = ["--model", "fake", "--replay", "0", "--batch-size", "32"]


@pytest.fixture(autouse=True)
def small_demo(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three patterns in place of the shipped ones."""
    file = place / "tiny.yaml"
    monkeypatch.setattr("engram.cli.demo.shipped_sets", lambda: [file])
    monkeypatch.setattr("engram.cli.demo.RETENTION_ITEMS", 10)
    return file


def demo(*flags: str) -> Said:
    said = engram("demo", *FLAGS, "--iters", "12", *flags)
    assert said.code == 0, said.err
    return said


def test_it_teaches_once(place: Path) -> None:
    first, second = demo(), demo()
    assert "Training ..." in first.err and "Teaching fake" in first.out
    assert second.err == "" and "Teaching" not in second.out
    for said in (first, second):
        assert "after (2026-11-21-1)" in said.out and "report.html" in said.out and "What changed" in said.out
        paths = ("report.html", "--home")
        assert all(len(line) <= 80 for line in said.out.splitlines() if not any(p in line for p in paths))
        assert "\x1b" not in said.out
    assert "after (2026-11-21-2)" in demo("--again").out
    assert "after (2026-11-21-2)" in demo().out, "the newest is shown"


def test_other_settings_or_patterns_are_another_lesson(place: Path) -> None:
    demo()
    assert "Training ..." in demo("--rank", "4").err
    write_patterns(place, OTHER_PATTERNS)
    assert "Training ..." in demo().err


def test_the_quick_demo_is_a_lesson_of_its_own_from_a_few_facts(
    small_demo: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = place / "facts.yaml"
    facts.write_text(OTHER_PATTERNS.replace(' key"', ' fact"'), encoding="utf-8")
    monkeypatch.setattr("engram.cli.demo.shipped_sets", lambda: [small_demo, facts])
    monkeypatch.setattr("engram.cli.demo.QUICK_PATTERNS", 2)
    first = engram("demo", *FLAGS, "--quick", "--json")
    assert json.loads(first.out)["splits"]["recall"]["n"] == 2 < len(read_patterns([facts]))
    again = engram("demo", *FLAGS, "--quick")
    assert again.err == "" and "Teaching" not in again.out
    assert "Teaching fake tiny and facts." in demo().out
    assert "Teaching fake a few facts." in engram("demo", *FLAGS, "--quick", "--again").out


def interrupted(monkeypatch: pytest.MonkeyPatch, stage: str, *flags: str) -> Said:
    """A demo whose user presses Ctrl-C as soon as this stage is said to begin."""

    def press(self: PlainWatcher, name: str) -> None:
        if name == stage:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PlainWatcher, "stage", press)
        said = engram("demo", *FLAGS, "--iters", "12", *flags)
    assert said.code == 1
    return said


@pytest.mark.parametrize("stage", ["Before", "Training", "After"])
def test_an_interrupted_demo_goes_on_by_itself(
    isolated: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    said = interrupted(monkeypatch, stage)
    assert f"To go on from there: engram demo --home {isolated}" in said.err
    assert any((isolated / "runs" / "demo" / "checkpoints").iterdir()) == (stage == "After")
    assert "after (2026-11-21-1)" in demo().out
    assert [run.name for run in (isolated / "runs").iterdir()] == ["demo"]
    assert not (isolated / "runs" / "demo" / "checkpoints").exists(), "it is finished"
    demo("--again")
    assert sorted(run.name for run in (isolated / "runs").iterdir()) == ["demo", "demo-2"]


def test_a_demo_of_other_settings_is_not_gone_on_with(
    isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, "After")
    assert "--again" in interrupted(monkeypatch, "Training", "--rank", "4", "--again").err
    unfinished = sorted(run.parent.name for run in (isolated / "runs").glob("*/checkpoints"))
    assert unfinished == ["demo", "demo-2"]
    demo()
    assert [run.parent.name for run in (isolated / "runs").glob("*/checkpoints")] == ["demo-2"]
    demo("--rank", "4")
    assert list((isolated / "runs").glob("*/checkpoints")) == []


def test_as_json_it_teaches_in_silence() -> None:
    said = demo("--json")
    assert said.err == "" and said.json["version"] == "2026-11-21-1"
    assert {"improvement", "splits", "verdict", "examples"} <= set(said.json)
    example: dict[str, Any] = said.json["examples"][0]
    assert example["after"]["answer"] == example["expected"] != example["before"]["answer"]


def test_a_version_without_a_report_is_not_shown(place: Path) -> None:
    """`engram train` on the same rows with the same settings measures nothing."""
    engram("data", "build", "tiny.yaml", "--out", "rows")
    assert engram("train", "--data", "rows", *FLAGS, "--iters", "12").code == 0
    assert "after (2026-11-21-2)" in demo().out


def test_a_broken_lesson_is_taught_again(isolated: Path) -> None:
    demo()
    (isolated / "adapters" / "2026-11-21-1" / "report.json").write_text("{}")
    said = demo()
    assert "Training ..." in said.err and "after (2026-11-21-2)" in said.out
