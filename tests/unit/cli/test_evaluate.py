"""`engram eval`: one side or both, in words, as JSON and as files; both sides answer the same questions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.support.road import Said, engram

FILES = {"baseline.json", "tuned.json", "comparison.json", "report.md", "report.html"}
SHORT = [
    "--model",
    "fake",
    "--consistency-runs",
    "2",
    "--consistency-probes",
    "1",
    "--measure-max-tokens",
    "40",
]


@pytest.fixture(autouse=True)
def short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.teaching.load_texts", lambda: ("Some text.",))


@pytest.fixture
def rows(taught: Said) -> list[str]:
    """The command, for the rows that v1 was taught."""
    assert engram("data", "build", "tiny.yaml", "--out", "rows").code == 0
    return ["eval", "--data", "rows", *SHORT]


def test_an_adapter_is_measured_beside_the_bare_model(rows: list[str]) -> None:
    said = engram(*rows, "--adapter", "v1")
    assert said.code == 0 and said.err.split(" ...\n")[:2] == ["Before", "After"]
    assert re.search(r"recall +what was taught +3 +0% +100%", said.out)
    assert re.search(r"model +fake, bare\n", said.out) and re.search(
        r"model +fake with 2026-11-21-1\n", said.out
    )
    assert said.out.count("of this process so far") == 1, "memory of a process is no pair"
    assert max(map(len, said.out.splitlines())) <= 80


def test_the_output_folder_holds_what_json_says(rows: list[str], place: Path) -> None:
    said = engram(*rows, "--adapter", "v1", "--out", "seen", "--json")
    assert said.code == 0, said.err
    assert {file.name for file in (place / "seen").iterdir()} == FILES
    written = json.loads((place / "seen" / "comparison.json").read_text(encoding="utf-8"))
    assert written == said.json
    assert written["config"]["settings"]["measure"]["max_tokens"] == 40
    assert written["baseline"]["exam_digest"] == written["tuned"]["exam_digest"]
    sides = [
        json.loads((place / "seen" / f"{side}.json").read_text("utf-8")) for side in ("baseline", "tuned")
    ]
    assert [side["adapter"] for side in sides] == [None, "2026-11-21-1"]
    assert [row["id"] for row in sides[0]["results"]] == [row["id"] for row in sides[1]["results"]]


@pytest.mark.parametrize("words", [["--adapter", "none"], ["--adapter", "v1", "--one-side"], []])
def test_one_side_shows_how_often_it_stopped_and_writes_nothing(
    rows: list[str], place: Path, words: list[str]
) -> None:
    said = engram(*rows, *words)
    assert said.code == 0 and said.err == "Measuring ...\n"
    assert re.search(r"recall +3 +[\d.]+% +[\d.]+% +100.0% *\n", said.out)
    assert re.search(r"stopped +100.0% of \d+ answers", said.out)
    refused = engram(*rows, *words, "--out", "seen")
    assert refused.code == 2 and "only one side" in refused.err
    assert not (place / "seen").exists()


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_asked(
    rows: list[str], place: Path
) -> None:
    (place / "file").write_text("in the way")
    said = engram(*rows, "--adapter", "v1", "--out", "file")
    assert said.code == 1 and "could not be written" in said.err and "Before" not in said.err


@pytest.mark.parametrize("name", ["nonsense", "heldout_text"])
def test_only_suites_are_offered(name: str) -> None:
    said = engram("eval", "--suite", name, *SHORT)
    assert said.code == 2 and "There are: requests, skills." in said.err
