"""YAML as a tree of nodes with line numbers, bounded in size and depth; for pattern and settings files.

YAML is composed and never constructed: readers visit nodes at fixed levels, so aliases are not expanded and
no tag can act. Not here: what the keys mean (yaml_file.py, settings_file.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from engram.lessons.schema import Problems, shorten, without_bom

LARGEST_YAML = 16 * 2**20  # bytes
MOST_ALIASES = 1_000  # one may save typing; a flood costs time without bound
DEEPEST = 20  # levels of nesting; the files we read have three
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text(file: Path, problems: Problems) -> str | None:
    """The file as text without a byte order mark; None when it is too large or not UTF-8."""
    try:
        with file.open("rb") as source:
            data = source.read(LARGEST_YAML + 1)
    except OSError as error:
        problems.add(str(file), None, f"cannot be read ({error.strerror}).")
        return None
    if len(data) > LARGEST_YAML:
        problems.add(str(file), 1, f"larger than {LARGEST_YAML // 2**20} MiB; use JSONL for bulk.")
        return None
    data = without_bom(data, file, problems)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(str(file), line, "these bytes are not UTF-8; save the file as UTF-8.")
        return None


def compose(text: str, file: Path, problems: Problems) -> yaml.Node | None:
    """The node tree of one YAML document; None where it holds nothing, or is broken as `problems` then says.
    Depth is counted on the flat event stream first, because composing recurses, and in libyaml's case on the
    C stack."""
    try:
        depth = aliases = 0
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > DEEPEST or aliases > MOST_ALIASES:
                what = f"nested more than {DEEPEST} levels deep" if depth > DEEPEST else "too many aliases"
                problems.add(str(file), _event_line(event), f"{what}; the files read here are plain lists.")
                return None
        root: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "it cannot be parsed"
        problems.add(str(file), mark.line + 1 if mark else 1, f"not valid YAML: {what}.")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        at = getattr(error, "position", 0) or 0
        why = getattr(error, "reason", "") or type(error).__name__
        problems.add(str(file), text.count("\n", 0, at) + 1, f"not valid YAML: {why}.")
    else:
        return root
    return None


def mapping(node: yaml.MappingNode, file: Path, problems: Problems) -> dict[str, yaml.Node]:
    """Key to value node; keys that are no words, or stand twice, are problems."""
    values: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.add(str(file), line_of(key), "a key must be a word.")
        elif key.value in values:
            problems.add(str(file), line_of(key), f"the key {shorten(key.value)} stands here twice.")
        else:
            values[key.value] = value
    return values


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _event_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
