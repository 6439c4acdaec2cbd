"""Looking for what was forgotten: passages of it, in every file below the home and in the other entries.

A search to check the work, not the work itself. Not here: cleaning (forgetting.py).
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engram.store.database import Database
from engram.store.entries import Entry

SHORTEST = 8
"""Characters. Shorter texts ("yes", "Rufo") stand in so many other places that finding one says nothing."""
LONGEST = 40
"""Characters of one passage: a long text is not stored in one piece, so short passages are looked for."""
MOST = 64
"""Passages looked for, spread over the texts, so that the search takes seconds."""
BLOCK = 1 << 22
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class Traces:
    """How much was searched, and which passages each file holds."""

    files: int
    bytes: int
    found: Mapping[Path, frozenset[str]]


def passages(entries: Sequence[Entry]) -> list[str]:
    """Pieces of texts and keys, at most MOST of them."""
    texts = [text for entry in entries for text in (entry.text, entry.key)]
    pieces = list(dict.fromkeys(piece for text in texts for piece in _cut(text)))
    step = max(1, -(-len(pieces) // MOST))
    return pieces[::step]


def search(root: Path, wanted: Sequence[str]) -> Traces:
    """Look for passages in every file below a folder, as they are and as JSON and HTML write them. Links are
    not followed."""
    needles = [(form, passage) for passage in wanted for form in _forms(passage)]
    files = [file for file in root.rglob("*") if file.is_file() and not file.is_symlink()]
    found, read = {}, 0
    for file in sorted(files):
        size, passages = _search_file(file, needles)
        read += size
        if passages:
            found[file] = frozenset(passages)
    return Traces(len(files), read, found)


def echoes(database: Database, wanted: Sequence[str]) -> dict[str, list[int]]:
    """Passages that stand in entries, each with the numbers of those."""
    rows = database.rows(
        "SELECT w.value, e.id FROM json_each(?) w JOIN entry e "
        "ON instr(e.text, w.value) OR instr(e.key, w.value) WHERE e.text IS NOT NULL ORDER BY e.id",
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
        if len(piece) >= SHORTEST:
            yield piece


def _forms(passage: str) -> set[bytes]:
    """As files of ours write it."""
    plain = json.dumps(passage, ensure_ascii=False)[1:-1]
    forms = (passage, plain, json.dumps(passage)[1:-1], html.escape(passage))
    return {form.encode("utf-8") for form in forms}


def _search_file(file: Path, needles: Sequence[tuple[bytes, str]]) -> tuple[int, set[str]]:
    """Bytes read, and the passages found. A file that vanishes or cannot be read is passed over."""
    size, tail, overlap = 0, b"", max((len(form) for form, _ in needles), default=1)
    found: set[str] = set()
    with suppress(OSError), file.open("rb") as source:
        while block := source.read(BLOCK):
            size += len(block)
            window = tail + block
            found.update(passage for form, passage in needles if form in window)
            tail = window[-overlap:]
    return size, found
