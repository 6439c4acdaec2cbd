"""Conversations in the later layout of an `llm` log: threads whose messages are linked to their parents.

A thread's tip is the end of the branch that was kept. A message's words are in its parts, as text or as
pieces that refer to fragments (files given along, which are left out). Not here: the older layout
(llm_responses.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engram.chat.importers.content import Part, add_message, as_text, call
from engram.chat.importers.conversation import (
    ATTACHED,
    MEDIA,
    REPEATED,
    SPEAKERS,
    SYSTEM,
    UNKNOWN,
    Conversation,
    Turns,
    mapping,
    name,
    objects,
    sequence,
    text,
)
from engram.chat.importers.llm_database import Log, Row
from engram.chat.importers.times import instant

_DEEPEST = 100
"""Levels of a payload; JSON that is deeper is left out unread."""


def present(log: Log) -> bool:
    return (
        log.has("threads", "id", "tip_message_hash")
        and log.has("messages", "hash", "parent_hash", "role")
        and log.has("parts", "id", "message_hash", "position", "type", "text", "payload")
    )


def threads(log: Log) -> Iterator[tuple[str, Row]]:
    """The names of threads, each with title, tip, and the thread it was forked from."""
    columns = ", ".join(
        log.value("threads", column) for column in ("name", "tip_message_hash", "forked_from")
    )
    for row in list(log.rows(f"SELECT id, {columns} FROM threads ORDER BY id")):
        yield name(row[0]), row[1:]


def read(log: Log, id: str, thread: Row) -> Conversation:
    """One thread. Of one that goes on with a conversation of the older layout, only what it adds."""
    title, tip, fork = thread
    known = _turns(log, id)
    tip = text(tip) or (known[-1][1] if known else "")
    chain = _chain(log, tip)
    elsewhere = set(_chain(log, _tip_of(log, text(fork))) if fork else ())
    if known and _older(log, id) and known[0][0] in chain:
        elsewhere |= set(chain[: chain.index(known[0][0])])
    turns = Turns()
    times = _times(chain, known)
    for hash in chain:
        if hash in elsewhere:
            turns.leave(REPEATED)
        else:
            _add(log, turns, hash, *times[hash])
    return turns.conversation(id, text(title), turns.found[0].said_at if turns.found else None)


def _turns(log: Log, id: str) -> list[tuple[str, str, datetime | None, str]]:
    """What was asked and answered, in order: hashes of question and answer, when, and by which model."""
    if not log.has("turns", "id", "thread_id", "parent_message_hash", "tip_message_hash"):
        return []
    more = ", ".join(log.value("turns", column) for column in ("datetime_utc", "model"))
    sql = (
        f"SELECT parent_message_hash, tip_message_hash, {more} FROM turns WHERE thread_id = ? ORDER BY 3, id"
    )
    return [(text(row[0]), text(row[1]), instant(row[2]), text(row[3])) for row in log.rows(sql, id)]


def _times(
    chain: list[str], known: list[tuple[str, str, datetime | None, str]]
) -> dict[str, tuple[datetime | None, str]]:
    """When each message was said and by which model: those of the turn that it led to, or that made it."""
    ends = {end: (when, model) for start, answer, when, model in known for end in (start, answer)}
    found: dict[str, tuple[datetime | None, str]] = {}
    latest: tuple[datetime | None, str] = (None, "")
    for hash in reversed(chain):
        latest = ends.get(hash, latest)
        found[hash] = latest
    return found


def _chain(log: Log, tip: str) -> list[str]:
    """The hashes from the first message to `tip`; each once, also in a circle."""
    found: dict[str, None] = {}
    at = tip
    while at and at not in found:
        rows = list(log.rows("SELECT parent_hash FROM messages WHERE hash = ?", at))
        if not rows:
            break
        found[at] = None
        at = text(rows[0][0])
    return list(found)[::-1]


def _tip_of(log: Log, id: str) -> str:
    rows = log.rows("SELECT tip_message_hash FROM threads WHERE id = ?", id)
    return next((text(row[0]) for row in rows), "")


def _older(log: Log, id: str) -> bool:
    """Whether a conversation of this name stands in the older tables too."""
    if not log.has("responses", "conversation_id"):
        return False
    return any(True for _ in log.rows("SELECT 1 FROM responses WHERE conversation_id = ? LIMIT 1", id))


def _add(log: Log, turns: Turns, hash: str, said_at: datetime | None, model: str) -> None:
    role = next((text(row[0]) for row in log.rows("SELECT role FROM messages WHERE hash = ?", hash)), "")
    if role not in SPEAKERS:
        turns.leave(SYSTEM if role == "system" else UNKNOWN)
        return
    columns = ", ".join(log.value("parts", column) for column in ("type", "text", "payload"))
    sql = f"SELECT {columns} FROM parts WHERE message_hash = ? ORDER BY position"
    parts = [part for row in log.rows(sql, hash) for part in _part(*row)]
    add_message(turns, hash, SPEAKERS[role], parts, said_at, model if role == "assistant" else "")


def _part(type: Any, words: Any, payload: Any) -> Iterator[Part]:
    more = _payload(payload)
    pieces = objects(sequence(more.get("text_ref")))
    said = text(words) or "".join(text(piece.get("literal")) for piece in pieces).strip()
    if type == "text":
        yield Part("said", said)
        yield from [Part("left", ATTACHED)] * sum("fragment" in piece for piece in pieces)
    elif type == "reasoning":
        yield Part("thought", said)
    elif type == "tool_call":
        yield call(more.get("name"), more.get("arguments"))
    elif type == "tool_result":
        yield Part("tool", as_text(more.get("output")) or said)
    else:
        yield Part("left", MEDIA)


def _payload(value: Any) -> dict[str, Any]:
    written = text(value)
    if written.count("{") + written.count("[") > _DEEPEST * 100:
        return {}
    try:
        return dict(mapping(json.loads(written or "{}")))
    except (ValueError, RecursionError):
        return {}
