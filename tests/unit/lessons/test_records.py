"""Four file formats give the same records, each with its place; broken files are named with line or row."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.errors import MissingReader
from engram.lessons.records import Record, read_records
from engram.lessons.schema import Problems

ROWS = [
    {"prompt": "a, b; c\td", "completion": 'He said "so".'},
    {"prompt": "two\nlines", "completion": "Grüße, 世界 🙂"},
    {"prompt": " spaces ", "completion": "x"},
]


def write_csv(file: Path, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8") -> None:
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(file: Path, rows: list[dict[str, Any]]) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.Table.from_pylist(rows), file, row_group_size=2)


def write_text(text: str) -> Callable[[Path, list[dict[str, Any]]], None]:
    def write(file: Path, rows: list[dict[str, Any]]) -> None:
        file.write_text(text.replace("ROWS", json.dumps(rows)), encoding="utf-8")

    return write


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], None]] = {
    "list.json": write_text("ROWS"),
    "object.json": write_text('{"version": 1, "data": ROWS, "note": "x"}'),
    "bom.json": write_text("\ufeffROWS"),
    "lines.jsonl": lambda file, rows: file.write_text("\n\n".join(map(json.dumps, rows))) and None,
    "comma.csv": write_csv,
    "semicolon.csv": lambda file, rows: write_csv(file, rows, ";"),
    "tab.tsv": lambda file, rows: write_csv(file, rows, "\t"),
    "excel.csv": lambda file, rows: write_csv(file, rows, ";", "utf-8-sig"),
    "table.parquet": write_parquet,
    "LOUD.JSON": write_text("ROWS"),
}


def read(file: Path) -> tuple[list[Record], Problems]:
    problems = Problems()
    return list(read_records(file, problems)), problems


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_records(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name, ROWS)
    records, problems = read(tmp_path / name)
    assert [record.values for record in records] == ROWS and not problems.count
    lines = name.endswith(".jsonl")
    places = [":1", ":3", ":5"] if lines else [", row 1", ", row 2", ", row 3"]
    assert [record.place for record in records] == places


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({"a": cells, "b": cells}), min_size=1), st.sampled_from(",;\t"))
def test_any_cells_come_back_from_csv(tmp_path: Path, rows: list[dict[str, str]], delimiter: str) -> None:
    write_csv(tmp_path / "x.csv", rows, delimiter)
    records, problems = read(tmp_path / "x.csv")
    assert [record.values for record in records] == rows and not problems.count


def test_parquet_keeps_lists_of_turns(tmp_path: Path) -> None:
    rows = [{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}]
    write_parquet(tmp_path / "x.parquet", rows)
    assert read(tmp_path / "x.parquet")[0][0].values == rows[0]


def test_one_conversation_is_a_record_and_not_a_list_of_turns(tmp_path: Path) -> None:
    one = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    (tmp_path / "x.json").write_text(json.dumps(one))
    assert [record.values for record in read(tmp_path / "x.json")[0]] == [one]


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("x.json", b"[1, 2", "x.json: not valid JSON"),
        ("x.json", b'{"a": [1], "b": [2]}', "x.json: neither a list"),
        ("x.json", b'[{"a": 1}, 7]', "x.json, row 2: a record must be an object"),
        ("x.json", b'[{"a": 1,\n "a": 2}]', "x.json: not valid JSON: the key 'a' stands in one object twice"),
        ("x.json", b"[" * 100_000, "x.json: not valid JSON"),
        ("x.json", b"9" * 5_000, "x.json: not valid JSON"),
        ("x.jsonl", b'{"a": 1}\n{"a": \n', "x.jsonl:2: not valid JSON"),
        ("x.jsonl", b'{"a": 1}\n[]\n', "x.jsonl:2: a line must be an object"),
        ("x.jsonl", b'{"a": "\xff"}', "x.jsonl:1: these bytes are not UTF-8"),
        ("x.csv", b"a,b\n1,2\n3\n", "x.csv, row 2: 1 cells, and the first line names 2"),
        ("x.csv", b"a,a\n1,2\n", "x.csv:1: the first line must name every column"),
        ("x.csv", b"a,\n1,2\n", "x.csv:1: the first line must name every column"),
        ("x.csv", b'a,b\n1,"2\n', "x.csv, row 1: not valid CSV"),
        ("x.csv", b"a,b\n1," + b"y" * 140_000, "x.csv, row 1: not valid CSV: field larger"),
        ("x.csv", b"a,b\n1,\xe9\n", "x.csv: these bytes are not UTF-8"),
        ("x.parquet", b"PAR1 no table PAR1", "x.parquet: not valid Parquet"),
    ],
)
def test_a_broken_file_is_named_with_its_place(tmp_path: Path, name: str, data: bytes, problem: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(data)
    _, problems = read(tmp_path / name)
    assert problems.count == 1 and problems.lines[0].startswith(f"{tmp_path}/{problem}"), problems.lines


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingReader) as missing:
        read(tmp_path / "x.parquet")
    assert "x.parquet" in missing.value.message and "engram[parquet]" in missing.value.hint
    assert missing.value.exit_code == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for name in WRITERS:
        assert read(tmp_path / name)[1].count == 1, name
