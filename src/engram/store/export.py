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

    Entries come in the order of their numbers; those that `superseded` names are left out.
    """
    kept = [entry for entry in entries if entry.id not in superseded]
    turns = [entry for entry in kept if entry.kind == "turn"]
    for _, group in groupby(sorted(turns, key=_conversation), key=_conversation):
        yield _row("conversation", list(group), [])
    for fact in (entry for entry in kept if entry.kind == "fact"):
        yield _row(
            "fact",
            [fact],
            [{"role": "user", "content": fact.key}, {"role": "assistant", "content": fact.text}],
        )


def _conversation(entry: Entry) -> tuple[int, int]:
    """Turns of one session together; one without a session is a conversation of its own."""
    return (entry.session, 0) if entry.session is not None else (0, entry.id)


def _row(category: str, entries: list[Entry], messages: list[dict[str, str]]) -> dict[str, Any]:
    session = entries[0].session
    return {
        "messages": messages or [{"role": entry.speaker, "content": entry.text} for entry in entries],
        "category": category,
        "source": f"session:{session}" if session is not None else entries[0].source,
        "entries": [_origin(entry) for entry in entries],
    }


def _origin(entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(entry, name) for name in ("id", "said_at", "speaker", "source")}
    extra = {
        "model": entry.model,
        "adapter": entry.adapter,
        "tags": " ".join(tag for tag in STORED_TAGS if tag in entry.tags),
        "rating": entry.rating,
    }
    return shown | {name: value for name, value in extra.items() if value}
