"""A data set as a folder: train.jsonl, valid.jsonl, test.jsonl and a manifest, complete or not there at all.

Everything is written aside and flushed, the manifest last, and the finished folder is renamed into place. Not
here: what the rows say (build.py), or data sets too large for memory (bulk.py, which writes through here).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engram.config import DataSettings
from engram.disk import MANIFEST, Files, disk_errors, sha256_of_file, to_json, write_file
from engram.errors import EngramError, LessonError, StorageError, UsageError
from engram.lessons.build import Lessons, build_lessons
from engram.lessons.reader import pattern_files, read_patterns
from engram.lessons.rows import Row, read_rows, write_rows
from engram.lessons.schema import Problems
from engram.lessons.screening import Screening, screen_lessons
from engram.lessons.wordings import wordings_digest

FORMAT = 1
FILES = ("train.jsonl", "valid.jsonl", "test.jsonl")
MOST_CACHED = 8  # data sets; the shipped ones take about 1 MB


def write_dataset(folder: Path, lessons: Lessons) -> dict[str, Any]:
    """Write the data set, in place of an earlier one; returns the manifest.

    Raises UsageError when `folder` holds something else, StorageError when the disk refuses.
    """
    with written_aside(folder) as aside:
        for name, rows in zip(FILES, (lessons.train, lessons.valid, lessons.test), strict=True):
            write_rows(aside / name, rows)
        counts = {split: len(rows) for split, rows in lessons.by_split.items()}
        return write_manifest(aside, lessons.digest, lessons.settings, counts, lessons.notes)


def write_manifest(
    folder: Path, digest: str, settings: DataSettings, counts: Mapping[str, int], notes: Sequence[str]
) -> dict[str, Any]:
    """Flush the data files and write the manifest that vouches for them."""
    for name in FILES:
        Files().sync(folder / name)
    manifest = {
        "format": FORMAT,
        "digest": digest,
        "wordings": wordings_digest(),
        "settings": settings.model_dump(mode="json"),
        "counts": dict(counts),
        "notes": list(notes),
        "sha256": {name: sha256_of_file(folder / name) for name in FILES},
    }
    write_file(folder / MANIFEST, to_json(manifest))
    return manifest


def read_dataset(folder: Path) -> Lessons:
    """The data set that `write_dataset` wrote. Raises StorageError when a file is not what was written,
    UsageError when there is no data set."""
    manifest = _read_manifest(folder)
    try:
        for name, expected in manifest["sha256"].items():
            if name not in FILES or sha256_of_file(folder / name) != expected:
                raise StorageError(f"{folder / name} is not what was written.", "Build the data again.")
        rows = [tuple(read_rows(folder / name)) for name in FILES]
        settings = DataSettings.model_validate(manifest["settings"])
        notes = tuple(str(note) for note in manifest["notes"])
        return Lessons(rows[0], rows[1], rows[2], settings, str(manifest["digest"]), notes)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise StorageError(f"{folder} is not a whole data set ({error}).", "Build the data again.") from None


def cached_lessons(
    paths: Sequence[Path], settings: DataSettings, cache_folder: Path, screening: Screening | None = None
) -> Lessons:
    """`build_lessons(read_patterns(paths), settings)`, screened, kept under `cache_folder` by digest of the
    files' names and bytes, the wordings and the settings; the newest of them stay. A cache that cannot be
    used, or that another process is changing just now, is built around."""
    settled = _input_digest(paths, settings, screening.id if screening else "")
    folder = cache_folder / f"lessons-{settled}"
    try:
        return read_dataset(folder)
    except (UsageError, StorageError):
        lessons = build_lessons(read_patterns(paths), settings)
    if screening:
        lessons = screen_lessons(lessons, screening)
    try:
        cache_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(folder, ignore_errors=True)
        write_dataset(folder, lessons)
        _keep_newest(cache_folder)
    except (OSError, EngramError):
        pass  # a full disk, or a race for the place, costs the next run a second, and this one nothing
    return lessons


def _keep_newest(cache_folder: Path) -> None:
    """Delete all but the newest cached data sets, and what interrupted writers left beside them."""
    kept = (*cache_folder.glob("lessons-*"), *cache_folder.glob(".lessons-*"))
    for old in sorted(kept, key=lambda item: item.stat().st_mtime_ns)[:-MOST_CACHED]:
        shutil.rmtree(old, ignore_errors=True)


def stats(lessons: Lessons) -> dict[str, Any]:
    """Per split: rows, patterns, rows per category, and mean and longest prompt and answer in characters."""
    return {split: _stats(rows) for split, rows in lessons.by_split.items()}


def _stats(rows: Sequence[Row]) -> dict[str, Any]:
    prompts = [sum(len(message.content) for message in row.question) for row in rows]
    answers = [len(row.expected) for row in rows]
    return {
        "rows": len(rows),
        "patterns": len({row.source for row in rows}),
        "categories": dict(sorted(Counter(row.category for row in rows).items())),
        "prompt_characters": {"mean": round(sum(prompts) / len(rows), 1), "longest": max(prompts)},
        "answer_characters": {"mean": round(sum(answers) / len(rows), 1), "longest": max(answers)},
    }


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder` to write into; it takes its place when the block ends well, and is removed
    when it does not. An earlier data set is moved out of the way first and put back if the rename fails."""
    check_place(folder)
    with disk_errors(folder, "Nothing was changed. Free some space, or choose another folder."):
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        try:
            yield aside
            _take_place(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def check_place(folder: Path) -> None:
    """Raises UsageError when something other than a data set lies at `folder`."""
    try:
        taken = folder.exists() and not (folder.is_dir() and _is_ours(folder))
    except OSError as error:
        raise StorageError(f"{folder} cannot be looked at: {error.strerror}.") from error
    if taken:
        raise UsageError(f"{folder} holds something other than a data set.", "Choose a new or empty folder.")


def _is_ours(folder: Path) -> bool:
    names = {item.name for item in folder.iterdir()}
    return not names or (MANIFEST in names and names <= {MANIFEST, *FILES})


def _take_place(aside: Path, folder: Path) -> None:
    earlier = aside.with_suffix(".earlier")
    had_one = folder.exists()
    if had_one:
        folder.rename(earlier)
    try:
        aside.chmod(0o755)
        aside.replace(folder)
    except BaseException:  # also an interrupt must not leave the place empty
        if had_one and not folder.exists():
            earlier.rename(folder)
        raise
    Files().sync(folder.parent)
    shutil.rmtree(earlier, ignore_errors=True)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{folder} holds no data set.", "Make one with: engram data build") from None
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(
            f"{folder / MANIFEST} cannot be read ({error}).", "Build the data again."
        ) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StorageError(f"{folder / MANIFEST} is of another format.", "Build the data again.")
    return manifest


def _input_digest(paths: Sequence[Path], settings: DataSettings, screened: str) -> str:
    problems = Problems()
    files = pattern_files(paths, problems)
    problems.raise_if_any()
    total = hashlib.sha256(f"{FORMAT}\0{wordings_digest()}\0{settings.model_dump_json()}{screened}".encode())
    for file in files:
        try:
            total.update(f"\0{file.name}\0{sha256_of_file(file)}".encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise LessonError([f"{file}: cannot be read ({error.strerror})."]) from None
    return total.hexdigest()[:32]
