"""What one message says, parted: words, thinking, and what went to and from tools; pictures are left out.

Exports write content as a text, as a list of texts and typed blocks, or as a block; the names of the blocks
are those of OpenAI's and Anthropic's message APIs, which all programs here borrow. Not here: who said it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engram.chat.importers.conversation import (
    EMPTY,
    LONGEST_TEXT,
    MEDIA,
    TOO_LONG,
    ImportedTurn,
    Turns,
    mapping,
    text,
)
from engram.store.entries import Speaker

DEEPEST = 4
"""Lists within lists that are looked into; formats have two."""

_THINKING = {"thinking", "reasoning", "thoughts", "reasoning_content", "redacted_thinking"}
_CALLS = {"tool_use", "tool_call", "function_call", "server_tool_use", "function"}
_RESULTS = {"tool_result", "tool_response", "function_call_output", "web_search_tool_result"}
_TEXT_KEYS = ("text", "thinking", "reasoning", "content", "summary", "output", "value")
_WORDS = {"", "text", "input_text", "output_text", "audio_transcription", "summary_text", "reasoning_text"}
_TAGS = ("think", "thinking")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message. `text` of a `left` one is the reason."""

    kind: Literal["said", "thought", "tool", "left"]
    text: str


def parts_of(content: Any, depth: int = 0) -> Iterator[Part]:
    """The parts of a message's content, in order."""
    if isinstance(content, str):
        yield Part("said", content)
    elif isinstance(content, list) and depth < DEEPEST:
        for item in content:
            yield from parts_of(item, depth + 1)
    elif isinstance(content, dict):
        yield from _block(content, text(content.get("type") or content.get("content_type")), depth)


def split_thinking(said: str) -> Iterator[Part]:
    """An answer without its <think> blocks, and these. One that is never closed reaches to the end; one that
    was not opened, because the template did that, begins at the start."""
    for tag in _TAGS:
        opened, closed = f"<{tag}>", f"</{tag}>"
        if opened in said or closed in said:
            yield from _split(said, opened, closed)
            return
    yield Part("said", said)


def add_message(
    turns: Turns,
    id: str,
    speaker: Speaker,
    parts: list[Part],
    said_at: datetime | None,
    model: str = "",
) -> None:
    """Add a message: what was thought and what went to tools as turns of their own, before what was said."""
    for part in parts:
        if part.kind == "left":
            turns.leave(part.text)
    if speaker == "assistant":
        parts = [
            new for part in parts for new in (split_thinking(part.text) if part.kind == "said" else [part])
        ]
    asides = [part for part in parts if part.kind in ("thought", "tool") and part.text.strip()]
    said = "\n".join(part.text for part in parts if part.kind == "said" and part.text.strip())
    for number, part in enumerate(asides, 1):
        thinking = part.kind == "thought"
        who: Speaker = "assistant" if thinking else "tool"
        _add(turns, ImportedTurn(f"{id}#{number}", who, part.text.strip(), said_at, thinking, model))
    if said:
        _add(turns, ImportedTurn(id, speaker, said, said_at, False, model))
    elif not asides and not any(part.kind == "left" for part in parts):
        turns.leave(EMPTY)


def as_text(value: Any) -> str:
    """What a tool was given, or gave: a text as it is, anything else as JSON."""
    if isinstance(value, str) or value is None:
        return value or ""
    texts = [part.text for part in parts_of(value) if part.kind == "said"]
    if isinstance(value, list) and texts:
        return "\n".join(texts)
    return json.dumps(value, ensure_ascii=False)


def call(name: Any, arguments: Any) -> Part:
    """A call of a tool."""
    return Part("tool", f"{text(name) or 'tool'}: {as_text(arguments)}".strip())


def _block(block: dict[str, Any], type: str, depth: int) -> Iterator[Part]:
    inner = next((block[key] for key in _TEXT_KEYS if block.get(key)), "")
    if type in _THINKING:
        yield from (Part("thought", part.text) for part in parts_of(inner, depth + 1) if part.kind != "left")
    elif type in _CALLS:
        function = mapping(block.get("function")) or block
        given = next((function[key] for key in ("arguments", "input") if function.get(key)), "")
        yield call(function.get("name"), given)
    elif type in _RESULTS:
        yield Part("tool", as_text(block.get("content") or block.get("output") or ""))
    elif isinstance(inner, str) and isinstance(block.get("text"), str | None) and _is_words(type):
        yield Part("said", inner)
    else:
        yield Part("left", MEDIA)


def _is_words(type: str) -> bool:
    """Whether a block of this type holds words of whoever speaks."""
    return type in _WORDS


def _split(said: str, opened: str, closed: str) -> Iterator[Part]:
    at = 0
    first, start = said.find(closed), said.find(opened)
    if first >= 0 and (start < 0 or first < start):
        yield Part("thought", said[:first].strip())
        at = first + len(closed)
    while (start := said.find(opened, at)) >= 0:
        yield Part("said", said[at:start].strip())
        end = said.find(closed, start)
        yield Part("thought", said[start + len(opened) : end if end >= 0 else len(said)].strip())
        at = end + len(closed) if end >= 0 else len(said)
    yield Part("said", said[at:].strip())


def _add(turns: Turns, turn: ImportedTurn) -> None:
    if len(turn.text) > LONGEST_TEXT:
        turns.leave(TOO_LONG)
    else:
        turns.found.append(turn)
