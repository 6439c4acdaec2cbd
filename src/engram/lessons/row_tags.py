"""Tags that somebody's own rows carry besides their category: under "kind" (a text) and "tags" (texts).

Training makes nothing of them; they say by what its losses may be told apart. Not here: the rows themselves
(own_data.py), whose `source` is the key here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engram.home import plain_name
from engram.lessons.records import SUFFIXES, read_records
from engram.lessons.schema import Problems

Tags = tuple[tuple[str, str], ...]


def row_tags(path: Path) -> dict[str, Tags]:
    """For each row that has some, by its source ("chats.jsonl:3"), as (key, tag). What cannot be read has
    none; two files whose names become one have none either."""
    found: dict[str, Tags] = {}
    for file in _files(path):
        for record in read_records(file, Problems()):
            if tags := tuple(dict.fromkeys(_tags(record.values))):
                found[f"{plain_name(file.name)}:{record.number}"] = tags
    return found


def _files(path: Path) -> list[Path]:
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    files = [file for file in inside if file.suffix.lower() in SUFFIXES and file.is_file()]
    names = [plain_name(file.name) for file in files]
    return [file for file, name in zip(files, names, strict=True) if names.count(name) == 1]


def _tags(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("kind", "tags"):
        values = row.get(key)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and value.strip():
                yield ("tag" if key == "tags" else key), value.strip()
