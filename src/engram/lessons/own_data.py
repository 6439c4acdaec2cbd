"""Somebody's own data, a file or a folder of them, as rows for training, validation and test.

A folder has train.*, valid.* and test.*, or its readable files are all for training. Near-verbatim duplicates
are left out, and where nothing is given for validation, some conversations are set aside: chosen by seed and
digest, and none that shares with a trained one what would count as a leak. What was left out is told in the
notes. Not here: reading files (records.py), shapes (shapes.py), what `data build` wrote (dataset.py).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engram.config import DataSettings, Shape
from engram.disk import MANIFEST
from engram.errors import UsageError
from engram.home import plain_name
from engram.lessons.build import Lessons, text_key
from engram.lessons.dataset import read_dataset
from engram.lessons.leaks import Overlaps, question
from engram.lessons.policies import SENTENCES, apply_policies
from engram.lessons.records import SUFFIXES, Record, read_records
from engram.lessons.rows import Row, Split
from engram.lessons.schema import Problems, fold, set_name_of
from engram.lessons.screening import Screening, screen_lessons
from engram.lessons.shapes import NAMES, Conversation, WrongRecord, no_shape, read_record, shape_of

# train.jsonl, validation.csv, or a part such as train-00000-of-00002.parquet, as the Hub's data sets have.
_SPLIT = re.compile(r"(train|valid|validation|val|test)(-\d{5}-of-\d{5})?\Z", re.I)
_USE: dict[str, Split] = {"train": "train", "test": "unseen"}  # the others are for validation


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file: how many rows it has, in which shape, and which keys nothing was made of."""

    name: str
    rows: int
    shape: Shape
    unread: tuple[str, ...]

    def __str__(self) -> str:
        unread = f"; not read: {', '.join(self.unread)}" if self.unread else ""
        return f"{self.name}: {self.rows:,} row{'' if self.rows == 1 else 's'}, {NAMES[self.shape]}{unread}"


@dataclass(frozen=True, slots=True)
class OwnData:
    """The rows, what was read, and each row left out as a duplicate with the earlier one it repeats."""

    lessons: Lessons
    files: tuple[FileRead, ...]
    duplicates: tuple[tuple[str, str], ...]


def read_data(path: Path, settings: DataSettings, screening: Screening | None = None) -> Lessons:
    """The rows of a data set that `data build` wrote, or of somebody's own file or folder, screened.

    Raises LessonError with the problems of all files, MissingReader, UsageError, StorageError.
    """
    if not is_built(path):
        return read_own_data(path, settings, screening).lessons
    return screen_lessons(read_dataset(path), screening) if screening else read_dataset(path)


def is_built(path: Path) -> bool:
    """Is this a folder that `data build` wrote? Its manifest tells."""
    return (path / MANIFEST).is_file()


def read_own_data(path: Path, settings: DataSettings, screening: Screening | None = None) -> OwnData:
    """All rows of a file or folder, under the policies that the settings ask for. Raises as `read_data`.

    They are screened before anything is chosen, so that rows which are the same once masked count as such.
    """
    files, ignored = _files(path)
    reading = _Reading(settings)
    for file, split in files.items():
        reading.read(file, split)
    reading.problems.raise_if_any()
    if screening:
        reading.rows = {split: list(screening.rows(rows)) for split, rows in reading.rows.items()}
    if not reading.rows["train"]:
        raise UsageError(f"Nothing is left of {path} to train on.", "\n".join(reading.notes()))
    duplicates = tuple(pair for split in reading.rows for pair in reading.drop_duplicates(split))
    notes = [*(str(file) for file in reading.files), *reading.notes()]
    notes += screening.notes() if screening else ()
    if duplicates:
        (later, earlier), count = duplicates[0], len(duplicates)
        notes.append(f"Duplicates left out: {count:,}; the first: {later} repeats {earlier}.")
    if ignored:
        notes.append(f"Files not read: {', '.join(file.name for file in ignored)}.")
    train, valid, test = (reading.rows[split] for split in ("train", "valid", "unseen"))
    if not valid and settings.valid_fraction:
        train, valid = set_aside(train, settings)
        notes.append(_told(len(train), len(valid), settings))
    digest = _digest((*train, *valid, *test), settings)
    lessons = Lessons(tuple(train), tuple(valid), tuple(test), settings, digest, tuple(notes))
    return OwnData(lessons, tuple(reading.files), duplicates)


