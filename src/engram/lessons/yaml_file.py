"""One YAML file of patterns: name, description, perhaps a version, and examples.

YAML is composed to nodes with line numbers and never constructed: nodes are visited at three fixed levels, so
aliases are not expanded and no tag can act. Not here: the rules for an example (schema.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from engram.lessons.schema import (
    FILE_KEYS,
    Found,
    Kind,
    Pattern,
    Problems,
    check_example,
    set_name_of,
    shorten,
    text_problem,
    without_bom,
)

LARGEST_YAML = 16 * 2**20  # bytes
MOST_ALIASES = 1_000  # one may save typing; a flood costs time without bound
DEEPEST = 20  # levels of nesting; a pattern file has three
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS: dict[str, Kind] = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "truth value",
    "timestamp": "date",
    "null": "null",
}
_TRUE = frozenset({"true", "yes", "on"})  # the words that YAML 1.1 resolves to a true boolean


def read_yaml(file: Path, problems: Problems) -> Iterator[Pattern]:
    """The sound patterns of a file; the others are in `problems`."""
    text = _read_text(file, problems)
    if text is None or (root := _compose(text, file, problems)) is None:
        return
    if not isinstance(root, yaml.MappingNode):
        keys = "'name', 'description' and 'examples'"
        problems.add(str(file), _line(root), f"a pattern file begins with the keys {keys}.")
        return
    top = _mapping(root, file, problems)
    set_name = _check_head(top, file, problems)
    examples = top.get("examples")
    if not isinstance(examples, yaml.SequenceNode) or not examples.value:
        line = _line(examples or root)
        problems.add(str(file), line, "'examples' must be a list with at least one example.")
        return
    for node in examples.value:
        if not isinstance(node, yaml.MappingNode):
            problems.add(str(file), _line(node), "an example must have the keys input, output and category.")
            continue
        found = {key: _found(value) for key, value in _mapping(node, file, problems).items()}
        line = _line(node)
        pattern = check_example(found, line, str(file), set_name, f"{file.name}:{line}", problems)
        if pattern is not None:
            yield pattern


def _read_text(file: Path, problems: Problems) -> str | None:
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


def _compose(text: str, file: Path, problems: Problems) -> yaml.Node | None:
    """The node tree of one YAML document. Depth is counted on the flat event stream first, because composing
    recurses, and in libyaml's case on the C stack."""
    try:
        depth = aliases = 0
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > DEEPEST or aliases > MOST_ALIASES:
                what = f"nested more than {DEEPEST} levels deep" if depth > DEEPEST else "too many aliases"
                problems.add(str(file), _event_line(event), f"{what}; pattern files are plain lists.")
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
        if root is None:
            problems.add(str(file), 1, "this file is empty: there are no examples in it.")
        return root
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _event_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _mapping(node: yaml.MappingNode, file: Path, problems: Problems) -> dict[str, yaml.Node]:
    """Key to value node; keys that are no words, or stand twice, are problems."""
    values: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.add(str(file), _line(key), "a key must be a word.")
        elif key.value in values:
            problems.add(str(file), _line(key), f"the key {shorten(key.value)} stands here twice.")
        else:
            values[key.value] = value
    return values


def _found(node: yaml.Node) -> Found:
    if isinstance(node, yaml.SequenceNode):
        return Found("list", "", _line(node))
    if isinstance(node, yaml.MappingNode):
        return Found("mapping", "", _line(node))
    kind = _KINDS.get(node.tag.removeprefix("tag:yaml.org,2002:"), "tagged value")
    return Found(kind, node.value, _line(node), node.value.lower() in _TRUE)


def _check_head(top: Mapping[str, yaml.Node], file: Path, problems: Problems) -> str:
    """Check name, description and version; returns the name (or the file's, when that is wrong)."""
    for key in sorted(set(top) - FILE_KEYS):
        known = "name, description, version and examples"
        problems.add(str(file), _line(top[key]), f"{shorten(key)} is not a known key; a file has {known}.")
    for key in ("name", "description"):
        if key not in top:
            problems.add(str(file), 1, f"this file has no '{key}'.")
        elif sentence := text_problem(key, _found(top[key])):
            problems.add(str(file), _line(top[key]), sentence)
    if "version" in top and not isinstance(top["version"], yaml.ScalarNode):
        problems.add(str(file), _line(top["version"]), "'version' must be a text or a number.")
    name = top.get("name")
    return str(name.value) if isinstance(name, yaml.ScalarNode) else set_name_of(file)
