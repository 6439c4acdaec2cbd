"""Chat messages as most programs write them: {"role", "content"}, in lists of a record or one in each line.

Also what `engram memory export` writes: its `entries` say when each message was said, and its facts come back
as something that the user said. Not here: files (opening.py), names (unnamed.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from engram.chat.importers.content import Part, add_message, call, parts_of
from engram.chat.importers.conversation import (
    SYSTEM,
    UNKNOWN,
    Conversation,
    Refused,
    Turns,
    mapping,
    name,
    objects,
    sequence,
    text,
)
from engram.chat.importers.json_stream import Element
from engram.chat.importers.times import first_instant, instant
from engram.chat.importers.unnamed import Names
from engram.store.entries import Speaker

_SPEAKERS: dict[str, Speaker] = {
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "model", "ai"), "assistant"),
    **dict.fromkeys(("tool", "function"), "tool"),
}
_SYSTEM = ("system", "developer")
_TIMES = ("said_at", "timestamp", "created_at", "create_time", "time", "date", "datetime")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_TOGETHER = 500
"""Messages of a file that has one in each line which are written down together."""


def is_one(value: Mapping[str, Any]) -> bool:
    if _is_message(value):
        return True
    if isinstance(value.get("history"), dict):
        return False  # a chat of Open WebUI, which lists its messages a second time
    return any(isinstance(message.get("role"), str) for message in _messages(value)[:3])


def read_all(elements: Iterable[Element | Refused]) -> Iterator[Conversation | Refused]:
    """The conversations of one file: its records, or all its messages as one, in pieces of the same name."""
    names = Names()
    rest = iter(elements)
    for element in rest:
        if isinstance(element, Element) and _is_message(element.value):
            yield from _one_conversation(chain([element], rest), names)
        else:
            yield _record(element, names)


def _record(element: Element | Refused, names: Names) -> Conversation | Refused:
    if isinstance(element, Refused):
        return element
    record = {"messages": element.value} if isinstance(element.value, list) else mapping(element.value)
    messages, entries = _messages(record), objects(sequence(record.get("entries")))
    if not messages:
        return Refused(element.where, "conversations without messages")
    if len(entries) == 1 and record.get("category") == "fact":
        return _fact(messages, entries[0])
    turns = Turns()
    for position, message in enumerate(messages):
        entry = entries[position] if len(entries) == len(messages) else {}
        _add(turns, name(entry.get("id")) or str(position), message, entry)
    started = first_instant(*(record.get(key) for key in _TIMES))
    given = name(record.get("id")) or name(record.get("conversation_id")) or _session(record, entries)
    return turns.conversation(names.name(given, turns.found), text(record.get("title")), started)


def _one_conversation(
    elements: Iterable[Element | Refused], names: Names
) -> Iterator[Conversation | Refused]:
    turns, id, at = Turns(), "", -1
    for element in elements:
        if isinstance(element, Refused):
            yield element
            continue
        if not _is_message(element.value):
            yield Refused(element.where, "lines that are no message")
            continue
        at += 1
        _add(turns, str(at), element.value, {})
        if at % _TOGETHER == _TOGETHER - 1:
            id = id or names.name("", turns.found)
            yield turns.conversation(id, "", None)
            turns = Turns()
    yield turns.conversation(id or names.name("", turns.found), "", None)


def _fact(messages: Sequence[Mapping[str, Any]], entry: Mapping[str, Any]) -> Conversation:
    """A fact of an exported memory, said in one sentence; a search knows it by key and value."""
    turns = Turns()
    said = " is ".join(text(message.get("content")) for message in messages)
    _add(turns, "fact", {"role": "user", "content": said}, entry)
    id = f"fact {name(entry.get('id'))} {text(entry.get('said_at')):.40}"
    return turns.conversation(id, "", instant(entry.get("said_at")))


def _session(record: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> str:
    """The name of an exported session: its number, and its first moment, since other homes count too."""
    return f"{text(record.get('source'))} {text(entries[0].get('said_at')):.40}" if entries else ""


def _add(turns: Turns, id: str, message: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
    role = text(message.get("role")).lower()
    if role not in _SPEAKERS:
        turns.leave(SYSTEM if role in _SYSTEM else UNKNOWN)
        return
    speaker = _SPEAKERS[role]
    thoughts = next((message[key] for key in _THOUGHTS if message.get(key)), None)
    parts = [Part("thought", part.text) for part in parts_of(thoughts) if part.kind != "left"]
    for asked in objects(sequence(message.get("tool_calls"))):
        function = mapping(asked.get("function")) or asked
        parts.append(call(function.get("name"), function.get("arguments")))
    said = parts_of(message.get("content"))
    model = text(message.get("model")) or text(entry.get("model"))
    said_at = first_instant(entry.get("said_at"), *(message.get(key) for key in _TIMES))
    add_message(turns, id, speaker, [*parts, *said], said_at, model if speaker == "assistant" else "")


def _messages(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return objects(sequence(value.get("messages")))


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("role"), str) and "content" in value