@dataclass
class _Reading:
    """What has been read so far, and what was found on the way."""

    settings: DataSettings
    problems: Problems = field(default_factory=Problems)
    rows: dict[Split, list[Row]] = field(default_factory=lambda: {"train": [], "valid": [], "unseen": []})
    files: list[FileRead] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)

    def read(self, file: Path, split: Split) -> None:
        """Add the rows of one file, and what is wrong with it to the problems."""
        before = self.problems.count
        records = list(read_records(file, self.problems))
        if not records and self.problems.count == before:
            self.problems.add(str(file), None, "there are no records in this file.")
        shape = self._shape(file, records)
        if shape is None:
            return
        unread: set[str] = set()
        name = self._name(file)
        for record in records:
            if self.settings.shape == "auto" and not shape_of(record.values):
                continue  # it is among the problems already
            try:
                conversation = read_record(record.values, shape)
                source = f"{name}:{record.number}"
                self.places[source] = f"{file.name}{record.place}"
                self._add(conversation, conversation.category or set_name_of(file), source, split)
                unread |= conversation.unread
            except WrongRecord as wrong:
                self.problems.add(f"{file}{record.place}", None, str(wrong))
        self.files.append(FileRead(file.name, len(records), shape, tuple(sorted(unread))))

    def _name(self, file: Path) -> str:
        """The file's name as rows quote it as their source: no path, and no other file's."""
        name = plain_name(file.name)
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name}-{self.names[name]}"

    def _shape(self, file: Path, records: Sequence[Record]) -> Shape | None:
        """The shape asked for, or the one that all records have."""
        if self.settings.shape != "auto":
            return self.settings.shape
        found: dict[Shape, Record] = {}
        for record in records:
            shape = shape_of(record.values)
            if shape:
                found.setdefault(shape, record)
            else:
                self.problems.add(f"{file}{record.place}", None, no_shape(record.values))
        if len(found) > 1:
            firsts = ", ".join(f"{NAMES[shape]}{record.place}" for shape, record in found.items())
            sentence = f"rows of several shapes, first seen: {firsts}. Make a file of each, or say --shape."
            self.problems.add(str(file), None, sentence)
        return next(iter(found)) if len(found) == 1 else None

    def _add(self, conversation: Conversation, category: str, source: str, split: Split) -> None:
        messages = apply_policies(conversation, self.settings, self.left_out)
        if messages:
            row = Row(messages, category, source, split, conversation.is_text)
            self.rows[split].append(row)

    def drop_duplicates(self, split: Split) -> Iterator[tuple[str, str]]:
        """Keep the first of rows that differ in case and white space only; the places of others, with it."""
        seen: dict[bytes, Row] = {}
        kept = []
        for row in self.rows[split]:
            earlier = seen.setdefault(_folded(row), row)
            if earlier is row:
                kept.append(row)
            else:
                yield self.places[row.source], self.places[earlier.source]
        self.rows[split] = kept

    def notes(self) -> list[str]:
        """What was left out, in sentences."""
        return [text.format(n=self.left_out[key]) for key, text in SENTENCES.items() if self.left_out[key]]


def set_aside(rows: Sequence[Row], settings: DataSettings) -> tuple[list[Row], list[Row]]:
    """Rows to train on, and rows for validation: the share that the settings say, at least one of two.

    Chosen are the smallest keyed digests of the questions, so that more rows change little of the choice. A
    row that overlaps with a trained one goes back to training, until no row does.
    """
    order = sorted(rows, key=lambda row: text_key(settings.seed, fold(question(row))))
    count = max(1, round(settings.valid_fraction * len(rows))) if len(rows) > 1 else 0
    valid, moved = order[:count], order[count:]
    overlaps = Overlaps(valid)
    while moved and valid:
        overlaps.add(moved)
        leaking = {leak.evaluation.source for leak in overlaps.leaks()}
        moved = [row for row in valid if row.source in leaking]
        valid = [row for row in valid if row.source not in leaking]
    chosen = {row.source for row in valid}
    aside = [Row(row.messages, row.category, row.source, "valid", row.is_text) for row in valid]
    return [row for row in rows if row.source not in chosen], aside


def _told(train: int, valid: int, settings: DataSettings) -> str:
    wanted = max(1, round(settings.valid_fraction * (train + valid))) if train + valid > 1 else 0
    fewer = f", not {wanted:,}: others overlap with trained rows" if valid < wanted else ""
    return f"{train:,} rows to train, {valid:,} set aside for validation by seed {settings.seed}{fewer}."


def _folded(row: Row) -> bytes:
    """A digest of the roles and the texts, case and white space folded."""
    folded = "\0".join(f"{message.role}\0{fold(message.content)}" for message in row.messages)
    return hashlib.blake2b(f"{row.is_text}\0{folded}".encode(), digest_size=16).digest()


def _digest(rows: Iterable[Row], settings: DataSettings) -> str:
    """sha256 over all rows, in order, and the settings."""
    total = hashlib.sha256(settings.model_dump_json().encode())
    for row in rows:
        total.update(f"\0{row.to_json()}".encode())
    return total.hexdigest()


def _files(path: Path) -> tuple[Mapping[Path, Split], list[Path]]:
    """The files to read with what each is for, and readable ones that are left alone."""
    if not path.exists():
        raise UsageError(f"There is no file or folder {path}.", "Check the path given with --data.")
    if not path.is_dir():
        if path.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{path.name} is no data file.", f"Read are {', '.join(sorted(SUFFIXES))}.")
        return {path: "train"}, []
    inside = sorted(item for item in path.iterdir() if item.suffix.lower() in SUFFIXES and item.is_file())
    readable = [item for item in inside if not item.name.startswith(".")]
    named = {item: found[1].lower() for item in readable if (found := _SPLIT.match(item.stem))}
    splits = {item: _USE.get(name, "valid") for item, name in named.items()}
    if splits and "train" not in splits.values():
        raise UsageError(
            f"{path} has {next(iter(splits)).name}, but no train file.", "Name the one to train on train.*"
        )
    if not readable:
        raise UsageError(f"{path} holds no data file.", f"Read are {', '.join(sorted(SUFFIXES))}.")
    if not splits:
        return dict.fromkeys(readable, "train"), []
    return splits, [item for item in readable if item not in splits]
