"""One record of somebody's data, in any of five shapes, as turns of a conversation or as plain text.

    messages            {"messages": [{"role", "content"}, ...]}
    sharegpt            {"conversations": [{"from": human|gpt|system|tool, "value"}, ...]}
    prompt-completion   {"prompt", "completion"}, each a text or a list of messages
    alpaca              {"instruction", "input", "output"}
    text                {"text"}

Not here: reading files (records.py), what becomes of thinking and tool calls (policies.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from engram.config import Shape
from engram.lessons.schema import LONGEST_TEXT, shorten

# In the order in which they are looked for: published Alpaca files also carry the whole prompt as "text".
REQUIRED: dict[Shape, tuple[str, ...]] = {
    "messages": ("messages",),
    "sharegpt": ("conversations",),
    "prompt-completion": ("prompt", "completion"),
    "alpaca": ("instruction", "output"),
    "text": ("text",),
}
NAMES: dict[Shape, str] = {
    "messages": "messages",
    "sharegpt": "ShareGPT",
    "prompt-completion": "prompt/completion",
    "alpaca": "Alpaca",
    "text": "text",
}
_ROLES: dict[str, Literal["system", "user", "assistant", "tool", "call"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",  # this and the next: LLaMA-Factory's ShareGPT with tools
    "function_call": "call",
}
_THOUGHT = ("reasoning_content", "reasoning", "thinking")  # where servers keep it apart from the answer
_TURN_KEYS = frozenset({"role", "from", "content", "value", "tool_calls", "function_call", *_THOUGHT})


class WrongRecord(ValueError):
    """A record that cannot be read; its text is a sentence without the place."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it stood in a file. `calls` are tool calls as JSON; `thought` is what was kept apart."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[str, ...] = ()
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of a record, the last answer among them, or one turn that is plain text. `unread` names the
    keys that nothing was made of; `category` is "" where the record has none."""

    turns: tuple[Turn, ...]
    is_text: bool
    category: str
    unread: frozenset[str]


def shape_of(record: Mapping[str, Any]) -> Shape | None:
    """The shape that a record's keys tell; null values do not count."""
    for shape, keys in REQUIRED.items():
        if all(record.get(key) is not None for key in keys):
            return shape
    return None


def no_shape(record: Mapping[str, Any]) -> str:
    """The sentence for a record of no known shape."""
    keys = sorted(key for key in record if record[key] is not None)
    if {"input", "output", "category"} <= set(keys):
        return "this is a pattern (input, output, category): `engram teach` takes those."
    known = ", ".join("+".join(keys) for keys in REQUIRED.values())
    return f"no known shape: its keys are {_listed(keys)}; known are {known}."


def read_record(record: Mapping[str, Any], shape: Shape) -> Conversation:
    """The conversation in a record of this shape. Raises WrongRecord."""
    missing = [key for key in REQUIRED[shape] if record.get(key) is None]
    if missing:
        had = _listed(sorted(key for key in record if record[key] is not None))
        raise WrongRecord(f"a row in the shape {NAMES[shape]} has {missing[0]!r}, this one has only {had}.")
    turns = [*_system(record, shape), *_turns(record, shape)]
    if shape != "text":
        _check_order(turns)
    category = record.get("category")
    return Conversation(
        tuple(turns),
        shape == "text",
        category if isinstance(category, str) else "",
        frozenset(_unread(record, shape)),
    )


def _turns(record: Mapping[str, Any], shape: Shape) -> list[Turn]:
    match shape:
        case "messages" | "sharegpt":
            key = REQUIRED[shape][0]
            return _list_of_turns(record[key], key)
        case "prompt-completion":
            asked, answered = record["prompt"], record["completion"]
            return [*_either(asked, "user", "prompt"), *_either(answered, "assistant", "completion")]
        case "alpaca":
            asked = _filled(record["instruction"], "instruction")
            given = _text(record.get("input"), "input")
            question = f"{asked}\n\n{given}" if given.strip() else asked
            return [Turn("user", question), Turn("assistant", _filled(record["output"], "output"))]
        case "text":
            return [Turn("assistant", _filled(record["text"], "text"))]


def _system(record: Mapping[str, Any], shape: Shape) -> list[Turn]:
    """A system prompt beside the turns, as some files have it."""
    if shape in ("messages", "text") or not record.get("system"):
        return []
    return [Turn("system", _filled(record["system"], "system"))]


