"""What is put before the model: system text, notes, as much of the conversation as fits, and the question.

The oldest exchanges go first, each as a whole, so that no question stands without its answer. Not here: which
notes there are (recall.py), or saying aloud what was left out (chat).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engram.backends.base import Ids
from engram.errors import UsageError
from engram.types import Message

Exchange = tuple[str, str]
"""A question and its answer."""

ANSWER_SHARE = 4
"""A quarter of the context is kept free for the answer at most, however long it may be."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`ids` int32 [seq]. `dropped` exchanges, the oldest ones, were left out; `noted`: it holds the notes."""

    ids: Ids
    messages: tuple[Message, ...]
    dropped: int
    noted: bool


def room_for_prompt(context: int, max_tokens: int) -> int:
    """Tokens that a prompt may have, so that an answer of `max_tokens` fits behind it where it can."""
    return context - min(max_tokens, max(1, context // ANSWER_SHARE))


def assemble(
    render: Callable[[Sequence[Message]], Ids],
    room: int,
    question: str,
    history: Sequence[Exchange] = (),
    notes: Message | None = None,
    system: str = "",
) -> Prompt:
    """The longest prompt of at most `room` tokens: the oldest exchanges are dropped first, then the notes.

    Raises UsageError when the question alone is too long.
    """

    def prompt(dropped: int, noted: bool) -> Prompt:
        messages = _messages(question, history[dropped:], notes if noted else None, system)
        return Prompt(render(messages), messages, dropped, noted)

    for noted in (True, False) if notes else (False,):
        whole = prompt(0, noted)
        if len(whole.ids) <= room:
            return whole
        counts = range(1, len(history) + 1)  # rendering is dear, so the least number is found by halving
        at = bisect_left(counts, True, key=lambda dropped: len(prompt(dropped, noted).ids) <= room)
        if at < len(counts):
            return prompt(counts[at], noted)
    least = len(prompt(len(history), False).ids)
    raise UsageError(
        f"That is {least} tokens long, and the model can read {room} at a time.",
        "Say it in several shorter turns.",
    )


def _messages(
    question: str, history: Sequence[Exchange], notes: Message | None, system: str
) -> tuple[Message, ...]:
    """One system message at most, since many templates know no second one."""
    said = [text for text in (system, notes.content if notes else "") if text]
    head = [Message("system", "\n\n".join(said))] if said else []
    turns = [turn for asked, told in history for turn in (Message("user", asked), Message("assistant", told))]
    return (*head, *turns, Message("user", question))
