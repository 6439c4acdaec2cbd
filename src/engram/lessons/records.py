"""Files of somebody's data as records with their places: JSON, JSONL, CSV (also with ; or tabs) and Parquet.

Problems are collected with file and line or row. Not here: what a record means (shapes.py), which files
belong together (own_data.py).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engram.errors import MissingReader
from engram.lessons.schema import Problems, shorten
from engram.lessons.shapes import shape_of

LONGEST_LINE = 8 * 2**20  # bytes of a JSONL line; a conversation, not a pattern
LARGEST_JSON = 2**30  # bytes; JSON is read as a whole
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Record:
    """One record, and its place in the file: ":3" for a line, ", row 3" otherwise (a header not counted)."""

    place: str
    number: int
    values: Mapping[str, Any]


def read_records(file: Path, problems: Problems) -> Iterator[Record]:
    """The records of a file, in order; what is wrong goes to `problems`. Raises MissingReader."""
    try:
        yield from _READERS[file.suffix.lower()](file, problems)
    except OSError as error:
        problems.add(str(file), None, f"cannot be read ({error.strerror or error}).")


def _jsonl(file: Path, problems: Problems) -> Iterator[Record]:
    with file.open("rb") as source:
        for number, line in enumerate(iter(lambda: source.readline(LONGEST_LINE + 1), b""), 1):
            if len(line) > LONGEST_LINE:
                problems.add(str(file), number, f"a line of more than {LONGEST_LINE:,} bytes.")
                return
            where = f"{file}:{number}"
            if line.strip() and (values := _object(line, where, problems)) is not None:
                yield Record(f":{number}", number, values)


def _object(line: bytes, where: str, problems: Problems) -> dict[str, Any] | None:
    value = _parse(line, where, problems)
    if value is not None and not isinstance(value, dict):
        problems.add(where, None, "a line must be an object with keys, such as prompt and completion.")
        return None
    return value


def _json(file: Path, problems: Problems) -> Iterator[Record]:
    with file.open("rb") as source:
        data = source.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        problems.add(str(file), None, f"larger than {LARGEST_JSON // 2**30} GiB; use JSONL, a record a line.")
        return
    before = problems.count
    value = _parse(data, str(file), problems)
    if problems.count == before:
        yield from _rows(file, _list_in(value, file, problems), problems)


def _list_in(value: Any, file: Path, problems: Problems) -> Sequence[Any]:
    """The records of a JSON file: the list that it is, the only list in its object, or the one record."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        if shape_of(value):
            return [value]
        if len(lists) == 1:
            return lists[0]
    problems.add(str(file), None, "neither a list of records nor an object with one list in it.")
    return ()


def _rows(file: Path, rows: Sequence[Any], problems: Problems) -> Iterator[Record]:
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield Record(f", row {number}", number, row)
        else:
            problems.add(f"{file}, row {number}", None, "a record must be an object with keys.")


def _parse(data: bytes, where: str, problems: Problems) -> Any:
    """JSON, in which no key stands twice; None where it is broken, which `problems` then says."""
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        problems.add(where, None, "these bytes are not UTF-8; save the file as UTF-8.")
    except (ValueError, RecursionError) as error:
        problems.add(where, None, f"not valid JSON: {_why(error, data)}.")
    return None


def _why(error: ValueError | RecursionError, data: bytes) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} in line {error.lineno}" if b"\n" in data[:-1] else error.msg
    return str(error) if type(error) is ValueError else type(error).__name__


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {shorten(key)} stands in one object twice")
        found[key] = value
    return found


def _csv(file: Path, problems: Problems) -> Iterator[Record]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            first = source.readline(LONGEST_LINE)
            source.seek(0)
            # Counted in the header, where a delimiter is never part of a text that somebody wrote.
            delimiter = max(DELIMITERS, key=first.count)
            yield from _csv_rows(file, csv.reader(source, delimiter=delimiter, strict=True), problems)
    except UnicodeDecodeError:
        problems.add(str(file), None, "these bytes are not UTF-8; save the file as CSV UTF-8.")


def _csv_rows(file: Path, lines: Iterator[list[str]], problems: Problems) -> Iterator[Record]:
    header: list[str] = []
    number = 0
    try:
        header = [name.strip() for name in next(lines, [])]
        if len(set(header)) < len(header) or "" in header:
            problems.add(str(file), 1, "the first line must name every column, each differently.")
            return
        for cells in lines:
            number += 1
            if len(cells) == len(header):
                yield Record(f", row {number}", number, dict(zip(header, cells, strict=True)))
            elif cells:  # a blank line is no row
                sentence = f"{len(cells)} cells, and the first line names {len(header)} columns."
                problems.add(f"{file}, row {number}", None, sentence)
            else:
                number -= 1
    except csv.Error as error:
        problems.add(f"{file}, row {number + 1}", None, f"not valid CSV: {error}.")


def _parquet(file: Path, problems: Problems) -> Iterator[Record]:
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingReader(
            f"{file.name} is a Parquet file, and pyarrow, which reads those, is not installed.",
            "Install it: pip install 'engram[parquet]', or pip install pyarrow. Or save the data as JSONL.",
        ) from None
    number = 0
    try:
        with parquet.ParquetFile(file) as source:
            for batch in source.iter_batches():
                for values in batch.to_pylist():
                    number += 1
                    yield Record(f", row {number}", number, values)
    except (arrow.ArrowException, ValueError) as error:
        why = str(error).splitlines()[0].rstrip(".")
        problems.add(str(file), None, f"not valid Parquet: {why}.")


_Reader = Callable[[Path, Problems], Iterator[Record]]
_READERS: dict[str, _Reader] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".tsv": _csv,
    ".parquet": _parquet,
}
SUFFIXES = frozenset(_READERS)
