"""Looking for what was forgotten: passages of it, in every file below the home and in the other entries.

It checks the work, and finds copies that do not say where they are from. Not here: cleaning (forgetting.py).
"""

from __future__ import annotations

import html
import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engram.store.database import Database
from engram.store.entries import Entry, written

SHORTEST = 12
"""Characters of a passage, and two words. What is shorter ("yes", "learning") stands in so many other places
that finding it says nothing; one word is looked for from ONE_WORD characters, or FOREIGN if not ASCII."""
ONE_WORD, FOREIGN = 20, 8
LONGEST = 40
"""Characters of one passage: a long text is not stored in one piece, so short passages are looked for."""
MOST = 64
"""Passages looked for, spread over the texts, so that the search takes seconds."""
ENDINGS = ("-wal", "-shm", "-journal")
"""What the engine adds to the name of a database for its own files beside it."""
BLOCK = 1 << 22
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class Traces:
    """How much was searched, and which passages each file holds."""

    files: int
    bytes: int
    found: Mapping[Path, frozenset[str]]


def passages(entries: Sequence[Entry]) -> list[str]:
    """Pieces of texts, keys and aliases, at most MOST of them."""
    texts = [text for entry in entries for text in written(entry)]
    pieces = list(dict.fromkeys(piece for text in texts for piece in _cut(text)))
    step = max(1, -(-len(pieces) // MOST))
    return pieces[::step]


def search(root: Path, database: Database, wanted: Sequence[str]) -> Traces:
    """Look for passages in a database and in every other file below a folder, as they are and as JSON and
    HTML write them. Links are not followed."""
    needles = [(form, passage) for passage in wanted for form in _forms(passage)]
    own = [Path(f"{database.file}{end}") for end in ("", *ENDINGS)]
    inodes = {(its.st_dev, its.st_ino) for file in own if file.exists() and (its := file.stat())}
    files = [file for file in root.rglob("*") if _is_plain(file, inodes)]
    content = database.content()
    found, read = {database.file: _in(content, needles)}, len(content)
    for file in files:
        size, found[file] = _search_file(file, needles)
        read += size
    hits = {file: frozenset(passages) for file, passages in found.items() if passages}
    return Traces(len(found), read, hits)


def echoes(database: Database, wanted: Sequence[str]) -> dict[str, list[int]]:
    """Passages that stand in entries, each with the numbers of those."""
    rows = database.rows(
        "SELECT w.value, e.id FROM json_each(?) w JOIN entry e "
        "ON instr(e.text, w.value) OR instr(e.key, w.value) OR instr(e.options, w.value) "
        "WHERE e.text IS NOT NULL ORDER BY e.id",
        (json.dumps(list(wanted)),),
    )
    found: dict[str, list[int]] = {}
    for passage, number in rows:
        found.setdefault(passage, []).append(number)
    return found


def _cut(text: str) -> Iterator[str]:
    text = text.strip()
    for start in range(0, max(1, len(text) - LONGEST + 1), 500):
        piece = text[start : start + LONGEST].strip()
        if _is_telling(piece):
            yield piece


def _is_telling(piece: str) -> bool:
    """Whether finding this somewhere means that it was copied from there."""
    if not piece.isascii():
        return len(piece) >= FOREIGN
    return len(piece) >= (SHORTEST if len(piece.split()) > 1 else ONE_WORD)


def _forms(passage: str) -> set[bytes]:
    """As files of ours write it."""
    plain = json.dumps(passage, ensure_ascii=False)[1:-1]
    forms = (passage, plain, json.dumps(passage)[1:-1], html.escape(passage))
    return {form.encode("utf-8") for form in forms}


def _is_plain(file: Path, without: set[tuple[int, int]]) -> bool:
    """Whether this is a file, no link, and none of these, which must not be opened (Database.content)."""
    its = file.lstat()
    return stat.S_ISREG(its.st_mode) and (its.st_dev, its.st_ino) not in without


def _search_file(file: Path, needles: Sequence[tuple[bytes, str]]) -> tuple[int, set[str]]:
    """Bytes read, and the passages found. A file that vanishes or cannot be read is passed over."""
    size, tail, overlap = 0, b"", max((len(form) for form, _ in needles), default=1)
    found: set[str] = set()
    with suppress(OSError), file.open("rb") as source:
        while block := source.read(BLOCK):
            size += len(block)
            found |= _in(tail + block, needles)
            tail = block[-overlap:]
    return size, found


def _in(content: bytes, needles: Sequence[tuple[bytes, str]]) -> set[str]:
    return {passage for form, passage in needles if form in content}
