"""Read pattern files: YAML for people, JSONL for machines, or folders of both.

Problems of all files are reported at once, each with its line. Not here: the two formats (yaml_file.py,
jsonl.py), the rules for an example (schema.py), a million lines (bulk.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from engram.lessons.jsonl import read_jsonl
from engram.lessons.schema import Pattern, Problems, fold, twice
from engram.lessons.yaml_file import read_yaml

_YAML_SUFFIXES = frozenset({".yaml", ".yml"})
_SUFFIXES = _YAML_SUFFIXES | {".jsonl"}


def shipped_sets() -> list[Path]:
    """The pattern files that come with the package, by name."""
    folder = Path(str(resources.files("engram.patterns")))
    return sorted(folder.glob("*.yaml"))


def read_patterns(paths: Sequence[Path]) -> list[Pattern]:
    """All patterns of these files and folders, in order. Raises LessonError for the problems of all."""
    problems = Problems()
    patterns: list[Pattern] = []
    seen: dict[str, Pattern] = {}
    for file in pattern_files(paths, problems):
        read = read_yaml if file.suffix.lower() in _YAML_SUFFIXES else read_jsonl
        count = len(patterns)
        before = problems.count
        for pattern in read(file, problems):
            earlier = seen.setdefault(fold(pattern.input), pattern)
            if earlier is not pattern:
                problems.add(str(file), int(pattern.origin.rpartition(":")[2]), twice(pattern, earlier))
            patterns.append(pattern)
        if len(patterns) == count and problems.count == before:
            problems.add(str(file), 1, "there are no examples in this file.")
    problems.raise_if_any()
    return patterns


def pattern_files(paths: Sequence[Path], problems: Problems) -> list[Path]:
    """The files that `paths` stand for, folders opened (not the folders inside them), each file once."""
    files: dict[Path, Path] = {}
    if not paths:
        problems.add("patterns", None, "no file or folder was named.")
    for path in paths:
        try:
            files.update({file.resolve(): file for file in _open(path, problems)})
        except (OSError, ValueError, RuntimeError) as error:  # a null byte, a loop of links, no permission
            problems.add(str(path), None, f"cannot be read ({error}).")
    return list(files.values())


def _open(path: Path, problems: Problems) -> list[Path]:
    if path.is_dir():
        inside = sorted(item for item in path.iterdir() if item.suffix.lower() in _SUFFIXES)
        files = [item for item in inside if item.is_file() and not item.name.startswith(".")]
        if not files:
            problems.add(str(path), None, "this folder holds no .yaml, .yml or .jsonl file.")
        return files
    if not path.exists():
        problems.add(str(path), None, "there is no such file or folder.")
    elif not path.is_file() or path.suffix.lower() not in _SUFFIXES:
        problems.add(str(path), None, "pattern files end in .yaml, .yml or .jsonl.")
    else:
        return [path]
    return []
