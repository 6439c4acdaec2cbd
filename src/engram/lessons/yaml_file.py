"""One YAML file of patterns: name, description, perhaps a version, and examples.

Nodes are visited at three fixed levels. Not here: composing YAML (yaml_nodes.py), the rules for an example
(schema.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

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
)
from engram.lessons.yaml_nodes import compose, line_of, mapping, read_text

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
    before = problems.count
    text = read_text(file, problems)
    root = None if text is None else compose(text, file, problems)
    if root is None:
        if problems.count == before:
            problems.add(str(file), 1, "this file is empty: there are no examples in it.")
        return
    if not isinstance(root, yaml.MappingNode):
        keys = "'name', 'description' and 'examples'"
        problems.add(str(file), line_of(root), f"a pattern file begins with the keys {keys}.")
        return
    top = mapping(root, file, problems)
    set_name = _check_head(top, file, problems)
    examples = top.get("examples")
    if not isinstance(examples, yaml.SequenceNode) or not examples.value:
        line = line_of(examples or root)
        problems.add(str(file), line, "'examples' must be a list with at least one example.")
        return
    for node in examples.value:
        if not isinstance(node, yaml.MappingNode):
            problems.add(
                str(file), line_of(node), "an example must have the keys input, output and category."
            )
            continue
        found = {key: _found(value) for key, value in mapping(node, file, problems).items()}
        line = line_of(node)
        pattern = check_example(found, line, str(file), set_name, f"{file.name}:{line}", problems)
        if pattern is not None:
            yield pattern


def _found(node: yaml.Node) -> Found:
    if isinstance(node, yaml.SequenceNode):
        return Found("list", "", line_of(node))
    if isinstance(node, yaml.MappingNode):
        return Found("mapping", "", line_of(node))
    kind = _KINDS.get(node.tag.removeprefix("tag:yaml.org,2002:"), "tagged value")
    return Found(kind, node.value, line_of(node), node.value.lower() in _TRUE)


def _check_head(top: Mapping[str, yaml.Node], file: Path, problems: Problems) -> str:
    """Check name, description and version; returns the name (or the file's, when that is wrong)."""
    for key in sorted(set(top) - FILE_KEYS):
        known = "name, description, version and examples"
        problems.add(str(file), line_of(top[key]), f"{shorten(key)} is not a known key; a file has {known}.")
    for key in ("name", "description"):
        if key not in top:
            problems.add(str(file), 1, f"this file has no '{key}'.")
        elif sentence := text_problem(key, _found(top[key])):
            problems.add(str(file), line_of(top[key]), sentence)
    if "version" in top and not isinstance(top["version"], yaml.ScalarNode):
        problems.add(str(file), line_of(top["version"]), "'version' must be a text or a number.")
    name = top.get("name")
    return str(name.value) if isinstance(name, yaml.ScalarNode) else set_name_of(file)
