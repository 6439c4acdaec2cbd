"""What a teacher's answer must be, and nothing else: JSON with so many conversations of alternating turns.

An answer is taken whole or not at all. Not here: the guard, which looks at what was taken (gathering.py).
"""

from __future__ import annotations

import unicodedata
from typing import Any

from engram.synth.strict_json import BadAnswer, only, strict_json
from engram.types import Message

LONGEST_ANSWER = 2**20
"""Characters of a whole answer."""
LONGEST_TURN = 4_000
"""Characters of one turn: two pages."""
MOST_TURNS = 12
_ROLES = ("user", "assistant")

Conversation = tuple[Message, ...]


def schema(count: int) -> dict[str, Any]:
    """JSON Schema of an answer with `count` conversations, for servers that can keep to one."""
    turn = _object({"role": {"type": "string", "enum": list(_ROLES)}, "content": {"type": "string"}})
    conversation = _object({"messages": {"type": "array", "items": turn}})
    # OpenAI's strict mode knows no number of items, so that is only said in the prompt.
    return _object({"conversations": {"type": "array", "items": conversation}})


def parse_reply(text: str, count: int) -> tuple[Conversation, ...]:
    """The `count` conversations in an answer's text. Raises BadAnswer."""
    if len(text) > LONGEST_ANSWER:
        raise BadAnswer(f"It has more than {LONGEST_ANSWER:,} characters.")
    return parse_conversations(only(strict_json(text), "conversations")["conversations"], count)


def parse_conversations(value: Any, count: int, longest: int = LONGEST_TURN) -> tuple[Conversation, ...]:
    """A list of conversations as JSON values, checked; `longest` in characters. Raises BadAnswer."""
    if not isinstance(value, list) or len(value) != count:
        raise BadAnswer(f"It does not hold exactly {count} conversations.")
    return tuple(_conversation(only(one, "messages")["messages"], longest) for one in value)


def _conversation(turns: Any, longest: int) -> Conversation:
    if not isinstance(turns, list) or not 2 <= len(turns) <= MOST_TURNS or len(turns) % 2:
        raise BadAnswer(f"A conversation has 2 to {MOST_TURNS} turns, and the assistant speaks last.")
    return tuple(_turn(only(turn, "role", "content"), place, longest) for place, turn in enumerate(turns))


def _turn(turn: dict[str, Any], place: int, longest: int) -> Message:
    role, content = _ROLES[place % 2], turn["content"]
    if turn["role"] != role:
        raise BadAnswer("User and assistant do not take turns, the user first.")
    if not isinstance(content, str) or not content.strip():
        raise BadAnswer("A turn is empty, or no text.")
    if len(content) > longest:
        raise BadAnswer(f"A turn has more than {longest:,} characters.")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in content):
        raise BadAnswer("A turn holds control characters.")
    return Message(role, content.strip())  # type: ignore[arg-type]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
