"""A chat completion as servers write it: the text of its one answer, and the tokens it took.

Not here: sending a request (client.py), and what the text holds (replies.py).

The format: https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

from typing import Any

from engram.synth.strict_json import BadAnswer, strict_json

MOST_TOKENS = 10**9
"""More than any answer counts: a figure beyond that is not believed."""


def parse_completion(body: bytes) -> str:
    """The text of the answer in a reply's body. Raises BadAnswer, also for one that was cut at the limit."""
    try:
        value = strict_json(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadAnswer("It is not UTF-8.") from None
    choices = _of(value, "choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    text = _of(_of(choice, "message"), "content")
    if not isinstance(text, str):
        raise BadAnswer("It holds no answer.")
    reason = _of(choice, "finish_reason")
    if reason == "length":
        raise BadAnswer("It was cut at the longest length; --teacher-max-tokens raises that.")
    if reason not in ("stop", "end_turn", None):
        raise BadAnswer("The server ended it for a reason of its own, such as a content filter.")
    return text


def tokens_of(body: bytes) -> tuple[int, int]:
    """Tokens sent and answered, as a reply counts them, also one that is no use; 0 where it does not."""
    usage = _of(_value(body), "usage")
    return _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")


def server_says(body: bytes) -> str:
    """The sentence of an error's body, shortened; "" if there is none."""
    value = _value(body)
    if isinstance(value, list) and value:  # Gemini puts its errors into a list
        value = value[0]
    error = _of(value, "error")
    said = error if isinstance(error, str) else _of(error, "message")
    plain = "".join(sign if sign.isprintable() else " " for sign in said) if isinstance(said, str) else ""
    return " ".join(plain.split())[:200]


def _value(body: bytes) -> Any:
    try:
        return strict_json(body.decode("utf-8"))
    except (UnicodeDecodeError, BadAnswer):
        return None


def _of(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _count(usage: Any, key: str) -> int:
    found = _of(usage, key)
    return found if type(found) is int and 0 <= found <= MOST_TOKENS else 0
