-- A database as Engram wrote it while there was one migration: three adapters, one of them in service.
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
CREATE TABLE adapter_in_service (
    base_id TEXT PRIMARY KEY,
    name    TEXT NOT NULL COLLATE NOCASE,
    FOREIGN KEY (name, base_id) REFERENCES adapter_version (name, base_id)
) STRICT;
CREATE TABLE adapter_number (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    last     INTEGER NOT NULL
) STRICT;
INSERT INTO adapter_version VALUES
    ('v1', 'seedling', '50077c9b2e04', '2026-11-20T08:00:00+00:00', 'd1', 'm1', NULL),
    ('v2', 'seedling', '50077c9b2e04', '2026-11-20T09:00:00+00:00', 'd2', 'm2', 'v1'),
    ('Mine', 'HuggingFaceTB/SmolLM2-135M-Instruct', '12fd25f', '2026-11-21T10:00:00+00:00', 'd3', 'm3', NULL);
INSERT INTO adapter_in_service VALUES ('seedling', 'v2');
INSERT INTO adapter_number VALUES (1, 2);
PRAGMA user_version = 1;
