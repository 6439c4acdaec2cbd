"""The shapes that skills share: a message, a conversation, a question with its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from pretraining.words import Split

Message = dict[str, str]
Conversation = list[Message]


@dataclass(frozen=True)
class Turn:
    """One user message and the one right answer to it. `expected` is what an item must begin with."""

    user: str
    assistant: str
    expected: str | None = None
    """Set where only a part of the answer is judged; otherwise the whole answer is."""

    @property
    def judged(self) -> str:
        return self.expected if self.expected is not None else self.assistant


TurnMaker = Callable[[Random, Split], Turn]


def chat(turns: Sequence[Turn], system: str | None = None) -> Conversation:
    """A conversation of these turns, behind an optional system message."""
    messages = [{"role": "system", "content": system}] if system is not None else []
    for turn in turns:
        messages.append({"role": "user", "content": turn.user})
        messages.append({"role": "assistant", "content": turn.assistant})
    return messages


def capital(text: str) -> str:
    """The text with its first letter in upper case, the rest untouched."""
    return text[:1].upper() + text[1:]


def vary(rng: Random, text: str) -> str:
    """Half of the people who write to an assistant start with a capital letter."""
    return capital(text) if rng.random() < 0.5 else text


def several(maker: TurnMaker, low: int, high: int) -> Callable[[Random, Split], Conversation]:
    """A conversation maker that holds `low` to `high` turns of one skill."""

    def conversation(rng: Random, split: Split) -> Conversation:
        count = rng.randint(low, high) if split == "train" else 1
        return chat([maker(rng, split) for _ in range(count)])

    return conversation
