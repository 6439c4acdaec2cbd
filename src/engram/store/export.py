"""Entries as rows in chat form, one for each conversation and each fact: what `engram train --data` reads.

Not here: writing them to a file. What was edited is there as it was edited; forgotten entries are not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from engram.store.entries import Entry
from engram.store.tags import STORED_TAGS


def rows(entries: Iterable[Entry], superseded: frozenset[int] = frozenset()) -> Iterator[dict[str, Any]]:
    """JSON values with `messages`, `category` and `source`; `entries` says of each message where it is from.

    What a model thought stands beside its answer, as `reasoning_content`; where that answer is gone, beside
    the messages, as `thoughts`. Entries come in the order of their numbers; those that `superseded` names are
    left out.
    """
    kept = [entry for entry in entries if entry.id not in superseded]
    said = [entry for entry in kept if entry.kind != "fact"]
    for _, group in groupby(sorted(said, key=_conversation), key=_conversation):
        yield _conversation_row(list(group))
    for fact in (entry for entry in kept if entry.kind == "fact"):
        messages = [{"role": "user", "content": fact.key}, {"role": "assistant", "content": fact.text}]
        yield _row("fact", messages, [fact]) | {"entries": [_origin(fact)]}


def _conversation(entry: Entry) -> tuple[int, int]:
    """Turns of one session together; one without a session is a conversation of its own."""
    return (entry.session, 0) if entry.session is not None else (0, entry.id)


def _conversation_row(said: list[Entry]) -> dict[str, Any]:
    """Turns as messages. A thought belongs to the next answer, unless the user speaks before that."""
    messages, origins, left, thoughts = [], [], [], list[Entry]()
    for entry in said:
        if entry.kind == "thought":
            thoughts.append(entry)
            continue
        message, origin = {"role": entry.speaker, "content": entry.text}, _origin(entry)
        if thoughts and entry.speaker == "assistant":
            message["reasoning_content"] = "\n\n".join(thought.text for thought in thoughts)
            origin["thoughts"] = [thought.id for thought in thoughts]
        elif entry.speaker == "user":
            left += thoughts
        if entry.speaker != "tool":  # between a thought and its answer a tool may have been asked
            thoughts = []
        messages.append(message)
        origins.append(origin)
    lost = [{"id": thought.id, "text": thought.text} for thought in (*left, *thoughts)]
    row = _row("conversation", messages, said) | {"entries": origins}
    return row | {"thoughts": lost} if lost else row


def _row(category: str, messages: list[dict[str, str]], entries: list[Entry]) -> dict[str, Any]:
    session = entries[0].session
    source = f"session:{session}" if session is not None else entries[0].source
    return {"messages": messages, "category": category, "source": source}


def _origin(entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(entry, name) for name in ("id", "said_at", "speaker", "source")}
    extra = {
        "model": entry.model,
        "adapter": entry.adapter,
        "tags": " ".join(tag for tag in STORED_TAGS if tag in entry.tags),
        "rating": entry.rating,
    }
    return shown | {name: value for name, value in extra.items() if value}
