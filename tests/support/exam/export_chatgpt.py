"""Exports of ChatGPT: `conversations.json` or numbered shards, each conversation a tree of messages.

Sources: the files as several open importers describe them; OpenAI documents no format. Agreed: an array of
conversations; `mapping` from id to {id, message, parent, children}; `current_node` as the end of the branch
on screen; `author.role`; `content.content_type` with `parts` of strings or objects; seconds as floats; and
`metadata.is_visually_hidden_from_conversation`. Since early 2026 large exports come as conversations-000.json
and on. In doubt: the names of fields around voice (`audio_transcription`) and reasoning (`thoughts`).

Not here: broken files (export_nasty.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.exam.exported import Export, Turn, scripts, zipped

Json = dict[str, Any]


def message(
    name: str, role: str, content: Json, when: float | None, hidden: bool = False, **more: Any
) -> Json:
    """The `message` of a node."""
    return {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": when,
        "update_time": None,
        "content": content,
        "status": "finished_successfully",
        "end_turn": True if role == "assistant" else None,
        "weight": 0.0 if hidden else 1.0,
        "metadata": {"is_visually_hidden_from_conversation": True} if hidden else {"model_slug": "gpt-5"},
        "recipient": "all",
        "channel": None,
        **more,
    }


def text(*parts: Any, kind: str = "text") -> Json:
    return {"content_type": kind, "parts": list(parts)}


class Tree:
    """A mapping under construction; `add` hangs a message under another and returns its id."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mapping: dict[str, Json] = {
            f"{name}-root": {"id": f"{name}-root", "message": None, "parent": None, "children": []}
        }
        self.end = f"{name}-root"

    def add(self, role: str, content: Json, when: float | None, under: str | None = None, **more: Any) -> str:
        """Under the present end unless told otherwise; only the former moves the end."""
        parent, name = under or self.end, f"{self.name}-{len(self.mapping)}"
        self.mapping[name] = {
            "id": name,
            "message": message(name, role, content, when, **more),
            "parent": parent,
            "children": [],
        }
        self.mapping[parent]["children"].append(name)
        if under is None:
            self.end = name
        return name

    def conversation(self, title: str | None = "Untitled", **more: Any) -> Json:
        times = [node["message"]["create_time"] for node in self.mapping.values() if node["message"]]
        known = [time for time in times if time] or [0.0]
        return {
            "title": title,
            "create_time": min(known),
            "update_time": max(known),
            "mapping": self.mapping,
            "moderation_results": [],
            "current_node": self.end,
            "plugin_ids": None,
            "conversation_id": self.name,
            "conversation_template_id": None,
            "gizmo_id": None,
            "is_archived": False,
            "safe_urls": [],
            "default_model_slug": "gpt-5",
            "id": self.name,
            **more,
        }


THOUGHT = "thinking about the (apart) question"
CALL = "print('tool (apart) call')"
RESULT = "tool (apart) output 42"
HIDDEN, SYSTEM, OTHER = "hidden (absent) instructions", "system (absent) words", "abandoned (absent) branch"


def plain(name: str, turns: Sequence[Turn], scale: float = 1.0) -> Tree:
    """Question and answer in a row; `scale` 1000 writes milliseconds, as some exports had it."""
    tree = Tree(name)
    tree.add("system", text(""), None, hidden=True)
    for turn in turns:
        assert turn.when is not None
        tree.add(turn.role, text(turn.text), turn.when * scale + 0.25 * scale)
    return tree


def rich(name: str, turns: Sequence[Turn]) -> Tree:
    """Everything that a real tree holds beside question and answer."""
    tree = Tree(name)
    tree.add("system", text(SYSTEM), None, hidden=True)
    tree.add(
        "user",
        {"content_type": "user_editable_context", "user_profile": HIDDEN, "user_instructions": HIDDEN},
        None,
        hidden=True,
    )
    for place, turn in enumerate(turns):
        when = float(turn.when or 0)
        fork = tree.end
        if turn.role == "assistant":
            tree.add(
                "assistant",
                {"content_type": "thoughts", "thoughts": [{"summary": "Plan", "content": THOUGHT}]},
                when - 2,
            )
            tree.add(
                "assistant",
                {"content_type": "code", "language": "python", "text": CALL},
                when - 1,
                recipient="python",
            )
            tree.add("tool", {"content_type": "execution_output", "text": RESULT}, when - 1)
            tree.add(
                "assistant", {"content_type": "reasoning_recap", "content": "Thought for 2 seconds"}, when
            )
        tree.add(turn.role, content_of(place, turn), when)
        side = tree.add(turn.role, text(f"{OTHER} {place}"), when + 1, under=fork)
        tree.add("assistant", text(f"{OTHER} answer {place}"), when + 2, under=side)
    return tree


