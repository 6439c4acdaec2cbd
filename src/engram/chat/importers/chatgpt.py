"""ChatGPT's data export: a zip with conversations.json, or numbered shards of it; each conversation a tree.

Shape, as in exports of 2023-2026: `mapping` of node id to {message, parent, children}, `current_node` the
leaf that was last shown; a message has `author.role`, `create_time` (seconds), `content` ({content_type,
parts} or {content_type, text}), `recipient` ("all", or the tool that it is for) and `metadata`. Not here:
files (opening.py), and what is done with the turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engram.chat.importers.branches import branch, latest_leaf
from engram.chat.importers.content import Part, add_message, as_text, parts_of
from engram.chat.importers.conversation import (
    HIDDEN,
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

_INSTRUCTIONS = ("user_editable_context", "model_editable_context")
_WORDS = ("text", "multimodal_text", "")


def is_one(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("mapping"), dict)


def read(value: Mapping[str, Any]) -> Conversation:
    """One element of conversations.json. Raises ArtifactError with a reason for counting."""
    nodes = {node: mapping(inner) for node, inner in mapping(value.get("mapping")).items()}
    if not nodes:
        raise ArtifactError("conversations without messages")
    parents = {node: name(inner.get("parent")) for node, inner in nodes.items()}
    messages = {node: mapping(inner.get("message")) for node, inner in nodes.items()}
    shown = branch(parents, _tip(value, parents, messages))
    turns = Turns()
    for node in shown:
        _add(turns, node, messages[node])
    turns.leave(OTHER_BRANCH, sum(bool(messages[node]) for node in nodes.keys() - set(shown)))
    id = name(value.get("conversation_id")) or name(value.get("id")) or shown[0]
    return turns.conversation(id, text(value.get("title")), first_instant(value.get("create_time")))


def _tip(
    value: Mapping[str, Any], parents: Mapping[str, str], messages: Mapping[str, Mapping[str, Any]]
) -> str:
    """`current_node`; where that is missing, the latest leaf."""
    current = name(value.get("current_node"))
    if current in parents:
        return current
    found = {node: instant(message.get("create_time")) for node, message in messages.items()}
    return latest_leaf(parents, {node: time for node, time in found.items() if time})


def _add(turns: Turns, node: str, message: Mapping[str, Any]) -> None:
    if not message:
        return  # the root has none
    role = text(mapping(message.get("author")).get("role"))
    content = mapping(message.get("content"))
    metadata = mapping(message.get("metadata"))
    if role == "system":
        turns.leave(SYSTEM)
    elif metadata.get("is_visually_hidden_from_conversation") or content.get("content_type") in _INSTRUCTIONS:
        turns.leave(HIDDEN)
    elif role not in SPEAKERS:
        turns.leave(UNKNOWN)
    else:
        parts = list(_parts(message, content, role))
        said_at, model = instant(message.get("create_time")), text(metadata.get("model_slug"))
        add_message(turns, node, SPEAKERS[role], parts, said_at, model if role == "assistant" else "")


def _parts(message: Mapping[str, Any], content: Mapping[str, Any], role: str) -> Iterator[Part]:
    type = text(content.get("content_type"))
    recipient = text(message.get("recipient")) or "all"
    said = list(_words(content))
    if type == "thoughts":
        for thought in objects(sequence(content.get("thoughts"))):
            yield Part("thought", text(thought.get("content")) or text(thought.get("summary")))
    elif type == "reasoning_recap":
        yield Part("thought", text(content.get("content")))
    elif role == "assistant" and recipient != "all":
        yield Part("tool", f"{recipient}: {_joined(said)}")
    else:
        yield from said


def _words(content: Mapping[str, Any]) -> Iterator[Part]:
    """The words of a content of any type, and pictures to be left out."""
    type = text(content.get("content_type"))
    if parts := sequence(content.get("parts")):
        for part in parts:
            yield from parts_of(part)
        return
    inner = next((content[key] for key in ("text", "result", "content") if content.get(key)), "")
    if inner or type in _WORDS:
        yield Part("said", as_text(inner))
    else:
        yield Part("left", MEDIA)


def _joined(parts: list[Part]) -> str:
    return "\n".join(part.text for part in parts if part.kind == "said")
