"""The database's layout as a numbered list of changes, each applied once and never edited afterwards.

`PRAGMA user_version` counts how many have been applied, so the oldest database is brought up to date by
applying the rest. Not here: opening a database, and questions asked of it.
"""

from __future__ import annotations

ADAPTER_VERSIONS = """
-- One row for each published adapter. Names compare without case, because folders on some systems do.
CREATE TABLE adapter_version (
    name            TEXT PRIMARY KEY COLLATE NOCASE,
    base_id         TEXT NOT NULL,
    base_revision   TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    digest          TEXT NOT NULL,
    manifest_digest TEXT NOT NULL,
    parent          TEXT REFERENCES adapter_version (name),
    UNIQUE (name, base_id)
) STRICT;

-- What answers for a base; no row means the bare base. The key pair keeps an adapter on its own base.
CREATE TABLE adapter_in_service (
    base_id TEXT PRIMARY KEY,
    name    TEXT NOT NULL COLLATE NOCASE,
    FOREIGN KEY (name, base_id) REFERENCES adapter_version (name, base_id)
) STRICT;

-- The last number given out, so that two processes never get the same one and none is used twice.
CREATE TABLE adapter_number (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    last     INTEGER NOT NULL
) STRICT;

INSERT INTO adapter_number VALUES (1, 0);
"""

MIGRATIONS: tuple[str, ...] = (ADAPTER_VERSIONS,)
"""Append only. Entry n takes a database from user_version n to n + 1."""
