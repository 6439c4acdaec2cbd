"""Changes to the tables of adapters: which versions there are, what serves, and how it did by day.

Each is applied once, at its place in migrations.py, and never edited afterwards. Not here: questions asked of
these tables (adapters.py, service.py, answers.py).
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

VERSIONS = """
-- Every name of an adapter that was ever given out, so that none is used twice; "vN" is short for number N.
-- A version whose files were deleted to save space has a day here and no row in adapter_version.
CREATE TABLE adapter_name (
    name      TEXT PRIMARY KEY COLLATE NOCASE,
    number    INTEGER UNIQUE,
    pruned_at TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

INSERT INTO adapter_name (name) SELECT name FROM adapter_version;

-- Versions that are kept, however old.
CREATE TABLE adapter_pin (
    name TEXT PRIMARY KEY COLLATE NOCASE REFERENCES adapter_version (name)
) STRICT, WITHOUT ROWID;

-- What answered for a base, in order; no name is the bare base. Going back marks rows as undone and adds one.
CREATE TABLE adapter_served (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    base_id TEXT NOT NULL,
    name    TEXT COLLATE NOCASE,
    since   TEXT NOT NULL,
    why     TEXT NOT NULL,
    undone  INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
    FOREIGN KEY (name, base_id) REFERENCES adapter_version (name, base_id)
) STRICT;

CREATE INDEX adapter_served_by_base ON adapter_served (base_id, id);

INSERT INTO adapter_served (base_id, name, since, why) SELECT base_id, name, '', '' FROM adapter_in_service;
"""

BY_DAY = """
-- Where ledger and answers stood when something began to serve: what is older says nothing of how it does.
ALTER TABLE adapter_served ADD COLUMN through INTEGER NOT NULL DEFAULT 0;
ALTER TABLE adapter_served ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;

-- How answers were made by day: by which adapter ("" for the bare base), in how many seconds, or that none
-- came of it. No text, and no entry.
CREATE TABLE answer_made (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    base_id TEXT NOT NULL,
    adapter TEXT NOT NULL COLLATE NOCASE,
    seconds REAL NOT NULL,
    failed  INTEGER NOT NULL CHECK (failed IN (0, 1))
) STRICT;

CREATE INDEX answer_made_by_adapter ON answer_made (base_id, adapter, id);
"""
