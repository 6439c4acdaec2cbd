"""One pattern a line, as JSON: {"input", "output", "category"} and perhaps "holdout". For bulk.

Not here: the rules for an example (schema.py), several files (reader.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engram.lessons.schema import Found, Pattern, Problems, check_example, set_name_of, shorten, without_bom

LONGEST_LINE = 2**20  # bytes


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a key given twice is seen."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Object)


def read_jsonl(file: Path, problems: Problems) -> Iterator[Pattern]:
    """The sound patterns of a file; the others are in `problems`."""
    for number, _, line in lines_of(file, problems):
        if pattern := parse_line(line, number, file, problems):
            yield pattern


def lines_of(file: Path, problems: Problems) -> Iterator[tuple[int, int, bytes]]:
    """(line number, byte offset, bytes) of each line that is not blank."""
    try:
        with file.open("rb") as source:
            offset = 0
            for number, line in enumerate(iter(lambda: source.readline(LONGEST_LINE + 1), b""), 1):
                if len(line) > LONGEST_LINE:
                    problems.add(str(file), number, f"a line of more than {LONGEST_LINE:,} bytes.")
                    return
                kept = without_bom(line, file, problems) if number == 1 else line
                if kept.strip():
                    yield number, offset + len(line) - len(kept), kept
                offset += len(line)
    except OSError as error:
        problems.add(str(file), None, f"cannot be read ({error.strerror}).")


def parse_line(line: bytes, number: int, file: Path, problems: Problems) -> Pattern | None:
    """One JSONL line as a pattern; the set is named after the file. None when something is wrong."""
    try:
        data = _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError:
        problems.add(str(file), number, "these bytes are not UTF-8; save the file as UTF-8.")
        return None
    except (ValueError, RecursionError) as error:
        why = getattr(error, "msg", None) or type(error).__name__
        problems.add(str(file), number, f"not valid JSON: {why}.")
        return None
    if not isinstance(data, _Object):
        problems.add(str(file), number, "a line must be an object with the keys input, output and category.")
        return None
    found: dict[str, Found] = {}
    for key, value in data:
        if key in found:
            problems.add(str(file), number, f"the key {shorten(key)} stands here twice.")
        found[key] = _from_json(value, number)
    pattern = check_example(found, number, str(file), set_name_of(file), f"{file.name}:{number}", problems)
    return pattern if len(found) == len(data) else None


def _from_json(value: Any, line: int) -> Found:
    match value:
        case str():
            return Found("text", value, line)
        case bool():
            return Found("truth value", str(value).lower(), line, value)
        case None:
            return Found("null", "null", line)
        case list():
            return Found("mapping" if isinstance(value, _Object) else "list", "", line)
        case _:
            return Found("number", _shown_number(value), line)


def _shown_number(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more than 4,300 digits
        return "a very long number"
