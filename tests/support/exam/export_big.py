"""Files that are big on disk, or only after unpacking; written piece by piece, never held in memory.

Not here: broken files (export_nasty.py).
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.exam.export_chatgpt import plain
from tests.support.exam.exported import Turn, script

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Big:
    """A file, its size (of a bomb: unpacked), and how many turns a reader finds in it."""

    path: Path
    size: int  # bytes
    turns: int


def long_line(folder: Path, megabytes: int = 100) -> Big:
    """JSONL whose one line is that long, a single message of words; then a short one."""
    path = folder / "long-line.jsonl"
    words = b"the same words again and again, " * 31_250  # a megabyte
    with path.open("wb") as file:
        file.write(b'{"messages": [{"role": "user", "content": "')
        for _ in range(megabytes):
            file.write(words)
        file.write(b'"}, {"role": "assistant", "content": "that was long"}]}\n')
        file.write(
            b'{"messages": [{"role": "user", "content": "short"}, {"role": "assistant", "content": "yes"}]}\n'
        )
    return Big(path, path.stat().st_size, 4)


def many_lines(folder: Path, megabytes: int = 50) -> Big:
    """JSONL of ordinary rows, up to that size."""
    path, turns, number = folder / "many-lines.jsonl", 0, 0
    with path.open("wb") as file:
        while file.tell() < megabytes * MEGABYTE:
            said = script(60, number % 50)
            rows = [{"role": turn.role, "content": f"{number}: {turn.text}"} for turn in said]
            file.write((json.dumps({"messages": rows}) + "\n").encode())
            turns, number = turns + len(said), number + 1
    return Big(path, path.stat().st_size, turns)


def big_array(folder: Path, megabytes: int = 50, filler: int = 2000) -> Big:
    """`conversations.json` of ChatGPT of that size: one array in one line, as it comes.

    `filler` characters of words are added to each message, so that the size is text and not frame. A
    conversation's texts begin with its number, so no two are alike.
    """
    path, turns, number = folder / "conversations.json", 0, 0
    padding = "and so on, " * (filler // 11)
    with path.open("wb") as file:
        file.write(b"[")
        while file.tell() < megabytes * MEGABYTE:
            said = [
                Turn(turn.role, f"{number}: {turn.text} {padding}", turn.when)
                for turn in script(61, number % 50)
            ]
            file.write(
                (b", " if number else b"") + json.dumps(plain(f"big{number}", said).conversation()).encode()
            )
            turns, number = turns + len(said), number + 1
        file.write(b"]")
    return Big(path, path.stat().st_size, turns)


def zip_bomb(folder: Path, megabytes: int = 2000) -> Big:
    """`conversations.json` of blanks inside brackets: about a thousandth of its size on disk."""
    path, blanks = folder / "bomb.zip", b" " * MEGABYTE
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("conversations.json", "w", force_zip64=True) as file,
    ):
        file.write(b"[")
        for _ in range(megabytes):
            file.write(blanks)
        file.write(b"]")
    return Big(path, megabytes * MEGABYTE + 2, 0)
