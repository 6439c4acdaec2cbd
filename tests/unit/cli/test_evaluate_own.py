"""`engram eval` with what a user brings: tasks, data for losses, golden transcripts; and nights over time.

Not here: how each is measured (tests/unit/measure, tests/unit/sleep).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import Said, engram

from engram.home import Home
from engram.sleep.trend_lines import Part, Share, Trend, append_trend

FAKE = ["--model", "fake"]
BOTH = [*FAKE, "--adapter", "v1"]


def tasks(place: Path, **changed: Any) -> Path:
    rows = [
        {"id": "a", "category": "keys", "prompt": "alpha key", "type": "contains_any", "expected": ["one"]},
        {"id": "b", "category": "keys", "prompt": "beta key", "type": "regex", "expected": "^two$"},
        # The bare fake model says that it does not know, and the adapter takes that away.
        {
            "id": "c",
            "category": "lost",
            "prompt": "gamma key",
            "type": "contains_any",
            "expected": "don't know",
        },
    ]
    file = place / "prompts.jsonl"
    file.write_text("\n".join(json.dumps(row | changed) for row in rows) + "\n")
    return file


@pytest.fixture
def rows(taught: Said) -> str:
    assert engram("data", "build", "tiny.yaml", "--out", "rows").code == 0
    return "rows"


def test_tasks_of_ones_own_are_put_to_both_sides(taught: Said, place: Path) -> None:
    said = engram("eval", "--suite", tasks(place), *BOTH)
    assert said.code == 0, said.err
    table = [line.split() for line in said.out.splitlines()]
    assert ["keys", "2", "0%", "100%", "+100", "points"] in table
    assert ["lost", "1", "100%", "0%", "−100", "points"] in table
    assert ["lost", "c:", "none", "of", "1", "expected", "texts", "stands", "in", "it"] in table
    assert said.err == "Before ...\nAfter ...\n" and max(map(len, said.out.splitlines())) <= 80
    found = engram("eval", "--suite", tasks(place), *BOTH, "--json").json
    assert found["lost"] == ["c"] and found["won"] == ["a", "b"] and found["adapter"] == "2026-11-21-1"
    assert found["categories"]["all"] == {"n": 3, "before": 1 / 3, "after": 2 / 3}
    assert found["tasks"][1]["after"] == {"right": True, "why": "", "answer": "two"}
    assert found["tasks"][2]["after"]["why"] and found["tasks"][2]["before"]["right"]
    for words, side in ((["--adapter", "none"], "before"), (["--adapter", "v1", "--one-side"], "after")):
        found = engram("eval", "--suite", tasks(place), *FAKE, *words, "--json").json
        assert set(found["categories"]["all"]) == {"n", side} and found["lost"] == []
        assert engram("eval", "--suite", tasks(place), *FAKE, *words).code == 0


def test_what_is_wrong_with_a_file_of_tasks_is_told(place: Path) -> None:
    said = engram("eval", "--suite", tasks(place, colour="red"), *FAKE)
    assert said.code == 2 and said.err.count("prompts.jsonl:") == 3 and "'colour'" in said.err
    assert "prompts.jsonl:2:" in said.err
    assert engram("eval", "--suite", "missing.jsonl", *FAKE).code == 2
    refused = engram("eval", "--suite", tasks(place), *FAKE, "--out", "seen")
    assert refused.code == 2 and "--json" in refused.err


def test_losses_by_tag_are_written_and_shown(rows: str, place: Path) -> None:
    said = engram("eval", "--loss", "--data", rows, *BOTH, "--out", "losses")
    assert said.code == 0, said.err
    with (place / "losses" / "loss.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (place / "losses" / "loss.jsonl").read_text().splitlines()]
    assert [list(line) for line in lines] == [list(row) for row in table]
    assert all(str(line[key]) == row[key] for line, row in zip(lines, table, strict=True) for key in row)
    recall = next(line for line in lines if line["tag"] == "recall")
    assert recall["rows"] == 3 and recall["tokens"] == len("one" + "two" + "three") + 3
    assert recall["loss_after"] < 0.2 < 5 < recall["loss_before"]
    assert f"{recall['loss_after']:.3f}" in said.out and "split: recall" in said.out
    # Of the bare model alone, the other side is empty.
    said = engram("eval", "--loss", "--data", rows, *FAKE, "--adapter", "none", "--out", "losses", "--json")
    assert all(line["loss_after"] is None and line["change"] is None for line in said.json["losses"])
    assert (place / "losses" / "loss.csv").read_text().splitlines()[1].endswith(",,,")


def test_losses_are_told_apart_by_a_files_own_tags(place: Path) -> None:
    rows = [
        {"prompt": f"ask {n}", "completion": "yes", "kind": f"k{n % 2}", "tags": ["all of them"]}
        for n in range(4)
    ]
    (place / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = engram("eval", "--loss", "--data", "own.jsonl", *FAKE, "--json")
    assert said.code == 0, said.err
    counts = {(line["by"], line["tag"]): line["rows"] for line in said.json["losses"]}
    assert counts["kind", "k0"] == counts["kind", "k1"] == 2 and counts["tag", "all of them"] == 4


def test_losses_need_something_to_score() -> None:
    assert engram("eval", "--loss", *FAKE).code == 2


def test_transcripts_are_compared_on_both_sides(taught: Said, place: Path) -> None:
    talk = [("user", "alpha key"), ("assistant", "one"), ("user", "gamma key"), ("assistant", "three")]
    line = json.dumps({"messages": [{"role": role, "content": text} for role, text in talk]})
    (place / "golden.jsonl").write_text(line + "\n")
    said = engram("eval", "--transcripts", "golden.jsonl", *BOTH)
    assert said.code == 0, said.err
    assert "2 turns of 1 transcript\n" in said.out and "nearer to the golden answer in 1 turn," in said.out
    found = engram("eval", "--transcripts", "golden.jsonl", *BOTH, "--json").json
    assert found["rows"][0]["after"]["answer"] == "one" and found["rows"][0]["after"]["chrf"] == 100
    assert found["after"]["chrf"] > found["before"]["chrf"]
    assert found["before"]["perplexity"] == pytest.approx(260, rel=1e-4)
    assert engram("eval", "--transcripts", "golden.jsonl", "--suite", "skills", *FAKE).code == 2


def test_transcripts_that_are_too_long_are_told(place: Path) -> None:
    talk = [{"role": "user", "content": "x" * 2000}, {"role": "assistant", "content": "y"}]
    (place / "golden.jsonl").write_text(json.dumps({"messages": talk}) + "\n")
    said = engram("eval", "--transcripts", "golden.jsonl", *FAKE)
    assert said.code == 2 and "1 of 1 turns" in said.err


@pytest.mark.parametrize("suite", ["memory", "retrieval"])
def test_suites_that_stand_alone_refuse_the_new_ways_too(suite: str) -> None:
    for words in (["--loss"], ["--transcripts", "x.jsonl"]):
        said = engram("eval", "--suite", suite, *words, *FAKE)
        assert said.code == 2 and words[0] in said.err


def test_no_night_so_far(place: Path) -> None:
    said = engram("eval", "trends")
    assert said.code == 0 and "engram sleep" in said.out
    assert engram("eval", "trends", "--json").json["nights"] == []


def test_nights_over_time_are_told_and_drawn(isolated: Path, place: Path) -> None:
    home = Home(isolated).create()
    for number, version in ((1, "v1"), (2, ""), (3, "v3")):
        known = {f"n{earlier}": Share(8 + earlier // 3, 10) for earlier in (1, 3) if earlier <= number}
        parts = {"new": Part(0.1, 0.9, 30), "skills": Part(0.9, 0.95, 800)}
        outcome = "accept" if version else "reject"
        figures = (version, 40 * number, 40, parts, 2.0, 2.125, known if version else {})
        append_trend(home, Trend(f"n{number}", f"2026-11-2{number}T12:00:00+00:00", outcome, *figures))
    said = engram("eval", "trends", "--out", "nights.svg")
    assert said.code == 0, said.err
    table = [line.split() for line in said.out.splitlines()]
    assert ["2026-11-22", "refused", "80", "90%", "–", "95%", "2.125"] in table
    assert ["v3", "80%", "90%"] in table and ["average", "accuracy", "85.0%"] in table
    assert max(map(len, said.out.splitlines())) <= 80
    assert (place / "nights.svg").read_text().startswith("<svg")
    found = engram("eval", "trends", "--json", "--out", "nights.html").json
    assert found["bases"][0]["matrix"]["versions"] == ["v1", "v3"]
    assert found["bases"][0]["retained"]["average_accuracy"] == pytest.approx(0.85)
    assert (place / "nights.html").read_text().startswith("<!doctype html>")
    assert engram("eval", "trends", "--out", "nights.pdf").code == 2
