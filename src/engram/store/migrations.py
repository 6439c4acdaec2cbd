"""The database's layout as a numbered list of changes, each applied once and never edited afterwards.

`PRAGMA user_version` counts how many have been applied, so the oldest database is brought up to date by
applying the rest. Not here: opening a database, questions asked of it, and what the changes to the tables of
adapters say (adapter_tables.py).
"""

from __future__ import annotations

from engram.store.adapter_tables import ADAPTER_VERSIONS, BY_DAY, VERSIONS

LEDGER = """
-- A stretch of talk: one chat, or one imported conversation.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at TEXT NOT NULL
) STRICT;

-- What was said or remembered, one numbering for all of it. A forgotten entry keeps its number, digest and
-- chain. Tags and rating may change; everything else is under the salted digest.
CREATE TABLE entry (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    session      INTEGER REFERENCES session (id),
    speaker      TEXT NOT NULL,
    source       TEXT NOT NULL,
    said_at      TEXT NOT NULL,
    text         TEXT,
    key          TEXT NOT NULL,
    model        TEXT NOT NULL,
    adapter      TEXT NOT NULL,
    replaces     INTEGER REFERENCES entry (id),
    tags         TEXT NOT NULL,
    rating       INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN -1 AND 1),
    salt         BLOB,
    digest       BLOB NOT NULL,
    chain        BLOB NOT NULL,
    forgotten_at TEXT,
    CHECK ((text IS NULL) = (salt IS NULL) AND (text IS NULL) = (forgotten_at IS NOT NULL))
) STRICT;

CREATE INDEX entry_by_session ON entry (session) WHERE session IS NOT NULL;
CREATE INDEX entry_by_kind ON entry (kind, id);
CREATE INDEX entry_by_replaced ON entry (replaces) WHERE replaces IS NOT NULL;

-- Where the chain ends, so that a ledger with its end cut off is noticed.
CREATE TABLE ledger_head (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    entries  INTEGER NOT NULL,
    chain    BLOB NOT NULL
) STRICT;

INSERT INTO ledger_head VALUES (1, 0, x'');

-- One row for each forgetting: numbers and counts as JSON, never text. `outcome` is "" until the files were
-- cleaned and searched as well.
CREATE TABLE receipt (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at TEXT NOT NULL,
    content TEXT NOT NULL,
    outcome TEXT NOT NULL,
    chain   BLOB NOT NULL
) STRICT;

-- Which entries an adapter was trained on, and which adapters were trained on something since forgotten.
CREATE TABLE adapter_entry (
    adapter TEXT NOT NULL COLLATE NOCASE REFERENCES adapter_version (name),
    entry   INTEGER NOT NULL REFERENCES entry (id),
    PRIMARY KEY (adapter, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX adapter_by_entry ON adapter_entry (entry);

CREATE TABLE adapter_flag (
    adapter TEXT NOT NULL COLLATE NOCASE REFERENCES adapter_version (name),
    receipt INTEGER NOT NULL REFERENCES receipt (id),
    PRIMARY KEY (adapter, receipt)
) STRICT, WITHOUT ROWID;
"""

INDEX = """
-- What can be found: pieces of entries, as characters [start, stop) of what index.py calls an entry's body.
-- Pieces that say the same form a group; only its leader, the oldest, stands in chunk_text and chunk_vector.
CREATE TABLE chunk (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    entry  INTEGER NOT NULL REFERENCES entry (id),
    start  INTEGER NOT NULL,
    stop   INTEGER NOT NULL,
    same   INTEGER NOT NULL,
    leader INTEGER NOT NULL,
    said   INTEGER NOT NULL CHECK (said IN (0, 1))
) STRICT;

CREATE INDEX chunk_by_entry ON chunk (entry);
CREATE INDEX chunk_by_same ON chunk (same);
CREATE INDEX chunk_by_leader ON chunk (leader);

-- MinHash bands of long pieces.
CREATE TABLE chunk_band (
    chunk INTEGER NOT NULL,
    band  INTEGER NOT NULL,
    PRIMARY KEY (chunk, band)
) STRICT, WITHOUT ROWID;

CREATE INDEX chunk_by_band ON chunk_band (band);

-- Terms, made by words.py: what may become a note in one column, the rest in the other. The engine's own
-- tokenizer only parts them at spaces. What is deleted leaves its pages at once.
CREATE VIRTUAL TABLE chunk_text USING fts5 (said, other, tokenize = 'ascii');
INSERT INTO chunk_text (chunk_text, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE chunk_term USING fts5vocab (chunk_text, row);

CREATE TABLE chunk_vector (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk  INTEGER NOT NULL UNIQUE,
    vector BLOB NOT NULL
) STRICT;

-- Leaders that wait for a vector.
CREATE TABLE chunk_pending (
    chunk INTEGER PRIMARY KEY
) STRICT;

-- How far the ledger is indexed, by which embedder, and a number that grows when a vector goes.
CREATE TABLE index_state (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    through    INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    embedder   TEXT NOT NULL
) STRICT;

INSERT INTO index_state VALUES (1, 0, 0, '');

CREATE INDEX entry_forgotten ON entry (id) WHERE forgotten_at IS NOT NULL;
"""

