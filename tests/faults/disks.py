"""A file system that fails, or whose process is killed, at any chosen call."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from engram.disk import Files


class FaultyFiles(Files):
    """Does as asked until call number `at` (the first is 0), where `fault` is called instead.

    A write that fails leaves half of its bytes, as a full disk does. Later calls work again, unless the
    fault never returns.
    """

    def __init__(self, at: int | None, fault: Callable[[], None]) -> None:
        self.calls: list[str] = []
        self._at = at
        self._fault = fault

    def _count(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) - 1 == self._at:
            self._fault()

    def make_folder(self, folder: Path) -> None:
        self._count("make_folder")
        super().make_folder(folder)

    def write(self, file: Path, data: bytes) -> None:
        if len(self.calls) == self._at:
            file.write_bytes(data[: len(data) // 2])
        self._count("write")
        super().write(file, data)

    def sync(self, path: Path) -> None:
        self._count("sync")
        super().sync(path)

    def rename(self, source: Path, target: Path) -> None:
        self._count("rename")
        super().rename(source, target)

    def remove(self, folder: Path) -> None:
        self._count("remove")
        super().remove(folder)


def refuse(code: int) -> Callable[[], None]:
    """A fault: the operating system says no."""

    def fault() -> None:
        raise OSError(code, os.strerror(code))

    return fault


def kill() -> None:
    """A fault: the process is gone at once; no handler, no clean-up."""
    os._exit(9)


def survives(work: Callable[[], object]) -> bool:
    """Run `work` in a child process; whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
