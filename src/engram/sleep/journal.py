"""What a night has done so far, in its run folder: so that nothing costly is done twice, and all can be told.

One line for each stage that ended, with the digest of what went into it, seconds, peak memory and counts; and
beside it what a costly stage found, with the same digest. A night that was broken off finds both again.
Not here: any text of the user's, which is made anew from the ledger each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engram.disk import disk_errors, to_json, write_file
from engram.job import Watcher
from engram.machine import peak_memory

JOURNAL = "journal.jsonl"
Counts = dict[str, int | float | str]


@dataclass(frozen=True, slots=True)
class StageRecord:
    """One stage that ended. `seconds` of wall time, `peak_bytes` the most memory of this process until then;
    `counts` are numbers that say what the stage was about."""

    stage: str
    inputs: str
    seconds: float
    peak_bytes: int
    counts: Counts = field(default_factory=dict)


class Journal:
    """The stages of one night. Raises StorageError where its folder cannot be written."""

    def __init__(
        self, folder: Path, watcher: Watcher, check: Callable[[str], None] = lambda stage: None
    ) -> None:
        """`check` is called with the name of every stage before it begins, and of what is to be found
        `once` before it is looked for; it may raise."""
        self._folder, self._watcher, self._check = folder, watcher, check

    @property
    def folder(self) -> Path:
        """Where the night's things lie."""
        return self._folder

    @contextmanager
    def stage(self, name: str, **inputs: Any) -> Iterator[Counts]:
        """Inside, a stage runs, and fills its counts. It is written down only if it ends without an error."""
        self._check(name)
        self._watcher.stage(name.capitalize())
        began, counts = time.perf_counter(), Counts()
        yield counts
        seconds = round(time.perf_counter() - began, 3)
        self._append(StageRecord(name, digest(inputs), seconds, peak_memory(), counts))

    def once(self, name: str, inputs: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """What `make` gives, a JSON value; or what it gave before, where that was from the same inputs."""
        file = f"{name}.json"
        try:
            return read_kept(self._folder / file, inputs)
        except ValueError:
            self._check(name)
            made = make()
        self.keep(file, inputs, made)
        return made

    def keep(self, file: str, inputs: Mapping[str, Any], result: Any) -> None:
        """Write a result down, with the digest of what it was made from, and its own."""
        write_file(self._folder / file, to_json(_kept(inputs, result)))

    def _append(self, record: StageRecord) -> None:
        """One line more, on the disk when it returns; a line that was cut off before is ended first."""
        file = self._folder / JOURNAL
        with disk_errors(file), file.open("a+b") as lines:
            lines.seek(0, os.SEEK_END)
            if lines.tell() and not _ends_a_line(file):
                lines.write(b"\n")
            lines.write(json.dumps(asdict(record)).encode() + b"\n")
            lines.flush()
            os.fsync(lines.fileno())


def read_kept(file: Path, inputs: Mapping[str, Any]) -> Any:
    """What `Journal.keep` wrote. Raises ValueError where it is not there, is from other inputs, or was cut
    off or changed."""
    try:
        kept = json.loads(file.read_bytes())
        whole = kept == _kept(inputs, kept["result"])
    except (OSError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{file.name} cannot be read: {error}") from None
    if not whole:
        raise ValueError(f"{file.name} is not what was written, or was made from something else")
    return kept["result"]


def read_journal(folder: Path) -> list[StageRecord]:
    """The stages of a night, in order; lines that were cut off are passed over."""
    try:
        lines = (folder / JOURNAL).read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(StageRecord(**json.loads(line)))
        except (ValueError, TypeError, RecursionError):
            continue
    return found


def digest(inputs: Mapping[str, Any]) -> str:
    """Of plain JSON values, whatever their order by name."""
    return hashlib.sha256(to_json(dict(sorted(inputs.items())))).hexdigest()


def _kept(inputs: Mapping[str, Any], result: Any) -> dict[str, Any]:
    return {"inputs": digest(inputs), "result": result, "digest": digest({"result": result})}


def _ends_a_line(file: Path) -> bool:
    with file.open("rb") as lines:
        lines.seek(-1, os.SEEK_END)
        return lines.read() == b"\n"
