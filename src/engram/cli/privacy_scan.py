"""Looking for what is not masked: in a file, in the files of a folder, or in a home's entries and text files.

Nothing is changed, and no value leaves this module. Not here: how it is shown (privacy.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engram.disk import disk_errors
from engram.errors import UsageError
from engram.home import Home
from engram.privacy.guard import PrivacyGuard
from engram.settings_file import read_settings
from engram.store.database import Database
from engram.store.ledger import Ledger

BLOCK = 20_000
"""Characters looked at together, so that values over several lines are found."""
BINARY = frozenset(
    {".db", ".safetensors", ".npy", ".npz", ".gguf", ".zip", ".gz", ".png", ".lock", ".db-wal", ".db-shm"}
)
"""Suffixes of files that hold no text; memory.db is read entry by entry."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something of a type was found here: `file.txt:12`, or `entry 7`."""

    type: str
    rule: str
    where: str


def scan(path: Path) -> tuple[list[Place], dict[str, int]]:
    """What is found, and how many files and entries were looked at.

    Raises UsageError if there is nothing at `path`, StorageError if it cannot be read, SettingsError.
    """
    if not path.exists():
        raise UsageError(f"There is no file or folder {path}.", "Name a file, a folder or a home.")
    home = Home(path.parent if path.name == "memory.db" else path)
    guard = PrivacyGuard(read_settings(home.settings).privacy)
    entries = list(_entries(home)) if home.database.exists() else []
    found = [place for number, text in entries for place in _places(guard, [text], f"entry {number}", False)]
    files = sorted(_files(path)) if path.is_dir() else [path] * (path.name != "memory.db")
    for file in files:
        name = str(file.relative_to(path)) if file != path else file.name
        with (
            disk_errors(file, "Check that it can be read."),
            file.open(encoding="utf-8", errors="replace") as lines,
        ):
            found += _places(guard, lines, name, True)
    return found, {"entries": len(entries), "files": len(files)}


def _entries(home: Home) -> Iterator[tuple[int, str]]:
    with Database.open(home.database) as database:
        for entry in Ledger(database).entries():
            yield entry.id, f"{entry.key}: {entry.text}" if entry.key else entry.text


def _files(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and file.suffix.lower() not in BINARY:
            yield file


def _places(guard: PrivacyGuard, lines: Iterable[str], name: str, numbered: bool) -> Iterator[Place]:
    """What is found in these lines, block by block."""
    first = 1
    for block in _blocks(lines):
        for finding in guard.find(block):
            line = first + block.count("\n", 0, finding.start)
            yield Place(finding.type, finding.rule, f"{name}:{line}" if numbered else name)
        first += block.count("\n")


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= BLOCK:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
