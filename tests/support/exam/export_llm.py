"""`logs.db` of simonw/llm, with both of the layouts that its databases have.

Source: the migrations of llm 0.36, whose own tables were printed and laid beside these. Up to 0.35 a row of
`responses` is one question and its answer; since migration m023 (0.36) messages hang in chains by hash,
`parts` hold their content, `turns` the times, and a `thread` points at its last message. A database that was
upgraded has both, and the old rows stay where they were. Left out: the search tables and fragments' text.

Not here: broken files (export_nasty.py).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.support.exam.exported import Export, Turn, hex_id, scripts
from tests.support.exam.samples import draws

OLD = """
CREATE TABLE _llm_migrations (name TEXT PRIMARY KEY, applied_at TEXT);
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
CREATE TABLE prompt_attachments (
  response_id TEXT REFERENCES responses(id), attachment_id TEXT REFERENCES attachments(id), "order" INTEGER,
  PRIMARY KEY (response_id, attachment_id));
CREATE TABLE schemas (id TEXT PRIMARY KEY, content TEXT);
CREATE TABLE responses (
  id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT,
      response TEXT,
  response_json TEXT, conversation_id TEXT REFERENCES conversations(id), duration_ms INTEGER,
      datetime_utc TEXT,
  input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, schema_id TEXT REFERENCES schemas(id),
  resolved_model TEXT);
"""
NEW = """
ALTER TABLE responses ADD COLUMN reasoning TEXT;
CREATE TABLE messages (
  hash TEXT PRIMARY KEY, parent_hash TEXT REFERENCES messages(hash), role TEXT, provider_metadata TEXT);
CREATE TABLE parts (
  id INTEGER PRIMARY KEY, message_hash TEXT REFERENCES messages(hash), position INTEGER, type TEXT,
  tool_name TEXT, text TEXT, payload TEXT);
CREATE TABLE threads (
  id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT REFERENCES messages(hash), forked_from TEXT,
  datetime_utc TEXT);
CREATE TABLE turns (
  id TEXT PRIMARY KEY, thread_id TEXT REFERENCES threads(id), parent_message_hash TEXT, tip_message_hash TEXT,
  model TEXT, resolved_model TEXT, options_json TEXT, schema_id TEXT, input_tokens INTEGER,
  output_tokens INTEGER, token_details TEXT, duration_ms INTEGER, datetime_utc TEXT, response_json TEXT);
