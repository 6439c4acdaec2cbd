"""What a teacher is asked, as a plan: a pure function of seed, counts and topics.

Topics go to training or to evaluation as a whole, so that no question is in both. The prompts hold topic
names and nothing of anybody's memories. Not here: sending them (gathering.py).
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engram.errors import UsageError
from engram.synth.topics import KINDS

Part = Literal["train", "test"]
LONGEST_TOPIC = 200
"""Characters of a topic's name."""
RULES = "Answer with one JSON value and nothing else: no text before or after it, no code fence. Its shape:"
SHAPE = '{"conversations": [{"messages": [{"role": "user", "content": "..."}, ' + (
    '{"role": "assistant", "content": "..."}]}]}'
)
REFUSED = "Your last answer to this was not used. {why}"
LONGEST_WHY = 120
"""Characters of the reason in a repeated request, so that its cost has a bound."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is to be written: conversations in all and per request, the share of topics for evaluation."""

    count: int
    per_request: int
    eval_fraction: float
    seed: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `count` conversations about one topic. `number` counts from 1."""

    number: int
    topic: str
    kind: str
    count: int
    part: Part

    @property
    def prompt(self) -> str:
        return (
            f"Write exactly {self.count} conversations between a user and an assistant, different from one "
            f"another, about: {self.topic}\nIn each of them {self.kind}.\nEach has one to three exchanges; "
            "the user begins, the assistant ends. Questions are complete and name what they are about. "
            "Answers are right, and at most 80 words long. No real people, no addresses, no telephone "
            f"numbers, no keys or passwords.\n{RULES}\n{SHAPE}"
        )

    @property
    def digest(self) -> str:
        """Changes with anything that the teacher would read."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:32]

    def messages(self, refused: str = "") -> list[dict[str, str]]:
        """As they are sent; `refused` says why the last answer was not used. All of it is one message, since
        some templates know no system role, and none that two messages of one speaker follow each other."""
        last = f"\n\n{REFUSED.format(why=refused[:LONGEST_WHY])}" if refused else ""
        return [{"role": "user", "content": self.prompt + last}]


def plan(topics: Sequence[str], size: Size) -> list[Ask]:
    """All requests, in order. Raises UsageError where they cannot be split by topic."""
    draws = random.Random(f"synth {size.seed}")
    order = draws.sample(list(topics), len(topics))
    counts = [size.per_request] * (size.count // size.per_request)
    counts += [rest] if (rest := size.count % size.per_request) else []
    used = order[: len(counts)]
    held_out = set(held_out_of(used, size.eval_fraction))
    first = {topic: draws.randrange(len(KINDS)) for topic in used}
    asks = []
    for place, count in enumerate(counts):
        again, which = divmod(place, len(order))  # a topic that comes again comes in another kind
        topic = order[which]
        kind = KINDS[(first[topic] + again) % len(KINDS)]
        asks.append(Ask(place + 1, topic, kind, count, "test" if topic in held_out else "train"))
    return asks


def held_out_of(topics: Sequence[str], fraction: float) -> Sequence[str]:
    """The topics that evaluation gets: the last of them, at least one. Raises UsageError if none is left."""
    if not fraction:
        return ()
    number = max(1, round(fraction * len(topics)))
    if number >= len(topics):
        raise UsageError(
            f"{len(topics)} topic{'s' * (len(topics) != 1)} cannot be split into training and evaluation.",
            "Ask for more conversations, name more topics, or say --eval-fraction 0.",
        )
    return topics[-number:]


def check_topics(topics: Sequence[str]) -> tuple[str, ...]:
    """The topics in one line each, without repetitions. Raises UsageError."""
    found = dict.fromkeys(" ".join(topic.split()) for topic in topics)
    for topic in found:
        if not topic or len(topic) > LONGEST_TOPIC or not topic.isprintable():
            raise UsageError(
                f"A topic is a line of 1 to {LONGEST_TOPIC} characters; {topic[:40]!r} is none.",
                'For example: --topic "keeping bees".',
            )
    return tuple(found)
