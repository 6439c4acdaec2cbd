"""Files and folders that appear whole or not at all: written aside, flushed, then renamed; a manifest last.

`Files` is the seam to the file system: tests hand in one that fails at any chosen call. Here are also the
digests, and the sentences in which a disk's refusal reaches a person. Not here: what the files say.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engram.errors import StorageError

MANIFEST = "manifest.json"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
IN_THE_WAY = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY})


class Files:
    """The calls that writing needs, one system call or so each."""

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)

    def write(self, file: Path, data: bytes) -> None:
        file.write_bytes(data)

    def sync(self, path: Path) -> None:
        """Flush a file or a folder to the disk."""
        folder = path.is_dir()
        if folder and os.name != "posix":
            return  # only there can a folder be opened
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, source: Path, target: Path) -> None:
        """A file takes the place of an earlier one; a folder needs a free place."""
        source.replace(target)

    def remove(self, folder: Path) -> None:
        """Delete a folder with all that is in it; it may be missing."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)


@contextlib.contextmanager
def disk_errors(path: Path, hint: str = "") -> Iterator[None]:
    """Inside, what the operating system refuses becomes a StorageError about `path`, with a hint of its own
    or that of `storage_error`."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path, hint) from error


def write_file(file: Path, data: bytes, files: Files | None = None) -> None:
    """Write a file, in place of an earlier one if there is one, whole or not at all. Raises StorageError."""
    with disk_errors(file):
        replace_files(file.parent, {file.name: data}, files or Files())


def replace_files(folder: Path, contents: Mapping[str, bytes], files: Files) -> None:
    """Write files into a folder that exists. All lie aside, flushed, before the first takes its place, and
    they take their places in the order given. Raises OSError, and leaves nothing aside."""
    aside = {name: folder / f".{name}.{os.getpid()}.partial" for name in contents}  # others may write as well
    try:
        for name, data in contents.items():
            files.write(aside[name], data)
            files.sync(aside[name])
        for name in contents:
            files.rename(aside[name], folder / name)
        files.sync(folder)
    finally:
        for path in aside.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def write_folder(
    folder: Path,
    contents: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    files: Files | None = None,
    aside: Path | None = None,
) -> None:
    """Make `folder` with these files and a manifest.json that adds the sha256 of each under "files".

    Until it is whole it is written beside its place, or as `aside` on the same disk, where whoever is killed
    and comes back under another name finds it again. Raises StorageError if the disk refuses, or if the
    folder exists; then nothing of it is to be seen.
    """
    files = files or Files()
    if folder.exists():
        raise StorageError(f"{folder.name} exists already and is never overwritten.", "Choose another name.")
    aside = aside or half_written(folder)
    with disk_errors(folder):
        try:
            _write_aside(aside, contents, manifest, files)
            files.rename(aside, folder)
            files.sync(folder.parent)
        except BaseException:
            _take_back(folder, aside)
            raise


def half_written(folder: Path) -> Path:
    """Where a folder lies while it is made, or removed: beside its place, under a name that nobody reads."""
    return folder.with_name(f".{folder.name}.partial")


def _write_aside(
    aside: Path, contents: Mapping[str, bytes], manifest: Mapping[str, Any], files: Files
) -> None:
    files.remove(aside)  # what a killed process may have left
    files.make_folder(aside)
    complete = {**manifest, "files": {name: sha256(contents[name]) for name in sorted(contents)}}
    for name, data in [*sorted(contents.items()), (MANIFEST, to_json(complete))]:
        files.write(aside / name, data)
        files.sync(aside / name)
    files.sync(aside)


def _take_back(folder: Path, aside: Path) -> None:
    """Undo a rename that was not flushed, then clear up, as far as the disk allows."""
    with contextlib.suppress(OSError):
        if folder.exists():
            folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def read_folder(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that `write_folder` made, once every file in it has its digest.

    Raises StorageError naming the file that is missing, changed or not in the manifest.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digests = dict(manifest["files"])
        present = {path.name for path in folder.iterdir()} - {MANIFEST}
        for name in sorted(present | set(digests)):
            if name not in digests or name not in present:
                where = "the manifest" if name not in digests else "the folder"
                raise StorageError(f"{folder.name}/{name} is not in {where}.")
            if sha256_of_file(folder / name) != digests[name]:
                raise StorageError(f"{folder.name}/{name} does not match its digest.")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StorageError(f"{folder.name}/{MANIFEST} is missing or broken ({error}).") from error
    return {**manifest, "files": digests}


def storage_error(error: OSError, path: Path, hint: str = "") -> StorageError:
    """The operating system's complaint about writing `path` as a sentence, and a way out: `hint` if given."""
    why = error.strerror or str(error)
    if error.errno in FULL:
        message, way_out = (
            f"The disk is full ({why}); {path.name} was not written.",
            "Free some space, then go on.",
        )
    elif error.errno in FORBIDDEN:
        message = f"{path} cannot be written ({why})."
        way_out = "Choose another folder with --home or --out."
    elif error.errno in IN_THE_WAY:
        message = f"{path} could not be written: something else is in the way ({why})."
        way_out = "Choose another name."
    else:
        message, way_out = f"{path.name} could not be written: {why}.", "Check the disk."
    return StorageError(message, hint or way_out)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def to_json(value: Any) -> bytes:
    """Sorted keys and a final line feed: equal values are equal bytes."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
