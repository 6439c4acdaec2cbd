"""Exports in small, as values and files: what the other tests here change to see what happens.

Not here: the exam of whole formats (tests/support/exam), which others wrote.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from engram.chat.importers.conversation import Conversation, ImportedTurn, Refused
from engram.chat.importers.detect import detect

NOON = 1_715_000_000
"""2024-05-06T12:53:20Z, in seconds."""
Turn = tuple[str, str]


def node(
    id: str, parent: str | None, role: str, said: str = "", at: float | None = None, **more: Any
) -> dict[str, Any]:
    """A node of ChatGPT's tree; `more` goes into the message."""
    message = {
        "id": id,
        "author": {"role": role},
        "create_time": at,
        "content": {"content_type": "text", "parts": [said]},
        "recipient": "all",
        "metadata": {},
    }
    return {"id": id, "parent": parent, "children": [], "message": message | more}


def chatgpt(*nodes: dict[str, Any], tip: str | None = None, **more: Any) -> dict[str, Any]:
    """A conversation of ChatGPT's export. Without nodes, a question and its answer."""
    nodes = nodes or (
        node("u", "root", "user", "my dog is called Rufo", NOON),
        node("a", "u", "assistant", "A fine name!", NOON + 2.5),
    )
    mapping = {"root": {"id": "root", "parent": None, "message": None}} | {n["id"]: n for n in nodes}
    return {
        "title": "Dogs",
        "create_time": NOON,
        "mapping": mapping,
        "current_node": tip or nodes[-1]["id"],
        "conversation_id": "c1",
    } | more


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A conversation of Claude's export."""
    return {
        "uuid": "c1",
        "name": "Dogs",
        "created_at": "2024-05-06T12:53:20.000000Z",
        "chat_messages": list(messages),
    } | more


def claude_message(uuid: str, sender: str, said: str, minute: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "sender": sender,
        "text": said,
        "content": [{"type": "text", "text": said}] if said else [],
        "created_at": f"2024-05-06T13:{minute:02}:00.5Z",
        "attachments": [],
        "files": [],
    } | more


def webui(messages: Mapping[str, Mapping[str, Any]], current: str | None, **more: Any) -> dict[str, Any]:
    """A chat of Open WebUI's export, as the row of its database."""
    history = {"messages": dict(messages), "currentId": current}
    flat = [dict(message) for message in messages.values()]
    chat = {"title": "Dogs", "history": history, "messages": flat, "timestamp": NOON * 1000}
    return {"id": "c1", "title": "Dogs", "chat": chat, "created_at": NOON} | more


def webui_message(id: str, parent: str | None, role: str, said: Any, at: float = NOON) -> dict[str, Any]:
    return {"id": id, "parentId": parent, "role": role, "content": said, "timestamp": at}


def write_json(file: Path, value: Any) -> Path:
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def write_lines(file: Path, *values: Any) -> Path:
    file.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return file


def write_zip(file: Path, members: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def write_database(file: Path, sql: str, rows: Mapping[str, Sequence[Sequence[Any]]] | None = None) -> Path:
    """A database of these tables with these rows."""
    connection = apsw.Connection(str(file))
    connection.execute(sql)
    for table, values in (rows or {}).items():
        for row in values:
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    connection.close()
    return file


def conversations(file: Path, source: str | None = None) -> list[Conversation]:
    """All that a file holds; nothing may be refused or end badly."""
    found = everything(file, source)
    assert not [one for one in found if isinstance(one, Refused | str)]
    return [one for one in found if isinstance(one, Conversation)]


def everything(file: Path, source: str | None = None) -> list[Conversation | Refused | str]:
    """Conversations, what was refused, and problems as sentences."""
    problems: list[str] = []
    found: list[Conversation | Refused | str] = []
    for export in detect(file, source):
        found += export.read(lambda size: None, problems.append)
    return [*found, *problems]


def said(conversation: Conversation) -> list[Turn]:
    """Who said what; thoughts are said by `thought`."""
    return [(who(turn), turn.text) for turn in conversation.turns]


def who(turn: ImportedTurn) -> str:
    return "thought" if turn.thinking else turn.speaker