def content_of(place: int, turn: Turn) -> Json:
    """The third message carries a picture beside its words; the fifth was spoken."""
    if place == 2:
        picture = {
            "content_type": "image_asset_pointer",
            "asset_pointer": "file-service://file-abc",
            "width": 640,
        }
        return text(picture, turn.text, kind="multimodal_text")
    if place == 4:
        sound = {
            "content_type": "audio_asset_pointer",
            "asset_pointer": "sediment://file-def",
            "format": "wav",
        }
        spoken = {
            "content_type": "audio_transcription",
            "text": turn.text,
            "direction": "in",
            "decoding_id": None,
        }
        return text(spoken, sound, kind="multimodal_text")
    return text(turn.text)


def made(path: Path, kept: list[list[Turn]], **more: Any) -> Export:
    return Export(path, "chatgpt", tuple(tuple(turns) for turns in kept), **more)


TITLES: tuple[str | None, ...] = ("Bread", "", None, "日本語 🎌", "a/b\\c: ..")


def chatgpt_json(folder: Path, seed: int = 0) -> Export:
    """A plain `conversations.json`; empty and missing titles, and one chat in which nothing was said."""
    kept = scripts(seed, 5)
    rows = [plain(f"c{seed}{place}", turns).conversation(TITLES[place]) for place, turns in enumerate(kept)]
    rows.append(Tree(f"c{seed}empty").conversation("nothing"))
    path = folder / "conversations.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return made(path, kept)


def chatgpt_milliseconds(folder: Path, seed: int = 1) -> Export:
    """The same with times in milliseconds."""
    kept = scripts(seed, 2)
    rows = [plain(f"m{seed}{place}", turns, 1000.0).conversation() for place, turns in enumerate(kept)]
    path = folder / "conversations.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return made(path, kept)


BESIDE: dict[str, bytes | str] = {
    "chat.html": "<html><body>conversations in a page</body></html>",
    "user.json": json.dumps({"id": "user-1", "email": "nobody@example.com", "chatgpt_plus_user": True}),
    "message_feedback.json": "[]",
    "shared_conversations.json": "[]",
    "file-abc-photo.png": b"\x89PNG\r\n\x1a\n",
}


def chatgpt_zip(folder: Path, seed: int = 2) -> Export:
    """The archive as it is sent: trees with branches, hidden, system and tool nodes, pictures and speech."""
    kept = scripts(seed, 3)
    rows = [rich(f"z{seed}{place}", turns).conversation(f"chat {place}") for place, turns in enumerate(kept)]
    path = zipped(folder / "export.zip", {"conversations.json": json.dumps(rows), **BESIDE})
    return made(path, kept, apart=(THOUGHT, CALL, RESULT), absent=(OTHER, SYSTEM, HIDDEN))


def chatgpt_shards(folder: Path, seed: int = 3) -> Export:
    """Numbered shards in a folder inside the archive, with what a Mac adds when it packs again."""
    kept = scripts(seed, 6, pairs=2)
    rows = [rich(f"s{seed}{place}", turns).conversation() for place, turns in enumerate(kept)]
    files: dict[str, bytes | str] = {f"my-export/{name}": content for name, content in BESIDE.items()}
    for shard in range(3):
        files[f"my-export/conversations-{shard:03d}.json"] = json.dumps(rows[2 * shard : 2 * shard + 2])
    files["__MACOSX/my-export/._conversations-000.json"] = b"\0\5\x16\7\0\2\0\0Mac OS X        "
    return made(zipped(folder / "shards.zip", files), kept, apart=(THOUGHT, RESULT), absent=(OTHER, SYSTEM))


def chatgpt_broken_trees(folder: Path, seed: int = 4) -> Export:
    """Trees that are none: a circle, a parent that is missing, children that lie, no time at all.

    Kept is what can be reached from `current_node` upwards before a node comes again or is missing.
    """
    kept = scripts(seed, 4, pairs=2)
    trees = [plain(f"b{seed}{place}", turns) for place, turns in enumerate(kept)]
    circle, torn, lying, timeless = trees
    circle.mapping[f"{circle.name}-root"]["parent"] = circle.end
    nodes = list(torn.mapping)
    del torn.mapping[nodes[2]]  # the first question: the rest hangs from a node that is not there
    for node in lying.mapping.values():
        node["children"] = ["no-such-node", node["id"]]
    for node in timeless.mapping.values():
        if node["message"]:
            node["message"]["create_time"] = None
    path = folder / "conversations.json"
    path.write_text(json.dumps([tree.conversation() for tree in trees]), encoding="utf-8")
    kept[1] = kept[1][1:]
    kept[3] = [Turn(turn.role, turn.text, None) for turn in kept[3]]
    return made(path, kept, absent=(scripts(seed, 4, pairs=2)[1][0].text,))


CHATGPT: dict[str, Callable[[Path], Export]] = {
    "chatgpt-json": chatgpt_json,
    "chatgpt-milliseconds": chatgpt_milliseconds,
    "chatgpt-zip": chatgpt_zip,
    "chatgpt-shards": chatgpt_shards,
    "chatgpt-broken-trees": chatgpt_broken_trees,
}
