"""A disk that loses its power: only what was synced surely survives; of the rest, any 512-byte pieces may.

An APSW file layer records what the engine writes, and what it has asked to be flushed. At a chosen call the
power goes; `after_the_cut` then makes up one of the states in which such a disk can be found. Not modelled: a
torn write that damages bytes outside of it (SQLite relies on "powersafe overwrite",
https://sqlite.org/psow.html), and disks that say that they have flushed and have not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""
JOURNALS = ("-wal", "-journal")


@dataclass
class OnDisk:
    """A file: what is surely there, and what was written since, in order: place and bytes, or a new size and
    None."""

    durable: bytes | None
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    deleted: bool = False


class PowerDisk(apsw.VFS):
    """Register one per test; `start` for each cut."""

    def __init__(self, name: str = "power") -> None:
        super().__init__(name, "")
        self.start(0)

    def start(self, cut_at: int) -> None:
        """Power on, with nothing recorded yet. 0: the power goes when `cut` is called."""
        self.files: dict[str, OnDisk] = {}
        self.calls = 0
        self.cut_at = cut_at
        self.off = False

    def cut(self) -> None:
        self.off = True

    def call(self) -> None:
        """Before every call that changes the disk."""
        self.calls += 1
        if self.cut_at and self.calls >= self.cut_at:
            self.off = True
        self.check()

    def check(self) -> None:
        if self.off:
            raise apsw.IOError("the power is gone")

    def xOpen(self, name: Any, flags: Any) -> PowerFile:
        self.check()
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return PowerFile(self, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.call()
        if Path(filename).exists():
            self.known(filename).deleted = True
        super().xDelete(filename, syncdir)
        if syncdir:
            self.flush_names(filename)

    def known(self, path: str) -> OnDisk:
        """The record of a file; what was there before the power came on is durable."""
        if path not in self.files:
            there = Path(path)
            self.files[path] = OnDisk(there.read_bytes() if there.exists() else None)
        return self.files[path]

    def flush_names(self, path: str) -> None:
        """The folder is flushed: deleted files stay deleted, and new ones keep their names."""
        for other in [key for key, file in self.files.items() if file.deleted]:
            del self.files[other]
        for file in self.files.values():
            file.durable = b"" if file.durable is None else file.durable

    def after_the_cut(self, folder: Path, draw: random.Random) -> None:
        """Write one possible state of every file into `folder`."""
        odds = draw.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for path, file in self.files.items():
            content = _survivor(file, draw, odds)
            if content is not None:
                (folder / Path(path).name).write_bytes(content)


class PowerFile(apsw.VFSFile):
    """Passes everything on to the real file, and records it; only the wait for the real disk is left out."""

    def __init__(self, disk: PowerDisk, path: str | None, name: Any, flags: Any) -> None:
        self.disk = disk
        self.path = path
        if path:
            self.record = disk.known(path)
            self.record.deleted = False
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.call()
        if self.path:
            self.record.pending.append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self.disk.call()
        if self.path:
            self.record.pending.append((size, None))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self.disk.call()
        if self.path:
            self.record.durable = _apply(self.record.durable or b"", self.record.pending)
            self.record.pending.clear()
            if self.path.endswith(JOURNALS):
                self.disk.flush_names(self.path)  # the engine flushes the folder with a new journal


def _survivor(file: OnDisk, draw: random.Random, odds: float) -> bytes | None:
    """What is found of a file; None if not even its name."""
    if file.durable is None and draw.random() > odds:
        return None
    if file.deleted and draw.random() < odds:
        return None
    kept = [piece for write in file.pending for piece in _pieces(*write) if draw.random() < odds]
    return _apply(file.durable or b"", kept)


def _pieces(offset: int, data: bytes | None) -> list[tuple[int, bytes | None]]:
    """A write as the disk does it: cut at the borders of its sectors."""
    if data is None:
        return [(offset, None)]
    first = SECTOR - offset % SECTOR
    cuts = [0, *range(first, len(data), SECTOR), len(data)]
    return [(offset + a, data[a:b]) for a, b in pairwise(cuts) if a < b]


def _apply(content: bytes, writes: list[tuple[int, bytes | None]]) -> bytes:
    done = bytearray(content)
    for offset, data in writes:
        if data is None:
            del done[offset:]
            continue
        if len(done) < offset:
            done.extend(bytes(offset - len(done)))
        done[offset : offset + len(data)] = data
    return bytes(done)
