"""A million patterns from JSONL, checked or made into a data set folder, in bounded memory.

One pass checks every line and keeps 27 bytes of it: where it lies, how long it is, whether it is held out,
and the seeded 64-bit digest of its input. That digest finds duplicates over all files and is the shuffle key,
so no text is held. A second pass reads the lines in shuffled order. The rows are those that `build_lessons`
makes of the same patterns, byte for byte. Not here: YAML, which is for people (reader.py).
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.config import DataSettings
from engram.errors import LessonError
from engram.lessons.build import (
    Hash,
    Shape,
    bare_row,
    order_key,
    rephrased_rows,
    row_key,
    start_digest,
    text_key,
    train_rows,
    update_digest,
    valid_rows,
)
from engram.lessons.dataset import FILES, check_place, write_manifest, written_aside
from engram.lessons.jsonl import lines_of, parse_line
from engram.lessons.reader import pattern_files
from engram.lessons.rows import Row, write_rows
from engram.lessons.schema import Pattern, Problems, fold, twice
from engram.lessons.screening import Screening

Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


def is_bulk(paths: Sequence[Path]) -> bool:
    """Do these files and folders hold nothing but .jsonl? Raises LessonError when one is not there."""
    problems = Problems()
    files = pattern_files(paths, problems)
    problems.raise_if_any()
    return all(file.suffix.lower() == ".jsonl" for file in files)


def build_bulk(
    paths: Sequence[Path], settings: DataSettings, folder: Path, screening: Screening | None = None
) -> dict[str, Any]:
    """Check all lines, then write the data set, screened; returns its manifest.

    Raises LessonError (nothing is written then), and what `write_dataset` raises.
    """
    check_place(folder)
    digest = start_digest(settings)
    with _checked(paths, settings.seed, digest) as lines:
        return _write(lines, settings, digest.hexdigest(), folder, screening)


def check_bulk(paths: Sequence[Path]) -> tuple[int, int]:
    """Check all lines; returns how many patterns are taught and held out. Raises LessonError."""
    settings = DataSettings()
    with _checked(paths, settings.seed, start_digest(settings)) as lines:
        return len(lines.places(holdout=False)), len(lines.places(holdout=True))


@contextmanager
def _checked(paths: Sequence[Path], seed: int, digest: Hash) -> Iterator[_Lines]:
    """The first pass over all files, which stay open. `digest` takes in every pattern."""
    problems = Problems()
    files = pattern_files(paths, problems)
    for file in files:
        if file.suffix.lower() != ".jsonl":
            problems.add(str(file), None, "bulk is read from .jsonl files only.")
    problems.raise_if_any()
    with ExitStack() as open_files:
        try:
            sources = [open_files.enter_context(file.open("rb", buffering=0)) for file in files]
        except OSError as error:
            problems.add(str(error.filename), None, f"cannot be read ({error.strerror}).")
            problems.raise_if_any()
        lines = _Lines(files, sources)
        lines.index(seed, digest, problems)
        lines.find_duplicates(problems)
        problems.raise_if_any()
        yield lines


class _Lines:
    """Where each pattern lies, and its key; the text stays on the disk."""

    def __init__(self, files: Sequence[Path], sources: Sequence[FileIO]) -> None:
        self._files = files
        self._sources = sources
        self._file = array("H")
        self._offset = array("Q")
        self._length = array("I")
        self._number = array("I")
        self._holdout = array("B")
        self._key = array("Q")

    def index(self, seed: int, digest: Hash, problems: Problems) -> None:
        """The first pass: check every line and note where it lies."""
        for place, file in enumerate(self._files):
            for number, offset, line in lines_of(file, problems):
                pattern = parse_line(line, number, file, problems)
                if pattern is None:
                    continue
                update_digest(digest, pattern)
                self._file.append(place)
                self._offset.append(offset)
                self._length.append(len(line))
                self._number.append(number)
                self._holdout.append(pattern.holdout)
                self._key.append(order_key(seed, pattern))
        if not self._key and not problems.count:
            problems.add("patterns", None, "there are no examples in these files.")

    @property
    def keys(self) -> Keys:
        return np.frombuffer(self._key, dtype=np.uint64)

    def places(self, holdout: bool) -> Places:
        """Indices of the taught patterns, or of those held out, in the order of the files."""
        return np.flatnonzero(np.frombuffer(self._holdout, dtype=np.uint8) == holdout)

    def find_duplicates(self, problems: Problems) -> None:
        """Equal digests are looked up on the disk, so that a chance collision accuses nobody."""
        keys = self.keys
        order = np.argsort(keys, kind="stable")
        pairs = np.flatnonzero(keys[order][1:] == keys[order][:-1])
        for place in sorted((int(order[pair + 1]), int(order[pair])) for pair in pairs):
            pattern, earlier = self.read(place[0]), self.read(place[1])
            if fold(pattern.input) == fold(earlier.input):
                file = str(self._files[self._file[place[0]]])
                problems.add(file, self._number[place[0]], twice(pattern, earlier))

    def read(self, place: int) -> Pattern:
        """One pattern, from the disk. Raises LessonError when the file changed since it was checked."""
        which = self._file[place]
        problems = Problems()
        source = self._sources[which]
        source.seek(self._offset[place])
        line = source.read(self._length[place])
        pattern = parse_line(line, self._number[place], self._files[which], problems)
        problems.raise_if_any()
        if pattern is None:
            raise LessonError([f"{self._files[which]}: the file changed while it was read."])
        return pattern


class _Inputs:
    """All inputs as sorted digests: "is this text a pattern's input?" without the texts."""

    def __init__(self, keys: Keys, seed: int) -> None:
        self._keys = np.sort(keys)
        self._seed = seed

    def __contains__(self, folded: object) -> bool:
        key = np.uint64(text_key(self._seed, str(folded)))
        place = int(np.searchsorted(self._keys, key))
        return place < len(self._keys) and bool(self._keys[place] == key)


def _write(
    lines: _Lines, settings: DataSettings, digest: str, folder: Path, screening: Screening | None
) -> dict[str, Any]:
    taught, held_out = lines.places(holdout=False), lines.places(holdout=True)
    shape = Shape.of(len(taught), settings)
    avoid = _Inputs(lines.keys, settings.seed)
    with written_aside(folder) as aside:
        screened = screening.rows if screening else iter
        train = write_rows(aside / FILES[0], screened(_train(lines, taught, shape, avoid)))
        wanted = shape.valid_count(train)
        first = taught[np.argsort(lines.keys[taught], kind="stable")[:wanted]]
        asked = [lines.read(int(place)) for place in first]
        asked_keys = [int(lines.keys[place]) for place in first]
        valid = write_rows(aside / FILES[1], screened(valid_rows(asked, asked_keys, wanted, avoid)))
        counts = Counter({"train": train, "valid": valid})
        write_rows(aside / FILES[2], _counted(screened(_test(lines, taught, held_out, shape, avoid)), counts))
        counted = {split: count for split, count in counts.items() if count}
        notes = shape.notes(len(taught), len(held_out), train, valid, settings.wordings)
        notes = (*notes, *(screening.notes() if screening else ()))
        return write_manifest(aside, digest, settings, counted, notes)


def _train(lines: _Lines, taught: Places, shape: Shape, avoid: Container[str]) -> Iterator[Row]:
    """The second pass: lines in the order of the row keys, one row of a pattern at a time."""
    keys = lines.keys[taught]
    factors = np.array([row_key(1, wording) for wording in range(shape.wordings)], dtype=np.uint64)
    order = np.argsort((keys[:, None] * factors).ravel(), kind="stable")  # [patterns * wordings]
    for place in order:
        index, wording = divmod(int(place), shape.wordings)
        rows = train_rows(lines.read(int(taught[index])), int(keys[index]), shape, avoid)
        yield from islice(rows, wording, wording + 1)


def _test(
    lines: _Lines, taught: Places, held_out: Places, shape: Shape, avoid: Container[str]
) -> Iterator[Row]:
    for place in _sample(lines.keys, taught, shape.recall):
        yield bare_row(lines.read(place), "recall")
    for place in _sample(lines.keys, taught, shape.rephrased):
        yield from rephrased_rows(lines.read(place), avoid)
    for place in _sample(lines.keys, held_out, shape.unseen):
        yield bare_row(lines.read(place), "unseen")


def _sample(keys: Keys, places: Places, count: int | None) -> list[int]:
    """The places with the `count` smallest keys (all when None), in the order of the files."""
    chosen = np.sort(np.argsort(keys[places], kind="stable")[:count])
    return [int(place) for place in places[chosen]]


def _counted(rows: Iterator[Row], counts: Counter[str]) -> Iterator[Row]:
    for row in rows:
        counts[row.split] += 1
        yield row
