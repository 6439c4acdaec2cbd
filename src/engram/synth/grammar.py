"""A seeded grammar of small conversations: somebody tells of a place and asks; every answer is worked out.

Told are numbers of things, opening hours, or the order of a day; asked is what follows from that, also in an
exact format, after a change, and what was not told, which is answered with a sentence that begins "I don't
know". Not here: the words (grammar_words.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engram.synth.asks import held_out_of
from engram.synth.grammar_hours import hours
from engram.synth.grammar_order import order
from engram.synth.grammar_stock import stock
from engram.synth.grammar_words import SYLLABLES, TOPICS, Topic
from engram.synth.replies import Conversation
from engram.synth.rows import Made
from engram.types import Message

Matter = Callable[[random.Random, Topic, str], tuple[str, Iterator[tuple[str, str]]]]
"""For a topic and somebody's name: what is told, and questions with their answers, at least three."""
MATTERS: tuple[Matter, ...] = (stock, hours, order)
MOST_EXCHANGES = 3


@dataclass(frozen=True, slots=True)
class _Draw:
    """One conversation to be: everything about it follows from seed and number."""

    seed: int
    number: int

    def made(self) -> Conversation:
        draws = random.Random(f"grammar {self.seed} {self.number}")
        topic = topic_of(self.seed, self.number)
        told, exchanges = draws.choice(MATTERS)(draws, topic, name(draws))
        messages: list[Message] = []
        for place in range(draws.randint(1, MOST_EXCHANGES)):
            question, answer = next(exchanges)
            said = question if place else f"{told} {question}"
            messages += [Message("user", said), Message("assistant", answer)]
        return tuple(messages)


def conversations(count: int, eval_fraction: float, seed: int) -> Iterator[Made]:
    """`count` conversations; a share of the topics is for evaluation only. Raises UsageError."""
    topics = [topic_of(seed, number).place for number in range(1, min(count, len(TOPICS)) + 1)]
    held_out = set(held_out_of(topics, eval_fraction))
    for number in range(1, count + 1):
        place = topic_of(seed, number).place
        part = "test" if place in held_out else "train"
        yield Made(_Draw(seed, number).made(), place, f"synth:{seed}:{number}", part)  # type: ignore[arg-type]


def topic_of(seed: int, number: int) -> Topic:
    """Topics take turns, in an order of the seed's."""
    order = random.Random(f"topics {seed}").sample(TOPICS, len(TOPICS))
    return order[(number - 1) % len(order)]


def name(draws: random.Random) -> str:
    """An invented first name."""
    return "".join(draws.sample(SYLLABLES, draws.choice((2, 2, 3)))).capitalize()