IMPORTS = """
-- What came from other programs' exports, so that it comes once: a digest of the export's own names for it,
-- and the entry it became (of a conversation, the latest of its entries). The row stays when that is
-- forgotten, so that it stays forgotten.
CREATE TABLE imported (
    key   BLOB PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entry (id)
) STRICT, WITHOUT ROWID;
"""

PRIVACY = """
-- Marks that keep an entry out of index and training, with spaces between; as tags, not under the digest.
ALTER TABLE entry ADD COLUMN flags TEXT NOT NULL DEFAULT '';

-- What the guard did: types and counts, when and where, and never a word of the text. `place` is what it was
-- on its way to (entry, import:NAME, train:RUN, ...); `entry` its number where it has one.
CREATE TABLE redaction (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    made_at TEXT NOT NULL,
    place   TEXT NOT NULL,
    entry   INTEGER REFERENCES entry (id),
    type    TEXT NOT NULL,
    action  TEXT NOT NULL CHECK (action IN ('masked', 'kept', 'dropped', 'flagged', 'allowed')),
    count   INTEGER NOT NULL CHECK (count > 0)
) STRICT;

CREATE INDEX redaction_entry ON redaction (entry);
"""

ROUTES = """
-- Where each entry goes, as decided last; made anew from the ledger. `reason` holds no word of the entry.
CREATE TABLE route (
    entry  INTEGER PRIMARY KEY REFERENCES entry (id),
    route  TEXT NOT NULL CHECK (route IN ('lora', 'retrieval', 'both', 'none')),
    score  REAL NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- What the user said about that; it stays until the entry is forgotten.
CREATE TABLE route_correction (
    entry INTEGER PRIMARY KEY REFERENCES entry (id),
    route TEXT NOT NULL CHECK (route IN ('lora', 'retrieval', 'both', 'none'))
) STRICT;
"""

WITHHELD = """
-- What the guard kept out of an import, by digests as in imported.key, so that its audit counts it once.
CREATE TABLE import_withheld (
    key BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
"""

FACT_OPTIONS = """
-- How a fact is looked up, as JSON, "" for the usual way (fact_options.py); under the digest unless "".
ALTER TABLE entry ADD COLUMN options TEXT NOT NULL DEFAULT '';

-- A number that grows with every change of a fact, so that a conversation sees at the price of one row that
-- what it looks up is stale.
CREATE TABLE fact_state (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    generation INTEGER NOT NULL
) STRICT;

INSERT INTO fact_state VALUES (1, 0);

CREATE TRIGGER fact_told AFTER INSERT ON entry WHEN NEW.kind = 'fact' BEGIN
    UPDATE fact_state SET generation = generation + 1;
END;

CREATE TRIGGER fact_changed AFTER UPDATE ON entry WHEN OLD.kind = 'fact' OR NEW.kind = 'fact' BEGIN
    UPDATE fact_state SET generation = generation + 1;
END;

CREATE TRIGGER fact_gone AFTER DELETE ON entry WHEN OLD.kind = 'fact' BEGIN
    UPDATE fact_state SET generation = generation + 1;
END;
"""

ALIASES_FOUND = """
-- From here on the other names of a fact's key are indexed too (BODY in duplicates.py). Where there are any,
-- the index begins anew: one that goes through no entry is empty.
UPDATE index_state SET through = 0, generation = generation + 1
WHERE EXISTS (SELECT 1 FROM entry WHERE options LIKE '%"aliases":["%');

DELETE FROM chunk WHERE (SELECT through FROM index_state) = 0;
DELETE FROM chunk_band WHERE (SELECT through FROM index_state) = 0;
DELETE FROM chunk_text WHERE (SELECT through FROM index_state) = 0;
DELETE FROM chunk_pending WHERE (SELECT through FROM index_state) = 0;
DELETE FROM chunk_vector WHERE (SELECT through FROM index_state) = 0;
"""

MIGRATIONS: tuple[str, ...] = (
    ADAPTER_VERSIONS, LEDGER, INDEX, IMPORTS, PRIVACY, VERSIONS, ROUTES, WITHHELD, FACT_OPTIONS, BY_DAY,
    ALIASES_FOUND
)  # fmt: skip
"""Append only. Entry n takes a database from user_version n to n + 1."""
