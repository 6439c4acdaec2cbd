"""Claude's data export: a zip with conversations.json, a list of conversations of `chat_messages`.

A message has `uuid`, `sender` ("human" or "assistant"), `created_at` (ISO 8601), and its words twice: as
blocks in `content`, and flattened in `text`, where tools leave only a remark. Newer exports also have
`parent_message_uuid`, so that edited questions make branches. Not here: files (opening.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engram.chat.importers.branches import branch, latest_leaf
from engram.chat.importers.content import Part, add_message, parts_of
from engram.chat.importers.conversation import (
    ATTACHED,
    MEDIA,
    OTHER_BRANCH,
    UNKNOWN,
    Conversation,
    Turns,
    name,
    objects,
    sequence,
    text,
)
from engram.chat.importers.times import first_instant, instant
from engram.errors import ArtifactError
from engram.store.entries import Speaker

_SPEAKERS: dict[str, Speaker] = {"human": "user", "assistant": "assistant"}


def is_one(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("chat_messages"), list)


def read(value: Mapping[str, Any]) -> Conversation:
    """One element of conversations.json. Raises ArtifactError with a reason for counting."""
    messages = objects(sequence(value.get("chat_messages")))
    if not messages:
        raise ArtifactError("conversations without messages")
    named = {name(message.get("uuid")) or f"message {at}": message for at, message in enumerate(messages)}
    shown = _shown(value, named)
    turns = Turns()
    for id in shown:
        _add(turns, id, named[id])
    turns.leave(OTHER_BRANCH, len(named) - len(shown))
    created = first_instant(value.get("created_at"))
    id = name(value.get("uuid")) or f"claude {value.get('created_at')!s:.40} {shown[0]:.80}"
    return turns.conversation(id, text(value.get("name")), created)


def _shown(value: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """The messages in order; of a tree, the branch that the user kept or else went on with last."""
    parents = {id: name(message.get("parent_message_uuid")) for id, message in named.items()}
    if not any(parent in named for parent in parents.values()):
        return list(named)
    current = name(value.get("current_leaf_message_uuid"))
    if current not in named:
        found = {id: instant(message.get("created_at")) for id, message in named.items()}
        current = latest_leaf(parents, {id: time for id, time in found.items() if time})
    return branch(parents, current)


def _add(turns: Turns, id: str, message: Mapping[str, Any]) -> None:
    sender = text(message.get("sender"))
    if sender not in _SPEAKERS:
        turns.leave(UNKNOWN)
        return
    parts = list(parts_of(message.get("content")))
    if not any(part.kind == "said" and part.text.strip() for part in parts):
        aside = any(part.kind in ("thought", "tool") for part in parts)
        parts += [] if aside else [Part("said", text(message.get("text")))]
    attached = objects(sequence(message.get("attachments")))
    texts = sum(bool(text(file.get("extracted_content"))) for file in attached)
    others = len(attached) - texts + len(sequence(message.get("files")))
    if texts or others:
        parts += [Part("left", ATTACHED)] * texts + [Part("left", MEDIA)] * others
    add_message(turns, id, _SPEAKERS[sender], parts, instant(message.get("created_at")))
