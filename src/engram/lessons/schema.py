"""What a pattern is, and the strict rules that every example keeps, whatever file it came from.

Problems are collected, never raised one by one, so that a person mends a file once.
Not here: reading files (reader.py, bulk.py), or making rows from patterns (build.py).
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engram.errors import LessonError
from engram.home import plain_name

Kind = Literal["text", "number", "truth value", "date", "null", "list", "mapping", "tagged value"]

FILE_KEYS = frozenset({"name", "description", "version", "examples"})
REQUIRED_KEYS = ("input", "output", "category")
EXAMPLE_KEYS = frozenset({*REQUIRED_KEYS, "holdout"})
MOST_PROBLEMS = 50  # that are listed; a person mends no more at a time, and the others are counted
LONGEST_TEXT = 100_000  # characters; a pattern is short, and no context we train in holds more
HINT = "Nothing was written. Mend these places and run the command again."


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing to teach: after `input` comes `output`.

    `holdout` marks a member of a rule-governed family that is never trained, only asked. `set_name` is the
    file's name for itself; `origin` is "file.yaml:LINE".
    """

    input: str
    output: str
    category: str
    holdout: bool
    set_name: str
    origin: str

    @property
    def id(self) -> str:
        """Stable while set and input stay the same: the set's name, made plain (reports and manifests quote
        ids, and a name may look like a path), and a short digest of the input."""
        return (
            f"{plain_name(self.set_name)}-{hashlib.blake2b(self.input.encode(), digest_size=6).hexdigest()}"
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it stood in a file. `text` is what was written, shortened where it is quoted."""

    kind: Kind
    text: str
    line: int
    truth: bool = False


@dataclass(slots=True)
class Problems:
    """`file:line: sentence`, in the order found. Keeps the first `limit`, counts all."""

    limit: int = MOST_PROBLEMS
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, file: str, line: int | None, sentence: str) -> None:
        self.count += 1
        if len(self.lines) < self.limit:
            self.lines.append(f"{file}: {sentence}" if line is None else f"{file}:{line}: {sentence}")

    def raise_if_any(self) -> None:
        """Raises LessonError with what was found, and how much more there is."""
        if self.count:
            raise LessonError(self.lines, HINT, more=self.count - len(self.lines))


def fold(text: str) -> str:
    """Case and white space folded: inputs that fold alike count as the same input."""
    return " ".join(text.casefold().split())


def shorten(text: str, width: int = 60) -> str:
    """`text` for quoting in a message, on one line."""
    shown = text if len(text) <= width else text[: width - 3] + "..."
    return ascii(shown) if any(not char.isprintable() for char in shown) else f"'{shown}'"


def check_example(
    found: Mapping[str, Found], line: int, file: str, set_name: str, origin: str, problems: Problems
) -> Pattern | None:
    """The pattern that these values make, or None when something is wrong (then `problems` says what)."""
    before = problems.count
    for key in sorted(set(found) - EXAMPLE_KEYS):
        known = "input, output, category and holdout"
        problems.add(file, found[key].line, f"{shorten(key)} is not a known key; an example has {known}.")
    for key in REQUIRED_KEYS:
        if key not in found:
            problems.add(file, line, f"this example has no '{key}'.")
        elif sentence := text_problem(key, found[key]):
            problems.add(file, found[key].line, sentence)
    holdout = found.get("holdout")
    if holdout is not None and holdout.kind != "truth value":
        problems.add(file, holdout.line, f"'holdout' is {shorten(holdout.text)}; write true or false.")
    if problems.count > before:
        return None
    given, expected, category = (found[key].text for key in REQUIRED_KEYS)
    return Pattern(given, expected, category, holdout is not None and holdout.truth, set_name, origin)


def text_problem(key: str, found: Found) -> str | None:
    """What keeps this value from being a usable text, as a sentence; None when it is one."""
    if found.kind in ("list", "mapping"):
        return f"'{key}' is a {found.kind}; it must be text."
    if found.kind == "null":
        return f"'{key}' is empty; write its text, in quotes."
    if found.kind != "text":
        return f"'{key}' is read as a {found.kind} ({shorten(found.text)}); it must be text: quote it."
    if not found.text.strip():
        return f"'{key}' is empty."
    if len(found.text) > LONGEST_TEXT:
        return f"'{key}' is {len(found.text):,} characters long; at most {LONGEST_TEXT:,} are read."
    try:
        found.text.encode()
    except UnicodeEncodeError:
        return f"'{key}' holds half of a surrogate pair, which is not a character."
    return None


def set_name_of(file: Path) -> str:
    """The file's name without its ending, for sets without a name; always valid Unicode."""
    return file.stem.encode("utf-8", "replace").decode()


def without_bom(data: bytes, file: Path, problems: Problems) -> bytes:
    """The bytes without a byte order mark, which is a problem: tools disagree on whether it is text."""
    if data.startswith(codecs.BOM_UTF8):
        problems.add(str(file), 1, "begins with a byte order mark; save the file as UTF-8 without BOM.")
    return data.removeprefix(codecs.BOM_UTF8)


def twice(pattern: Pattern, earlier: Pattern) -> str:
    """The sentence for an input that folds like an earlier one."""
    where = f"the input {shorten(pattern.input)} was given at {earlier.origin} already"
    return f"{where}." if pattern.output == earlier.output else f"{where}, with another output."
