"""Open WebUI's export of chats: a list of chats, each a tree of messages under `chat.history`.

`history.messages` is keyed by id, with `parentId`; `history.currentId` is the leaf that was last shown. Times
are seconds in one place and milliseconds in another; times.py tells them apart. Thinking and tools stand in
the answer as <details type="reasoning"> and the like. Not here: files (opening.py).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engram.chat.importers.branches import branch, latest_leaf
from engram.chat.importers.content import Part, add_message, parts_of
from engram.chat.importers.conversation import (
    MEDIA,
    OTHER_BRANCH,
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
from engram.chat.importers.times import first_instant, instant
from engram.errors import ArtifactError

_TYPE = re.compile(r'<details\b[^>]{0,2000}?\btype="(\w+)"')
_TAG = re.compile(r"<[^<>]{0,20000}>")
_OPEN, _CLOSE = "<details", "</details>"
_TOOLS = ("tool_calls", "code_interpreter")


def is_one(value: Mapping[str, Any]) -> bool:
    history = mapping(_chat(value).get("history"))
    return isinstance(history.get("messages"), dict)


def read(value: Mapping[str, Any]) -> Conversation:
    """One chat. Raises ArtifactError with a reason for counting."""
    chat = _chat(value)
    history = mapping(chat.get("history"))
    messages = {id: mapping(message) for id, message in mapping(history.get("messages")).items()}
    if not messages:
        raise ArtifactError("conversations without messages")
    parents = {id: name(message.get("parentId")) for id, message in messages.items()}
    current = name(history.get("currentId"))
    if current not in messages:
        found = {id: instant(message.get("timestamp")) for id, message in messages.items()}
        current = latest_leaf(parents, {id: time for id, time in found.items() if time})
    shown = branch(parents, current)
    turns = Turns()
    for id in shown:
        _add(turns, id, messages[id])
    turns.leave(OTHER_BRANCH, len(messages) - len(shown))
    started = first_instant(value.get("created_at"), chat.get("timestamp"))
    id = name(value.get("id")) or name(chat.get("id")) or shown[0]
    return turns.conversation(id, text(value.get("title")) or text(chat.get("title")), started)


def _chat(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chat itself: exports of all chats wrap it in a row of the database, others do not."""
    return mapping(value.get("chat")) or value


def _add(turns: Turns, id: str, message: Mapping[str, Any]) -> None:
    role = text(message.get("role"))
    if role not in SPEAKERS:
        turns.leave(SYSTEM if role == "system" else UNKNOWN)
        return
    parts = list(parts_of(message.get("content")))
    if role == "assistant":
        parts = [new for part in parts for new in (_details(part.text) if part.kind == "said" else [part])]
    parts += [Part("left", MEDIA)] * len(objects(sequence(message.get("files"))))
    model = text(message.get("model")) if role == "assistant" else ""
    add_message(turns, id, SPEAKERS[role], parts, instant(message.get("timestamp")), model)


def _details(said: str) -> Iterator[Part]:
    """An answer without the folded blocks for thinking and tools, and these. One that is never closed reaches
    to the end; other folded blocks are the answer's own."""
    at = kept = 0
    while (start := said.find(_OPEN, at)) >= 0:
        type = _TYPE.match(said, start)
        at = start + len(_OPEN)
        if type and type[1] in ("reasoning", *_TOOLS):
            close = said.find(_CLOSE, at)
            end = close if close >= 0 else len(said)
            yield Part("said", said[kept:start].strip())
            yield Part("tool" if type[1] in _TOOLS else "thought", _inside(said[start:end]))
            at = kept = end + (len(_CLOSE) if close >= 0 else 0)
    yield Part("said", said[kept:].strip() if kept else said)


def _inside(block: str) -> str:
    """A folded block without its tags, its summary and the marks of a quotation."""
    head = block[: block.find(">") + 1]
    body = block[len(head) :]
    summary = body.find("</summary>")
    body = body[summary + len("</summary>") :] if summary >= 0 else body
    lines = [line.removeprefix(">").removeprefix(" ") for line in body.strip().splitlines()]
    plain = html.unescape(_TAG.sub("", "\n".join(lines))).strip()
    return plain or html.unescape(head)
