"""A copy of the database in one file, as of one moment, checked before it gets its name.

Not here: settings, adapters and runs, which are ordinary files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engram.disk import Files, disk_errors, storage_error
from engram.errors import StorageError, UsageError
from engram.store.database import Database
from engram.store.verifying import Verification, verify


def backup(database: Database, file: Path) -> Verification:
    """Copy to a file that is not there yet, readable by its owner only. Others may write meanwhile.

    Raises UsageError if the file exists, StorageError if it cannot be written or the copy is not whole; then
    nothing of it stays.
    """
    aside = file.with_name(f".{file.name}.{os.getpid()}.partial")
    with _reserved(file, aside):
        database.rows("VACUUM INTO ?", (str(aside),))
        with Database.open(aside) as copy:
            checked = verify(copy)
        if not checked.ok:
            raise StorageError(
                f"The copy was not kept: {checked.problems[0]}.", "engram memory verify says more."
            )
        with disk_errors(file):
            Files().sync(aside)
            Files().rename(aside, file)
            Files().sync(file.parent)
    return checked


def create_new(file: Path) -> None:
    """An empty file, readable by its owner only from the first moment.

    Raises UsageError if there is one already, StorageError.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise UsageError(f"{file} exists already and is never overwritten.", "Choose another name.") from None
    except OSError as error:
        raise storage_error(error, file) from error


@contextmanager
def _reserved(file: Path, aside: Path) -> Iterator[None]:
    """Two new empty files. The first is gone again if the block fails, the second in any case."""
    create_new(file)
    try:
        create_new(aside)
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    finally:
        aside.unlink(missing_ok=True)
