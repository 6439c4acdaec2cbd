"""Conversations in the older layout of an `llm` log: a row of `responses` for each question and its answer.

Not here: the later layout (llm_threads.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from engram.chat.importers.content import Part, add_message, call
from engram.chat.importers.conversation import MEDIA, SYSTEM, Conversation, Turns, name, text
from engram.chat.importers.llm_database import Log, Row
from engram.chat.importers.times import instant

_COLUMNS = ("prompt", "response", "system", "reasoning", "model", "datetime_utc", "id")


def present(log: Log) -> bool:
    return log.has("responses", "id", "prompt", "response")


def conversations(log: Log) -> Iterator[tuple[str, list[int]]]:
    """The names of conversations, each with the row numbers of its responses in order."""
    own = "conversation_id" if log.has("responses", "conversation_id") else "NULL"
    when = log.value("responses", "datetime_utc")  # names sort by time too, but only those of later versions
    rows = log.rows(f"SELECT coalesce({own}, id) c, rowid FROM responses ORDER BY c, {when}, id")
    for id, group in groupby(rows, key=lambda row: name(row[0])):
        yield id, [row[1] for row in group]


def read(log: Log, id: str, rows: list[int]) -> Conversation:
    """One conversation."""
    turns = Turns()
    asked = ", ".join(log.value("responses", column) for column in _COLUMNS)
    for number in rows:
        for row in log.rows(f"SELECT {asked} FROM responses WHERE rowid = ?", number):
            _add(log, turns, row)
    started = turns.found[0].said_at if turns.found else None
    return turns.conversation(id, _title(log, id), started)


def _add(log: Log, turns: Turns, row: Row) -> None:
    prompt, response, system, reasoning, model, when, id = row
    said_at, id = instant(when), name(id)
    turns.leave(SYSTEM, 1 if system else 0)
    results = [Part("tool", text(output)) for output in _tools(log, id, "tool_results", "output")]
    pictures = _count(log, "prompt_attachments", id) + _count(log, "prompt_fragments", id)
    given = [*results, Part("said", text(prompt)), *[Part("left", MEDIA)] * pictures]
    add_message(turns, f"{id} prompt", "user", given, said_at)
    calls = [call(*row) for row in _tool_rows(log, id, "tool_calls", "name", "arguments")]
    parts = [Part("thought", text(reasoning)), *calls, Part("said", text(response))]
    add_message(turns, id, "assistant", parts, said_at, text(model))


def _title(log: Log, id: str) -> str:
    if not log.has("conversations", "id", "name"):
        return ""
    return next((text(row[0]) for row in log.rows("SELECT name FROM conversations WHERE id = ?", id)), "")


def _tools(log: Log, id: str, table: str, column: str) -> list[Any]:
    return [row[0] for row in _tool_rows(log, id, table, column)]


def _tool_rows(log: Log, id: str, table: str, *columns: str) -> list[Row]:
    if not log.has(table, "response_id", *columns):
        return []
    asked = ", ".join(log.value(table, column) for column in columns)
    return list(log.rows(f"SELECT {asked} FROM {table} WHERE response_id = ? ORDER BY rowid", id))


def _count(log: Log, table: str, id: str) -> int:
    if not log.has(table, "response_id"):
        return 0
    return int(next(log.rows(f"SELECT count(*) FROM {table} WHERE response_id = ?", id))[0])
