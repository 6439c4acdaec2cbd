"""What becomes of thinking and of tool calls in somebody's conversations: dropped, kept or refused, as asked.

What is kept becomes plain text that any template can carry: thoughts in <think> tags before the answer, calls
and results in the tags of the Hermes format, which Qwen's templates write too. Not here: reading them
(shapes.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engram.config import DataSettings
from engram.lessons.shapes import Conversation, Turn, WrongRecord
from engram.types import Message

OPEN, CLOSE = "<think>", "</think>"

SENTENCES = {
    "thinking": "Answers that lost a thinking block (thinking = drop): {n:,}.",
    "tools": "Tool calls and results left out (tools = drop): {n:,}.",
    "trailing": "Turns after the last answer left out: {n:,}.",
    "emptied": "Conversations left out, because nothing was left of an answer: {n:,}.",
}
"""What is said of each count."""


def apply_policies(
    conversation: Conversation, settings: DataSettings, left_out: Counter[str]
) -> tuple[Message, ...]:
    """The messages to train on, none if an answer became empty. `left_out` counts by the keys of SENTENCES.

    Raises WrongRecord where a policy is to refuse.
    """
    counted: Counter[str] = Counter()
    turns = [_without_thoughts(turn, settings, counted) for turn in conversation.turns]
    messages = _without_tools(turns, settings, counted)
    while messages and messages[-1].role != "assistant":
        messages.pop()
        counted["trailing"] += 1
    if not messages or any(not m.content.strip() for m in messages if m.role == "assistant"):
        left_out["emptied"] += 1
        return ()
    left_out.update(counted)
    return tuple(messages)


def without_thinking(text: str) -> str:
    """The text without <think> blocks. One that is never closed reaches to the end; one that was not opened,
    because a template did that, begins at the start."""
    kept: list[str] = []
    closed = text.find(CLOSE)
    at = closed + len(CLOSE) if closed >= 0 and OPEN not in text[:closed] else 0
    while (start := text.find(OPEN, at)) >= 0:
        kept.append(text[at:start])
        end = text.find(CLOSE, start)
        at = end + len(CLOSE) if end >= 0 else len(text)
    return "".join([*kept, text[at:]])


def _without_thoughts(turn: Turn, settings: DataSettings, counted: Counter[str]) -> Turn:
    """The turn as `thinking` wants it; only answers can hold thoughts."""
    inside = OPEN in turn.content or CLOSE in turn.content
    if turn.role != "assistant" or not (inside or turn.thought):
        return turn
    if settings.thinking == "refuse":
        raise WrongRecord("an answer holds a thinking block (thinking = refuse).")
    if settings.thinking == "keep":
        before = f"{OPEN}\n{turn.thought}\n{CLOSE}\n\n" if turn.thought else ""
        return Turn(turn.role, before + turn.content, turn.calls)
    counted["thinking"] += 1
    return Turn(turn.role, without_thinking(turn.content).strip() if inside else turn.content, turn.calls)


def _without_tools(turns: Sequence[Turn], settings: DataSettings, counted: Counter[str]) -> list[Message]:
    """Messages as `tools` wants them. Dropped is a turn that calls a tool as a whole, with its text."""
    messages: list[Message] = []
    after_result = False
    for turn in turns:
        is_result = turn.role == "tool"
        if (is_result or turn.calls) and settings.tools == "refuse":
            raise WrongRecord("it holds a tool call or its result (tools = refuse).")
        if (is_result or turn.calls) and settings.tools == "drop":
            counted["tools"] += 1
            continue
        message = _as_text(turn)
        if is_result and after_result:  # results of one turn come in one message
            message = Message("user", f"{messages.pop().content}\n{message.content}")
        messages.append(message)
        after_result = is_result
    return messages


def _as_text(turn: Turn) -> Message:
    """Calls as <tool_call>, results as <tool_response> in the user's turn: the Hermes format."""
    if turn.role == "tool":
        return Message("user", f"<tool_response>\n{turn.content}\n</tool_response>")
    calls = [f"<tool_call>\n{call}\n</tool_call>" for call in turn.calls]
    return Message(turn.role, "\n".join([*([turn.content] if turn.content or not calls else []), *calls]))