def _either(value: Any, role: Literal["user", "assistant"], key: str) -> list[Turn]:
    """A text, or a list of messages."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list_of_turns(value, key)
    return [Turn(role, _filled(value, key))]


def _list_of_turns(value: Any, key: str) -> list[Turn]:
    if isinstance(value, str):  # in a CSV cell
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise WrongRecord(f"'{key}' is a text that is no JSON.") from None
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise WrongRecord(f"'{key}' is no list of turns.")
    return [_turn(turn, f"{key}[{place}]") for place, turn in enumerate(value)]


def _turn(value: Any, place: str) -> Turn:
    if not isinstance(value, Mapping):
        raise WrongRecord(f"'{place}' has no role and content.")
    said = value.get("role", value.get("from"))
    role = _ROLES.get(said) if isinstance(said, str) else None
    if role is None:
        raise WrongRecord(f"'{place}' has the role {shorten(str(said))}; known are {', '.join(_ROLES)}.")
    content = _text(value.get("content", value.get("value")), place)
    if role == "call":
        return Turn("assistant", "", (content,))
    calls = _calls(value) if role == "assistant" else ()
    thought = next((value[key] for key in _THOUGHT if value.get(key)), "")
    if not (content.strip() or calls or thought) and role != "tool":
        raise WrongRecord(f"'{place}' is empty.")
    return Turn(role, content, calls, _text(thought, place))


def _calls(turn: Mapping[str, Any]) -> tuple[str, ...]:
    """Each tool call as {"name", "arguments"} in JSON, from OpenAI's two ways of writing them."""
    listed = turn.get("tool_calls")
    calls = list(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else []
    if turn.get("function_call"):
        calls.append(turn["function_call"])
    return tuple(_call(call) for call in calls)


def _call(call: Any) -> str:
    if not isinstance(call, Mapping):
        return str(call)
    inner = call.get("function")
    called = dict(inner if isinstance(inner, Mapping) else call)
    if isinstance(called.get("arguments"), str):
        with suppress(ValueError, RecursionError):  # then it stays the text that it is
            called["arguments"] = json.loads(called["arguments"])
    return json.dumps(called, ensure_ascii=False, default=str)


def _check_order(turns: Sequence[Turn]) -> None:
    answers = [place for place, turn in enumerate(turns) if turn.role == "assistant"]
    if not answers:
        raise WrongRecord("nobody answers in it, so nothing would be learned.")
    if not any(turn.role == "user" for turn in turns[: answers[-1]]):
        raise WrongRecord("nobody asks anything before the answer; plain text goes under the key 'text'.")


def _filled(value: Any, key: str) -> str:
    text = _text(value, key)
    if not text.strip():
        raise WrongRecord(f"'{key}' is empty.")
    return text


def _text(value: Any, key: str) -> str:
    """A text, or the text parts of a list of parts; nothing is an empty text."""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return "".join(_part(part, key) for part in value)
    if not isinstance(value, str):
        raise WrongRecord(f"'{key}' is {_kind(value)}, not text.")
    if len(value) > LONGEST_TEXT:
        raise WrongRecord(f"'{key}' is {len(value):,} characters long; at most {LONGEST_TEXT:,} are read.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise WrongRecord(f"'{key}' holds half of a surrogate pair, which is not a character.") from None
    return value


def _part(part: Any, key: str) -> str:
    if isinstance(part, Mapping) and isinstance(part.get("text"), str):
        return _text(part["text"], key)
    kind = part.get("type") if isinstance(part, Mapping) else _kind(part)
    raise WrongRecord(f"'{key}' has a part that is {shorten(str(kind))}; only text can be trained.")


def _kind(value: Any) -> str:
    names = {bool: "a truth value", int: "a number", float: "a number", dict: "an object", list: "a list"}
    return names.get(type(value), f"a {type(value).__name__}")


def _unread(record: Mapping[str, Any], shape: Shape) -> set[str]:
    """Keys with a value that nothing was made of; those inside turns as "messages[].weight"."""
    read = {*REQUIRED[shape], "category"}
    if shape not in ("messages", "text"):
        read.add("system")
    if shape == "alpaca":
        read.add("input")
    found = {key for key, value in record.items() if key not in read and value not in (None, "")}
    for key in REQUIRED[shape]:
        if isinstance(record[key], Sequence) and not isinstance(record[key], str):
            inner = {name for turn in record[key] for name in turn if turn[name] is not None}
            found |= {f"{key}[].{name}" for name in inner - _TURN_KEYS}
    return found


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(shorten(str(key), 30) for key in keys[:8]) or "none"