"""
SYSTEM = "be brief (absent)"
THOUGHT = "musing (apart)"
CALL = "lookup (apart) args"
RESULT = "lookup (apart) result"
PART = "message_hash, position, type, tool_name, text, payload"
TURN = "id, thread_id, parent_message_hash, tip_message_hash, model, duration_ms, datetime_utc, response_json"
LOST = "a message (absent) that no thread reaches"


def moment(when: int | None, offset: bool = True) -> str:
    """ISO 8601 with microseconds; the oldest rows have no offset and mean UTC."""
    text = datetime.fromtimestamp(when or 0, UTC).strftime("%Y-%m-%dT%H:%M:%S.250000")
    return text + ("+00:00" if offset else "")


def aligned(turns: Sequence[Turn]) -> list[Turn]:
    """One time for a question and its answer, since a row stores only one."""
    return [Turn(turn.role, turn.text, turns[place - place % 2].when) for place, turn in enumerate(turns)]


def add_old(base: sqlite3.Connection, name: str, turns: Sequence[Turn], offset: bool = True) -> None:
    """Rows of `responses`, in an order that is not that of their times."""
    base.execute("INSERT INTO conversations VALUES (?, ?, ?)", (name, turns[0].text[:100], "demo"))
    rng = draws(0, "llm", name)
    columns = "id, model, prompt, system, response, response_json, conversation_id, duration_ms, datetime_utc"
    pairs = list(zip(turns[::2], turns[1::2], strict=True))
    for question, answer in reversed(pairs):
        extra = json.dumps({"choices": [{"message": {"content": answer.text}}], "system": SYSTEM})
        row = (
            hex_id(rng),
            "demo",
            question.text,
            SYSTEM,
            answer.text,
            extra,
            name,
            900,
            moment(question.when, offset),
        )
        base.execute(f"INSERT INTO responses ({columns}) VALUES ({', '.join('?' * len(row))})", row)


def add_message(
    base: sqlite3.Connection, parent: str | None, role: str, parts: Sequence[tuple[str, str]], key: str
) -> str:
    """A message under its parent, each part (type, words) in a row; tool parts keep theirs in the payload."""
    base.execute("INSERT INTO messages VALUES (?, ?, ?, NULL)", (key, parent, role))
    for position, (kind, words) in enumerate(parts):
        plain = kind in ("text", "reasoning")
        name, field = (
            ("lookup", "arguments" if kind == "tool_call" else "output") if not plain else (None, "")
        )
        payload = None if plain else json.dumps({"name": name, field: words, "tool_call_id": "t1"})
        base.execute(
            f"INSERT INTO parts ({PART}) VALUES (?, ?, ?, ?, ?, ?)",
            (key, position, kind, name, words if plain else None, payload),
        )
    return key


def add_turn(base: sqlite3.Connection, thread: str, key: str, asked: str, tip: str, when: int | None) -> None:
    """One call of the model: after which message it was made, and what it ended with."""
    row = (key, thread, asked, tip, "demo", 900, moment(when), json.dumps({"x": SYSTEM}))
    base.execute(f"INSERT INTO turns ({TURN}) VALUES ({', '.join('?' * len(row))})", row)


def add_new(base: sqlite3.Connection, name: str, turns: Sequence[Turn]) -> None:
    """A thread: system, then question and answer in turn; the second answer thinks and uses a tool first."""
    rng = draws(0, "llm", name)
    thread = (name, turns[0].text[:100], moment(turns[0].when))
    base.execute("INSERT INTO threads VALUES (?, ?, NULL, NULL, ?)", thread)

    def said(role: str, parent: str | None, *parts: tuple[str, str]) -> str:
        return add_message(base, parent, role, parts, f"b2:{hex_id(rng)}")

    tip = said("system", None, ("text", SYSTEM))
    for place in range(0, len(turns), 2):
        question, answer = turns[place], turns[place + 1]
        asked = said("user", tip, ("text", question.text))
        if place == 2:
            call = said("assistant", asked, ("reasoning", THOUGHT), ("tool_call", CALL))
            add_turn(base, name, hex_id(rng), asked, call, question.when)
            asked = said("tool", call, ("tool_result", RESULT))
        tip = said("assistant", asked, ("text", answer.text))
        add_turn(base, name, hex_id(rng), asked, tip, question.when)
    base.execute("UPDATE threads SET tip_message_hash = ? WHERE id = ?", (tip, name))
    said("assistant", tip, ("text", LOST))


def llm_old(folder: Path, seed: int = 30) -> Export:
    """Up to version 0.35; the last conversation was logged before times had an offset."""
    kept = [aligned(turns) for turns in scripts(seed, 3)]
    path = folder / "logs.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(OLD)
        for place, turns in enumerate(kept):
            add_old(base, f"o{seed}{place}", turns, offset=place < 2)
    return Export(path, "llm", tuple(map(tuple, kept)), absent=(SYSTEM,))


def llm_new(folder: Path, seed: int = 31) -> Export:
    """Since version 0.36, never older."""
    kept = [aligned(turns) for turns in scripts(seed, 3)]
    path = folder / "logs.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(OLD + NEW)
        for place, turns in enumerate(kept):
            add_new(base, f"n{seed}{place}", turns)
    return Export(path, "llm", tuple(map(tuple, kept)), (THOUGHT, CALL, RESULT), (SYSTEM, LOST))


def llm_upgraded(folder: Path, seed: int = 32) -> Export:
    """Old rows and new ones in one database."""
    kept = [aligned(turns) for turns in scripts(seed, 4)]
    path = folder / "logs.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(OLD + NEW)
        for place, turns in enumerate(kept):
            (add_old if place < 2 else add_new)(base, f"u{seed}{place}", turns)
    return Export(path, "llm", tuple(map(tuple, kept)), (THOUGHT, CALL, RESULT), (SYSTEM, LOST))


LLM: dict[str, Callable[[Path], Export]] = {
    "llm-old": llm_old,
    "llm-new": llm_new,
    "llm-upgraded": llm_upgraded,
}
