"""ShareGPT files and chat JSONL: rows without ids and without times.

Sources: the layout of the ShareGPT collections that trainers read (`conversations` of `from` and `value`;
human, gpt, system, and function_call or observation for tools) and the message format of OpenAI's API
(`role`, `content` as text or blocks, `tool_calls`, role tool). `<think>` opens the answers of reasoning
models that were saved raw.

Not here: broken files (export_nasty.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.exam.exported import Export, Turn, scripts, timeless

Json = dict[str, Any]
SYSTEM = "you are terse (absent)"
THOUGHT = "let me think (apart)"
CALL = "call (apart) of a tool"
RESULT = "tool (apart) reply"


def shared(turns: Sequence[Turn]) -> list[Json]:
    """ShareGPT's list, a system line first and a tool's traffic before the last answer."""
    names = {"user": "human", "assistant": "gpt"}
    rows: list[Json] = [{"from": "system", "value": SYSTEM}]
    rows += [{"from": names[turn.role], "value": turn.text} for turn in turns]
    rows[-1:-1] = [{"from": "function_call", "value": CALL}, {"from": "observation", "value": RESULT}]
    return rows


def sharegpt_json(folder: Path, seed: int = 40) -> Export:
    """One array of conversations, with ids as the collections have them."""
    kept = scripts(seed, 4)
    rows = [{"id": f"g{seed}_{place}", "conversations": shared(turns)} for place, turns in enumerate(kept)]
    path = folder / "sharegpt.json"
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False), encoding="utf-8")
    return Export(path, "sharegpt", tuple(map(timeless, kept)), (CALL, RESULT), (SYSTEM,))


def sharegpt_jsonl(folder: Path, seed: int = 41) -> Export:
    """A row per conversation, without ids; the second starts with an answer, as cut ones do."""
    kept = scripts(seed, 3)
    kept[1] = kept[1][1:]
    lines = [json.dumps({"conversations": shared(turns)}) for turns in kept]
    path = folder / "sharegpt.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Export(path, "sharegpt", tuple(map(timeless, kept)), (CALL, RESULT), (SYSTEM,))


def messages(turns: Sequence[Turn], blocks: bool = False) -> list[Json]:
    """Messages of the API; the first answer thinks aloud, a tool is called before the last."""
    rows: list[Json] = [{"role": "system", "content": SYSTEM}]
    rows += [{"role": turn.role, "content": turn.text} for turn in turns]
    rows[2]["content"] = f"<think>\n{THOUGHT}\n</think>\n\n{turns[1].text}"
    if blocks:
        rows[3]["content"] = [
            {"type": "text", "text": turns[2].text},
            {"type": "image_url", "image_url": {"url": "data:,"}},
        ]
    call = {"id": "t1", "type": "function", "function": {"name": "get", "arguments": json.dumps({"q": CALL})}}
    asked: Json = {"role": "assistant", "content": None, "tool_calls": [call]}
    rows[-1:-1] = [asked, {"role": "tool", "tool_call_id": "t1", "content": RESULT}]
    return rows


def chat_jsonl(folder: Path, seed: int = 42) -> Export:
    """{"messages": [...]} per line, with thinking, tools and blocks."""
    kept = scripts(seed, 4)
    lines = [json.dumps({"messages": messages(turns, place % 2 == 1)}) for place, turns in enumerate(kept)]
    path = folder / "chat.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return Export(path, "chat", tuple(map(timeless, kept)), (THOUGHT, CALL, RESULT), (SYSTEM,))


def chat_jsonl_windows(folder: Path, seed: int = 43) -> Export:
    """The same from an editor on Windows: a byte order mark, CR LF, empty lines between."""
    kept = scripts(seed, 3)
    lines = [json.dumps({"messages": messages(turns), "category": "x"}, ensure_ascii=False) for turns in kept]
    path = folder / "chat-windows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode("utf-8") + b"\r\n")
    return Export(path, "chat", tuple(map(timeless, kept)), (THOUGHT, CALL, RESULT), (SYSTEM,))


ROWS: dict[str, Callable[[Path], Export]] = {
    "sharegpt-json": sharegpt_json,
    "sharegpt-jsonl": sharegpt_jsonl,
    "chat-jsonl": chat_jsonl,
    "chat-jsonl-windows": chat_jsonl_windows,
}
