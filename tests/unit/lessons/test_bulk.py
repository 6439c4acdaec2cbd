"""The streaming builder against the one in memory: the same bytes, every problem counted."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engram.config import DataSettings
from engram.errors import LessonError, UsageError
from engram.lessons.build import build_lessons
from engram.lessons.bulk import build_bulk, check_bulk, is_bulk
from engram.lessons.dataset import write_dataset
from engram.lessons.reader import read_patterns

USUAL = DataSettings().wordings


def write_pairs(file: Path, first: int, count: int, held_out: int = 0) -> Path:
    with file.open("w") as out:
        for i in range(first, first + count):
            mark = ', "holdout": true' if i < first + held_out else ""
            out.write(f'{{"input": "key {i:07d}", "output": "value {i}", "category": "c{i % 5}"{mark}}}\n')
            if i % 1000 == 0:
                out.write("\n")
    return file


def same_bytes(one: Path, other: Path) -> bool:
    return all((one / f.name).read_bytes() == f.read_bytes() for f in other.iterdir())


@pytest.mark.parametrize(("count", "held_out"), [(12, 3), (1_500, 20), (10_500, 100)])
def test_the_same_bytes_as_in_memory(tmp_path: Path, count: int, held_out: int) -> None:
    files = [
        write_pairs(tmp_path / "a.jsonl", 0, count, held_out),
        write_pairs(tmp_path / "b.jsonl", count, 7),
    ]
    settings = DataSettings(seed=11)
    manifest = build_bulk(files, settings, tmp_path / "bulk")
    assert check_bulk(files) == (count - held_out + 7, held_out)
    assert write_dataset(tmp_path / "memory", build_lessons(read_patterns(files), settings)) == manifest
    assert same_bytes(tmp_path / "bulk", tmp_path / "memory")
    assert manifest["counts"]["train"] == (count - held_out + 7) * {12: USUAL, 1_500: 2, 10_500: 1}[count]


def test_ambiguous_wordings_are_avoided_as_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    texts = ["fox", "Complete: fox", "and then? fox", "fox and then?", "fox\nAnd then?"]
    kept = {" ".join(text.casefold().split()): text for text in texts}.values()
    file.write_text(
        "".join(json.dumps({"input": t, "output": t[::-1], "category": "c"}) + "\n" for t in kept)
    )
    build_bulk([file], DataSettings(), tmp_path / "bulk")
    write_dataset(tmp_path / "memory", build_lessons(read_patterns([file]), DataSettings()))
    assert same_bytes(tmp_path / "bulk", tmp_path / "memory")


def test_fifty_thousand_are_all_taught_once_and_shuffled(tmp_path: Path) -> None:
    file = write_pairs(tmp_path / "a.jsonl", 0, 50_000)
    manifest = build_bulk([file], DataSettings(), tmp_path / "data")
    with (tmp_path / "data" / "train.jsonl").open() as lines:
        order = [int(json.loads(line)["messages"][1]["content"].removeprefix("value ")) for line in lines]
    assert manifest["counts"]["train"] == 50_000 and sorted(order) == list(range(50_000))
    ascents = sum(a < b for a, b in itertools.pairwise(order))
    assert 24_500 < ascents < 25_500  # half of all steps go up in a random order; 500 is over 7 deviations
    assert "50,000 patterns are many" in manifest["notes"][0]


def test_problems_are_capped_and_counted_and_nothing_is_written(tmp_path: Path) -> None:
    good = write_pairs(tmp_path / "a.jsonl", 0, 100)
    bad = tmp_path / "b.jsonl"
    bad.write_text(
        "".join(f'{{"input": "KEY  {i:07d}", "output": "other", "category": "c"}}\n' for i in range(80))
    )
    for read in (
        lambda: build_bulk([good, bad], DataSettings(), tmp_path / "data"),
        lambda: check_bulk([good, bad]),
    ):
        with pytest.raises(LessonError) as caught:
            read()
        assert len(caught.value.problems) == 50 and caught.value.more == 30
        assert str(caught.value).startswith("80 problems") and "... and 30 more." in str(caught.value)
        assert caught.value.problems[0].endswith("given at a.jsonl:1 already, with another output.")
        assert caught.value.problems[0].startswith(f"{bad}:1: ")
    with pytest.raises(LessonError) as in_memory:
        read_patterns([good, bad])
    assert str(in_memory.value) == str(caught.value)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_what_is_not_bulk_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: s\n")
    (tmp_path / "b.jsonl").write_text("\n")
    for name, words in (("a.yaml", ".jsonl files only"), ("b.jsonl", "no examples"), ("c.jsonl", "no such")):
        with pytest.raises(LessonError, match=words):
            build_bulk([tmp_path / name], DataSettings(), tmp_path / "data")
    with pytest.raises(UsageError, match="something other"):
        build_bulk([tmp_path / "b.jsonl"], DataSettings(), tmp_path)


def test_only_jsonl_streams(tmp_path: Path) -> None:
    lines = write_pairs(tmp_path / "a.jsonl", 0, 1)
    yaml = tmp_path / "b.yaml"
    assert is_bulk([lines]) and is_bulk([tmp_path])
    yaml.write_text("name: s\n")
    assert not is_bulk([yaml]) and not is_bulk([lines, yaml]) and not is_bulk([tmp_path])
    with pytest.raises(LessonError, match="no such file"):
        is_bulk([tmp_path / "c.jsonl"])


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engram.lessons import bulk

    file = write_pairs(tmp_path / "a.jsonl", 0, 20)
    real = bulk.written_aside

    def meddle(folder: Path) -> object:
        file.write_text("gone")
        return real(folder)

    monkeypatch.setattr(bulk, "written_aside", meddle)
    with pytest.raises(LessonError, match=r"the file changed|not valid JSON"):
        build_bulk([file], DataSettings(), tmp_path / "data")
    assert [item.name for item in tmp_path.iterdir()] == ["a.jsonl"]


@pytest.mark.slow
def test_a_million_patterns_stay_below_600_megabytes(tmp_path: Path) -> None:
    file = write_pairs(tmp_path / "a.jsonl", 0, 1_000_000)
    code = (
        "import sys; from pathlib import Path; from engram.config import DataSettings;"
        "from engram.lessons.bulk import build_bulk; from engram.machine import peak_memory;"
        "made = build_bulk([Path(sys.argv[1])], DataSettings(), Path(sys.argv[2]));"
        "print(made['counts']['train'], peak_memory())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file), str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    rows, peak = map(int, done.stdout.split())
    assert rows == 1_000_000 and 0 < peak < 600e6
    assert sum(1 for _ in (tmp_path / "data" / "train.jsonl").open()) == 1_000_000
