"""Tags beside rows: found under the source that the rows themselves have, whatever the file."""

from __future__ import annotations

import json
from pathlib import Path

from engram.config import DataSettings
from engram.lessons.own_data import read_own_data
from engram.lessons.row_tags import row_tags


def written(folder: Path, name: str, *rows: dict[str, object]) -> None:
    lines = (json.dumps({"prompt": f"{name} {n}", "completion": "y"} | row) for n, row in enumerate(rows))
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_tags_stand_under_the_source_of_their_row(tmp_path: Path) -> None:
    written(tmp_path, "train one.jsonl", {}, {"kind": "note", "tags": ["a", "b", "a", 3, ""]}, {"tags": "c"})
    written(tmp_path, "two.jsonl", {"tags": None}, {"kind": 7})
    tags = row_tags(tmp_path)
    lessons = read_own_data(tmp_path, DataSettings(valid_fraction=0)).lessons
    found = {row.question[0].content: tags.get(row.source, ()) for row in lessons.train}
    assert found == {
        "train one.jsonl 0": (),
        "train one.jsonl 1": (("kind", "note"), ("tag", "a"), ("tag", "b")),
        "train one.jsonl 2": (("tag", "c"),),
        "two.jsonl 0": (),
        "two.jsonl 1": (),
    }


def test_files_whose_names_become_one_have_no_tags(tmp_path: Path) -> None:
    for name in ("a b.jsonl", "a-b.jsonl"):
        written(tmp_path, name, {"kind": name})
    assert row_tags(tmp_path) == {} and row_tags(tmp_path / "a b.jsonl") != {}
