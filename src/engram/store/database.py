"""The one database file of a home: how it is opened, read and written, and what its failures mean.

Every connection is durable (WAL, synchronous FULL), private (0600, deleted rows overwritten) and up to date
(migrations.py). Not here: any table's meaning. One `Database` serves one thread at a time.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

from engram.errors import StorageError, UsageError
from engram.store.migrations import MIGRATIONS
from engram.store.waiting import BUSY_SECONDS, patience

# Up to 3.51.2 two connections that write or checkpoint a WAL database at one instant can corrupt it.
# Source: https://sqlite.org/wal.html#walresetbug
OLDEST_SQLITE = (3, 51, 3)

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # on macOS a plain fsync leaves data in the drive's cache; elsewhere no effect
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",  # or sorting and VACUUM would leave text in the system's temporary folder
)

_WAIT = "Wait for it to finish, then try again."
_OWNER = "Check who owns it and its folder, or choose another --home."
_RESTORE = "Move it away and restore a backup, or choose another --home."
_SENTENCES: tuple[tuple[type[apsw.Error], str, str], ...] = (
    (apsw.BusyError, "is being written by another program", _WAIT),
    (apsw.LockedError, "is being written by another program", _WAIT),
    (apsw.FullError, "cannot grow: the disk is full", "Free some space, then try again."),
    (apsw.ReadOnlyError, "cannot be written", _OWNER),
    (apsw.PermissionsError, "cannot be written", _OWNER),
    (apsw.CantOpenError, "cannot be opened", "Check that its folder exists. " + _OWNER),
    (apsw.NotADBError, "is not a database", _RESTORE),
    (apsw.CorruptError, "is damaged", _RESTORE),
    (apsw.IOError, "could not be read or written", "Check the disk, then try again."),
)


@contextmanager
def storage_errors(file: Path) -> Iterator[None]:
    """Turn what the engine raises into a StorageError that a person can act on."""
    try:
        yield
    except apsw.Error as error:
        for kind, sentence, hint in _SENTENCES:
            if isinstance(error, kind):
                raise StorageError(f"The database {file} {sentence}.", hint) from error
        raise StorageError(f"The database {file} could not be used: {error}.") from error
    except UnicodeDecodeError as error:
        raise StorageError(f"The database {file} is damaged: a text in it is none.", _RESTORE) from error
    except UnicodeEncodeError as error:  # what a shell hands over may hold half a character
        raise UsageError("This text is not valid Unicode.", "Check the characters in it.") from error


class Database:
    """An open connection. Use it as a context manager, or call `close`."""

    def __init__(self, file: Path, connection: apsw.Connection, busy_seconds: float = BUSY_SECONDS) -> None:
        self.file = file
        self._connection = connection
        self._busy_seconds = busy_seconds

    @classmethod
    def open(cls, file: Path, *, busy_seconds: float = BUSY_SECONDS, vfs: str | None = None) -> Database:
        """Open `file`, creating it if need be, and bring its layout up to date.

        `vfs` names the engine's file layer; tests hand in one that fails. Raises StorageError.
        """
        check_engine(apsw.sqlite_lib_version())
        with storage_errors(file):
            connection = apsw.Connection(str(file), vfs=vfs)
            try:
                _prepare(connection, file, busy_seconds)
            except BaseException:
                connection.close()
                raise
        return cls(file, connection, busy_seconds)

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with storage_errors(self.file):
            self._connection.close()

    def rows(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement. Raises StorageError."""
        given = bindings if isinstance(bindings, Mapping) else tuple(bindings)
        with storage_errors(self.file):
            return list(self._connection.execute(sql, given))

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction that holds the write lock from its first moment: all of the block or nothing of it.

        Inside another such block it is a part of that one. Keep the block short; others wait. Raises
        StorageError when the lock or the disk cannot be had.
        """
        with storage_errors(self.file):
            inner = self._connection.in_transaction
            with self._connection if inner else _immediate(self._connection):  # apsw's own is a savepoint
                yield

    @contextmanager
    def read(self) -> Iterator[None]:
        """All reads of the block see one moment, whatever others write meanwhile."""
        with storage_errors(self.file):
            if self._connection.in_transaction:
                yield  # a block around this one has seen to it
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def compact(self) -> None:
        """Write the file anew without its free space, and empty its log: what was deleted is in neither.

        Raises StorageError if other programs are in the way for too long.
        """
        self.rows("VACUUM")
        deadline = time.monotonic() + self._busy_seconds
        while self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:  # not 0: another checkpoint is under way
            if time.monotonic() > deadline:
                raise StorageError(
                    f"The log of {self.file} could not be emptied: another program is using it.",
                    "Close it, then try again.",
                )
            time.sleep(0.02)

    def content(self) -> bytes:
        """The file as it lies on the disk, with what its log adds.

        Never open the file otherwise: on POSIX systems, closing it drops all locks that the process holds on
        it, the engine's too (https://sqlite.org/howtocorrupt.html, 2.2).
        """
        with storage_errors(self.file):
            return self._connection.serialize("main")

    def damage(self) -> list[str]:
        """What the engine finds wrong with the file; nothing, as a rule. Raises StorageError.

        Asked over a new connection: FTS5 (3.54.1) compares what another process has written since with what
        an earlier search left in this one's memory, and reports damage where there is none.
        """
        with Database.open(self.file) as fresh:
            return [str(row[0]) for row in fresh.rows("PRAGMA integrity_check") if row[0] != "ok"]


def check_engine(version: str) -> None:
    """Raise StorageError for an SQLite that is known to damage such databases. `version` as in "3.54.1"."""
    if tuple(int(part) for part in version.split(".")) < OLDEST_SQLITE:
        oldest = ".".join(str(part) for part in OLDEST_SQLITE)
        raise StorageError(
            f"This SQLite is {version}; versions before {oldest} can damage a shared database.",
            "Upgrade the apsw package.",
        )


def _prepare(connection: apsw.Connection, file: Path, busy_seconds: float) -> None:
    connection.set_busy_handler(patience(busy_seconds))
    _make_private(file)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    _switch_to_wal(connection, file, time.monotonic() + busy_seconds)
    _migrate(connection, file)


def _make_private(file: Path) -> None:
    """Only the owner may read it; the engine gives its WAL and index the same mode."""
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            file.chmod(0o600)
    except OSError as error:
        raise StorageError(
            f"The database {file} cannot be made private: {error.strerror}.", "Check who owns it."
        ) from error


def _switch_to_wal(connection: apsw.Connection, file: Path, deadline: float) -> None:
    """The mode is kept in the file; the engine leaves the old one where memory cannot be shared.

    Processes that race to be first get Busy at once, since each holds what another needs: hence the loop.
    """
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").get
            break
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    if mode != "wal":
        raise StorageError(
            f"The database {file} cannot be shared between programs where it lies (journal mode {mode}).",
            "Put the home on a local disk: network folders do not work.",
        )


def _migrate(connection: apsw.Connection, file: Path) -> None:
    if _layout(connection, file) == len(MIGRATIONS):
        return
    with _immediate(connection):
        for migration in MIGRATIONS[_layout(connection, file) :]:
            connection.execute(migration)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _layout(connection: apsw.Connection, file: Path) -> int:
    version = int(connection.pragma("user_version"))
    if not 0 <= version <= len(MIGRATIONS):
        raise StorageError(
            f"The database {file} has layout {version}; this program knows up to {len(MIGRATIONS)}.",
            "It was written by a newer Engram: upgrade, or choose another --home.",
        )
    return version


@contextmanager
def _immediate(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk or an I/O error may have rolled back already; then there is nothing left to undo.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
