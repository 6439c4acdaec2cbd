"""Exports of Claude: an archive with `conversations.json`, each with a flat list of `chat_messages`.

Sources: the files as several open importers describe them; Anthropic documents no format. Agreed: `uuid`,
`name`, ISO 8601 times with "Z" or an offset, `chat_messages` of `sender` (human, assistant), `text`,
`content` blocks (text, thinking, tool_use, tool_result), `attachments` with `extracted_content`, `files`.
`text` may be empty or hold a remark that a block cannot be shown; the blocks are right. In doubt:
`parent_message_uuid`, which newer exports carry; where it is, the kept branch is taken to be the one that
ends in the last message.

Not here: broken files (export_nasty.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.exam.exported import Export, Turn, scripts, zipped

Json = dict[str, Any]
THOUGHT, CALL, RESULT = "a thought (apart)", "search the (apart) web", "found (apart) three pages"
PASTED = "pasted file (apart) content"
UNSHOWN = "This block is not supported (absent)."
OTHER = "first try (absent)"
ROOT = "00000000-0000-4000-8000-000000000000"


def moment(when: int | None, offset: bool = False) -> str:
    """As these files write it: microseconds, and "Z" or "+00:00"."""
    text = datetime.fromtimestamp(when or 0, UTC).strftime("%Y-%m-%dT%H:%M:%S.123456")
    return text + ("+00:00" if offset else "Z")


def spoken(name: str, turn: Turn, blocks: list[Json] | None = None, words: str | None = None) -> Json:
    """One of the `chat_messages`; its text block comes last."""
    block = {
        "type": "text",
        "text": turn.text,
        "citations": [],
        "start_timestamp": moment(turn.when),
        "stop_timestamp": moment(turn.when),
    }
    return {
        "uuid": name,
        "text": turn.text if words is None else words,
        "content": [*(blocks or []), block],
        "sender": "human" if turn.role == "user" else "assistant",
        "created_at": moment(turn.when),
        "updated_at": moment(turn.when, offset=True),
        "attachments": [],
        "files": [],
    }


def conversation(name: str, title: str, messages: list[Json]) -> Json:
    times = [message["created_at"] for message in messages] or [moment(0)]
    return {
        "uuid": name,
        "name": title,
        "summary": "",
        "created_at": times[0],
        "updated_at": times[-1],
        "account": {"uuid": ROOT},
        "chat_messages": messages,
    }


def worked(name: str, turn: Turn) -> Json:
    """An answer after thinking and searching; its `text` only says that it cannot be shown."""
    blocks: list[Json] = [
        {"type": "thinking", "thinking": THOUGHT, "summaries": [{"summary": THOUGHT}], "cut_off": False},
        {"type": "tool_use", "name": "web_search", "input": {"query": CALL}},
        {
            "type": "tool_result",
            "name": "web_search",
            "content": [{"type": "text", "text": RESULT}],
            "is_error": False,
        },
    ]
    return spoken(name, turn, blocks, words=f"```\n{UNSHOWN}\n```")


def written(folder: Path, rows: list[Json]) -> Path:
    return zipped(
        folder / "data-2026-11-03.zip",
        {
            "users.json": json.dumps(
                [{"uuid": ROOT, "full_name": "", "email_address": "nobody@example.com"}]
            ),
            "projects.json": "[]",
            "conversations.json": json.dumps(rows, ensure_ascii=False),
        },
    )


def claude_zip(folder: Path, seed: int = 10) -> Export:
    """Plain and worked answers, an attachment, empty `text`, an aborted message, an empty conversation."""
    kept = scripts(seed, 3)
    rows = []
    for place, turns in enumerate(kept):
        messages = [spoken(f"{place}-{at}", turn) for at, turn in enumerate(turns)]
        messages[1] = worked(f"{place}-1", turns[1])
        messages[2]["attachments"] = [
            {"file_name": "a.txt", "file_size": 9, "file_type": "txt", "extracted_content": PASTED}
        ]
        messages[3]["text"] = ""
        messages.append(
            {**spoken(f"{place}-x", Turn("assistant", "", turns[-1].when)), "content": [], "text": ""}
        )
        rows.append(conversation(f"cl{seed}{place}", ("", "Bread", "日本語")[place], messages))
    rows.append(conversation(f"cl{seed}e", "empty", []))
    return Export(
        written(folder, rows), "claude", tuple(map(tuple, kept)), (THOUGHT, CALL, RESULT, PASTED), (UNSHOWN,)
    )


def claude_json(folder: Path, seed: int = 11) -> Export:
    """Older messages: `text` only, no blocks at all; the JSON taken out of its archive."""
    kept = scripts(seed, 2)
    rows = []
    for place, turns in enumerate(kept):
        messages = [spoken(f"{place}-{at}", turn) for at, turn in enumerate(turns)]
        for old in messages:
            del old["content"]
        rows.append(conversation(f"co{seed}{place}", "old", messages))
    path = folder / "conversations.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return Export(path, "claude", tuple(map(tuple, kept)))


def claude_branches(folder: Path, seed: int = 12) -> Export:
    """With parents: the second question was written anew, and its first form lies in the list too."""
    (kept,) = scripts(seed, 1)
    messages = [spoken(f"b-{at}", turn) for at, turn in enumerate(kept)]
    parents = [ROOT, *(message["uuid"] for message in messages[:-1])]
    for message, parent in zip(messages, parents, strict=True):
        message["parent_message_uuid"] = parent
    first = spoken("b-old", Turn("user", f"{OTHER} question", kept[2].when))
    reply = spoken("b-old-reply", Turn("assistant", f"{OTHER} answer", kept[2].when))
    first["parent_message_uuid"], reply["parent_message_uuid"] = messages[1]["uuid"], "b-old"
    rows = [conversation(f"cb{seed}", "rewritten", [*messages[:2], first, reply, *messages[2:]])]
    return Export(written(folder, rows), "claude", (tuple(kept),), absent=(OTHER,))


CLAUDE: dict[str, Callable[[Path], Export]] = {
    "claude-zip": claude_zip,
    "claude-json": claude_json,
    "claude-branches": claude_branches,
}
