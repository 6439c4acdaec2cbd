"""Files of facts: CSV and JSONL of keys and values, and patterns in YAML; all problems are said at once.

What is written here reads back the same. Not here: writing facts down (store/facts.py), or the rules for
patterns (lessons).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engram.chat.fact_rows import FIELDS, TextRow, from_json, from_text, told_twice
from engram.errors import UsageError
from engram.lessons.reader import read_patterns
from engram.lessons.schema import Problems
from engram.store.entries import Entry
from engram.store.facts import Told
from engram.store.tags import STORED_TAGS

TABLES = frozenset({".csv", ".tsv"})
PATTERNS = frozenset({".yaml", ".yml"})
DELIMITERS = ",;\t"
"""Spreadsheets choose one by the country they are in."""


def read_facts(file: Path) -> list[Told]:
    """The facts of a file, in order, each with its place ("ports.csv:12").

    Raises UsageError for another kind of file, LessonError that lists what is wrong in it.
    """
    kind = file.suffix.lower()
    if kind not in TABLES | PATTERNS | {".jsonl"}:
        raise UsageError(
            f"{file.name} is no file of facts.", "They end in .csv, .tsv, .jsonl, .yaml or .yml."
        )
    if kind in PATTERNS:
        return [Told(each.input, each.output, place=each.origin) for each in read_patterns([file])]
    problems = Problems()
    text = _read(file, problems)
    rows = _table(text, file, problems) if kind in TABLES else _lines(text, file, problems)
    told = [fact for fact in rows if fact]
    if not told and not problems.count:
        problems.add(str(file), 1, "there are no facts in this file.")
    problems.raise_if_any()
    return told


def merged(told: Iterable[Told]) -> list[tuple[Told, Told]]:
    """Facts of one key among these, each with the later one that takes its place."""
    return list(told_twice(told))


def write_table(facts: Iterable[Entry]) -> str:
    """CSV with a header; the aliases of a fact stand in one cell, a line each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)  # its line ends, \r\n, are what makes it quote a \r or \n in a cell
    writer.writeheader()
    for row in map(as_row, facts):
        writer.writerow(row | {"aliases": "\n".join(row["aliases"]), "tags": " ".join(row["tags"])})
    return text.getvalue()


def write_lines(facts: Iterable[Entry]) -> str:
    """JSONL, one object for each fact."""
    return "".join(json.dumps(as_row(fact), ensure_ascii=False) + "\n" for fact in facts)


def as_row(fact: Entry) -> dict[str, Any]:
    """A fact as files have it: every field, a probability of 1 for "always"."""
    options = fact.options
    return {
        "key": fact.key,
        "value": fact.text,
        "aliases": list(options.aliases),
        "probability": 1 if options.probability is None else options.probability,
        "end": options.end,
        "namespace": options.namespace,
        "tags": [tag for tag in STORED_TAGS if tag in fact.tags],
        "said_at": fact.said_at,
    }


def _read(file: Path, problems: Problems) -> str:
    """The text of a file; a byte order mark, which spreadsheets write, is passed over."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            return source.read()
    except UnicodeDecodeError as error:
        problems.add(str(file), None, f"is not UTF-8 (byte {error.start + 1}); save it as UTF-8.")
    except (OSError, ValueError) as error:
        problems.add(str(file), None, f"cannot be read ({error}).")
    return ""


def _table(text: str, file: Path, problems: Problems) -> Iterator[Told | None]:
    """The rows of a CSV file, whose first line names the columns."""
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count), strict=True
    )
    columns = [name.strip().lower() for name in reader.fieldnames or ()]
    if problem := _columns_problem(columns):
        problems.add(str(file), 1, problem)
        return
    reader.fieldnames = columns
    try:
        for cells in reader:
            yield from_text(_row(cells), file, reader.line_num, problems)
    except csv.Error as error:
        problems.add(str(file), reader.line_num, f"is no CSV ({error}).")


def _columns_problem(columns: list[str]) -> str:
    if not {"key", "value"} <= set(columns):
        return "the first line names the columns: key and value, and perhaps " + ", ".join(FIELDS[2:]) + "."
    if unknown := [name for name in columns if name not in FIELDS]:
        return f"{unknown[0]!r} is no column; there are {', '.join(FIELDS)}."
    return "" if len(set(columns)) == len(columns) else "a column is there twice."


def _row(cells: Mapping[str | None, Any]) -> TextRow:
    """Cells by column; those beyond the last column under "", those that are missing not at all."""
    return {name or "": cell for name, cell in cells.items() if cell is not None}


def _lines(text: str, file: Path, problems: Problems) -> Iterator[Told | None]:
    """The rows of a JSONL file."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.add(str(file), number, f"is no JSON ({error}).")
            continue
        yield from_json(found, file, number, problems)
