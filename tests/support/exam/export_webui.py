"""Exports of Open WebUI: a JSON array of chats, each with a graph of messages and the end of the kept branch.

Sources: its Chat.svelte and chats router (open-webui/open-webui). Outside stand `id`, `title`, `created_at`
and `updated_at` in seconds; inside, `chat.history.messages` by id with `parentId` and `childrenIds`, and
`chat.history.currentId`. `chat.timestamp` is in milliseconds. In doubt: the messages' own `timestamp`;
examples show seconds, the house's notes say milliseconds. Both are built; the size of the number tells.
Reasoning stands in the answer's text as <details type="reasoning">, tool calls as <details
type="tool_calls">.

Not here: broken files (export_nasty.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.exam.exported import Export, Turn, scripts

Json = dict[str, Any]
THOUGHT = "weighing (apart) both ways"
RESULT = "the tool (apart) said 7"
OTHER = "regenerated (absent) answer"


def reasoned(text: str) -> str:
    """An answer of a reasoning model as it is stored."""
    return (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n'
        f"> {THOUGHT}\n</details>\n{text}"
    )


def called(text: str) -> str:
    """An answer after a tool was used."""
    call = f'id="call_1" name="get" arguments="{{}}" result="{RESULT}"'
    opening = f'<details type="tool_calls" done="true" {call}>'
    return f"{opening}\n<summary>Tool Executed</summary>\n</details>\n{text}"


def node(name: str, parent: str | None, turn: Turn, scale: int, content: str | None = None) -> Json:
    shared: Json = {"id": name, "parentId": parent, "childrenIds": [], "role": turn.role}
    words = {"content": turn.text if content is None else content, "timestamp": (turn.when or 0) * scale}
    if turn.role == "user":
        return {**shared, **words, "models": ["llama3.2:latest"]}
    return {
        **shared,
        **words,
        "model": "llama3.2:latest",
        "modelName": "llama3.2",
        "modelIdx": 0,
        "done": True,
    }


def graph(name: str, turns: Sequence[Turn], scale: int) -> tuple[dict[str, Json], str]:
    """The kept branch and, beside every answer, another one that was generated before."""
    messages: dict[str, Json] = {}
    parent: str | None = None
    for place, turn in enumerate(turns):
        words = {1: reasoned, 3: called}.get(place, str)(turn.text)
        here = f"{name}-{place}"
        if turn.role == "assistant":
            side = node(f"{here}-old", parent, Turn("assistant", f"{OTHER} {place}", turn.when), scale)
            messages[side["id"]] = side
        messages[here] = node(here, parent, turn, scale, words)
        if parent:
            messages[parent]["childrenIds"] = [
                key for key, value in messages.items() if value["parentId"] == parent
            ]
        parent = here
    return messages, str(parent)


def chat(name: str, title: str, turns: Sequence[Turn], scale: int) -> Json:
    messages, end = graph(name, turns, scale)
    first, last = turns[0].when or 0, turns[-1].when or 0
    return {
        "id": name,
        "user_id": "u-1",
        "title": title,
        "chat": {
            "id": "",
            "title": title,
            "models": ["llama3.2:latest"],
            "params": {},
            "system": "be brief (absent)",
            "history": {"messages": messages, "currentId": end},
            "messages": [messages[f"{name}-{place}"] for place in range(len(turns))],
            "tags": [],
            "timestamp": first * 1000,
            "files": [],
        },
        "updated_at": last,
        "created_at": first,
        "share_id": None,
        "archived": False,
        "pinned": False,
        "meta": {"tags": []},
        "folder_id": None,
    }


def openwebui_json(
    folder: Path, seed: int = 20, scale: int = 1, name: str = "chat-export-1762000000000.json"
) -> Export:
    """All chats of a user: regenerated answers, reasoning, tool calls, an empty title."""
    kept = scripts(seed, 3)
    rows = [
        chat(f"w{seed}{place}", ("Bread", "", "日本語")[place], turns, scale)
        for place, turns in enumerate(kept)
    ]
    path = folder / name
    path.write_text(json.dumps(rows), encoding="utf-8")
    return Export(path, "openwebui", tuple(map(tuple, kept)), (THOUGHT, RESULT), (OTHER, "be brief (absent)"))


def openwebui_milliseconds(folder: Path, seed: int = 21) -> Export:
    """Message times in milliseconds, as other writers of the format have them."""
    return openwebui_json(folder, seed, 1000, "chat-export-ms.json")


def openwebui_broken_graphs(folder: Path, seed: int = 22) -> Export:
    """A circle, a missing parent, and an end that is not there: of the last, nothing certain can be kept."""
    kept = scripts(seed, 2)
    rows = [chat(f"x{seed}{place}", "", turns, 1) for place, turns in enumerate(kept)]
    circle, torn = (row["chat"]["history"]["messages"] for row in rows)
    circle[f"x{seed}0-0"]["parentId"] = f"x{seed}0-5"
    del torn[f"x{seed}1-1"]
    for row in rows:
        row["chat"]["messages"] = []
    path = folder / "broken.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return Export(
        path, "openwebui", (tuple(kept[0]), tuple(kept[1][2:])), (THOUGHT, RESULT), (OTHER, kept[1][0].text)
    )


WEBUI: dict[str, Callable[[Path], Export]] = {
    "openwebui-json": openwebui_json,
    "openwebui-milliseconds": openwebui_milliseconds,
    "openwebui-broken-graphs": openwebui_broken_graphs,
}
