"""ShareGPT: records of `conversations`, a list of {"from": "human" | "gpt" | ..., "value": text}.

Shared conversations in this shape have no times and often no names. Not here: files (opening.py), names
(unnamed.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engram.chat.importers.content import add_message, parts_of
from engram.chat.importers.conversation import (
    SYSTEM,
    UNKNOWN,
    Conversation,
    Refused,
    Turns,
    name,
    objects,
    sequence,
    text,
)
from engram.chat.importers.json_stream import Element
from engram.chat.importers.times import first_instant
from engram.chat.importers.unnamed import Names
from engram.store.entries import Speaker

_KEYS = ("conversations", "conversation", "items")
_SPEAKERS: dict[str, Speaker] = {
    **dict.fromkeys(("human", "user", "prompter"), "user"),
    **dict.fromkeys(("gpt", "chatgpt", "assistant", "model", "bing", "bard"), "assistant"),
    **dict.fromkeys(
        ("tool", "function", "observation", "function_call", "tool_call", "tool_response"), "tool"
    ),
}


def is_one(value: Mapping[str, Any]) -> bool:
    return any(message.keys() >= {"from", "value"} for message in _messages(value)[:3])


def read_all(elements: Iterable[Element | Refused]) -> Iterator[Conversation | Refused]:
    """The conversations of one file."""
    names = Names()
    for element in elements:
        if isinstance(element, Refused):
            yield element
        elif isinstance(element.value, dict) and _messages(element.value):
            yield read(element.value, names)
        else:
            yield Refused(element.where, "conversations without messages")


def read(value: Mapping[str, Any], names: Names) -> Conversation:
    """One record."""
    turns = Turns()
    for position, message in enumerate(_messages(value)):
        _add(turns, str(position), message)
    started = first_instant(value.get("created_at"), value.get("create_time"), value.get("date"))
    id = names.name(name(value.get("id")), turns.found)
    return turns.conversation(id, text(value.get("title")), started)


def _messages(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return next((found for key in _KEYS if (found := objects(sequence(value.get(key))))), [])


def _add(turns: Turns, id: str, message: Mapping[str, Any]) -> None:
    who = text(message.get("from")).lower()
    if who not in _SPEAKERS:
        turns.leave(SYSTEM if who == "system" else UNKNOWN)
        return
    said_at = first_instant(message.get("timestamp"), message.get("created_at"))
    add_message(turns, id, _SPEAKERS[who], list(parts_of(message.get("value"))), said_at)
