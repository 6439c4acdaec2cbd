"""A foreign SQLite database, opened so that it is not changed and runs nothing: only rows and columns.

Read-only, and immutable unless it has a log of writes not yet in it; no functions, views or triggers of its
schema. Not here: what the tables of `llm` mean (llm_responses.py, llm_threads.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from engram.errors import ArtifactError

LONGEST_VALUE = 2**22
"""Bytes of one value; longer ones are not even read."""
LONGEST_ROW = 2**26
"""Bytes of what the engine handles at all."""

Row = tuple[Any, ...]


class Log:
    """An open database: its rows, and which tables and columns it has."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'"
        self._columns = {
            table: {row[1] for row in self.rows("SELECT * FROM pragma_table_info(?)", table)}
            for (table,) in list(self.rows(named))
        }

    def rows(self, sql: str, *bindings: Any) -> Iterator[Row]:
        """The rows of a query, one after the other."""
        return iter(self._connection.execute(sql, bindings))

    def has(self, table: str, *columns: str) -> bool:
        return self._columns.get(table, set()).issuperset(columns) and table in self._columns

    def value(self, table: str, column: str) -> str:
        """A column for use in a query: NULL where this version of the tool had none, or where it is huge."""
        if not self.has(table, column):
            return "NULL"
        return f'CASE WHEN octet_length("{column}") <= {LONGEST_VALUE} THEN "{column}" END'


@contextmanager
def opened(path: Path) -> Iterator[Log]:
    """The database at a path. Raises ArtifactError if it cannot be read, or is damaged."""
    try:
        connection = apsw.Connection(_uri(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
            connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
            connection.limit(apsw.SQLITE_LIMIT_LENGTH, LONGEST_ROW)
            connection.execute("PRAGMA temp_store = MEMORY")  # no text in the system's temporary folder
            yield Log(connection)
        finally:
            connection.close()
    except (apsw.Error, UnicodeDecodeError) as error:
        raise ArtifactError(
            f"The database {path.name} cannot be read: {error}.",
            "Close the program that writes it, or copy it.",
        ) from None


def _uri(path: Path) -> str:
    """Immutable, so that nothing is written beside it; but what still waits in its log must not be missed."""
    log = path.with_name(path.name + "-wal")
    waiting = log.exists() and log.stat().st_size > 0
    return f"{path.absolute().as_uri()}?mode=ro" + ("" if waiting else "&immutable=1")
