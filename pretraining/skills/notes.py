"""Skills `read`, `update` and `abstain`: questions over the notes frame of the conventions, and over nothing.

A set of notes holds facts, sometimes in several versions (the newest is right), among idle chatter. Questions
are answered from it or with a sentence that begins "I don't know". Unanswerable questions are mostly *near*
ones: the same trait of somebody else, another trait of the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from pretraining.skills.attributes import (
    FIXED,
    TRAITS,
    Attribute,
    any_attribute,
    corrections,
    of_person,
    questions,
    statements,
)
from pretraining.skills.base import Conversation, Turn, chat, vary
from pretraining.words import (
    ADJECTIVES,
    ANIMALS,
    COLOURS,
    FOODS,
    OPEN_KINDS,
    THINGS,
    Split,
    article,
    name,
    value,
)

HEADER = (
    "Notes from earlier conversations. Answer from them if they help; if they disagree, the newest is right."
)
WEATHER = ("cold", "warm", "quiet", "busy", "long", "rainy", "sunny")
DONT_KNOW = "I don't know"
NOT_IN_NOTES = f"{DONT_KNOW}. My notes do not say."
NOT_TOLD = f"{DONT_KNOW}. You have not told me."
NOT_HEARD = f"{DONT_KNOW}. I have never heard of it."


@dataclass(frozen=True)
class Fact:
    """An attribute with all values it had, oldest first; the last one is right."""

    attribute: Attribute
    values: tuple[str, ...]

    @property
    def current(self) -> str:
        return self.values[-1]


def frame(rng: Random, lines: Sequence[str]) -> str:
    """The system message of these notes, dated, newest last."""
    day = date(2024, 1, 1) + timedelta(days=rng.randrange(1200))
    dated = []
    for line in lines:
        dated.append(f"[{day.isoformat()}] {line}")
        day += timedelta(days=rng.randint(1, 9))
    return "\n".join([HEADER, *dated])


def chatter(rng: Random) -> str:
    """An idle note that answers nothing."""
    return rng.choice(
        (
            f"it was {article(rng.choice(WEATHER))} day",
            f"i saw {article(rng.choice(ADJECTIVES))} {rng.choice(ANIMALS)} by the lake",
            f"i bought {article(rng.choice(COLOURS))} {rng.choice(THINGS)}",
            f"can you help me find {article(rng.choice(THINGS))}?",
            f"i had {rng.choice(FOODS)} for lunch",
            f"the {rng.choice(THINGS)} is broken again",
            f"i am reading a book about {article(rng.choice(ANIMALS))}",
            "thanks, that was helpful",
        )
    )


def _near(rng: Random, attribute: Attribute, split: Split) -> Attribute:
    """Another attribute that shares the bearer or the trait with this one."""
    if attribute.owner not in ("my", "the"):
        owner = attribute.owner.removesuffix("'s") if rng.random() < 0.5 else name(rng, split)
        return (
            of_person(rng, owner)
            if rng.random() < 0.7
            else Attribute(f"{owner}'s", attribute.noun, attribute.kind)
        )
    if attribute.noun in TRAITS and rng.random() < 0.2:
        return Attribute(f"{name(rng, split)}'s", attribute.noun, attribute.kind)
    return rng.choice(
        [other for other in FIXED if other != attribute and other.parts & attribute.parts] or FIXED
    )


def _facts(rng: Random, split: Split, count: int, updates: int) -> list[Fact]:
    """`count` facts about different attributes, often near ones; the first `updates` have older values."""
    attributes: list[Attribute] = []
    while len(attributes) < count:
        near = attributes and rng.random() < 0.5
        new = _near(rng, rng.choice(attributes), split) if near else any_attribute(rng, split)
        if new not in attributes and (split == "train" or new.kind in OPEN_KINDS):
            attributes.append(new)
    facts = []
    for index, attribute in enumerate(attributes):
        versions = rng.choice((2, 2, 2, 3)) if index < updates else 1
        values: list[str] = []
        while len(values) < versions:
            new_value = value(rng, attribute.kind, attribute.asked, split)
            if new_value not in values:
                values.append(new_value)
        facts.append(Fact(attribute, tuple(values)))
    return facts


def _lines(rng: Random, facts: Sequence[Fact], idle: int) -> list[str]:
    """Notes that tell these facts, versions of one fact in their order, idle chatter in between."""
    slots = [fact for fact in facts for _ in fact.values] + [None] * idle
    rng.shuffle(slots)
    seen: dict[Attribute, int] = {}
    lines = []
    for fact in slots:
        if fact is None:
            lines.append(f"user: {vary(rng, chatter(rng))}")
            continue
        version = seen.get(fact.attribute, 0)
        seen[fact.attribute] = version + 1
        lines.append(_line(rng, fact.attribute, fact.values[version], version))
    return lines


def _line(rng: Random, attribute: Attribute, stated: str, version: int) -> str:
    if rng.random() < 0.06:
        return f"assistant: {attribute.answer(stated)}"
    ways = corrections(attribute, stated) if version else statements(attribute, stated)
    plain = rng.random() < 0.3 and not version
    return f"user: {vary(rng, ways[0] if plain else rng.choice(ways))}"


def _ask(rng: Random, attribute: Attribute) -> str:
    return vary(rng, rng.choice(questions(attribute)))


def _answered(rng: Random, fact: Fact) -> Turn:
    return Turn(_ask(rng, fact.attribute), fact.attribute.answer(fact.current))


def _unanswered(rng: Random, facts: Sequence[Fact], split: Split, taken: set[Attribute]) -> Turn:
    """A question whose attribute the notes do not hold; four in five are near one that they hold."""
    while True:
        near = facts and rng.random() < 0.8
        asked = _near(rng, rng.choice(facts).attribute, split) if near else any_attribute(rng, split)
        if asked not in taken:
            taken.add(asked)
            return Turn(_ask(rng, asked), NOT_IN_NOTES, DONT_KNOW)


def _setting(rng: Random, split: Split, updates: int, count: int | None = None) -> tuple[list[Fact], str]:
    """`count` facts (by default one to five) and the notes frame that tells them: one to eight notes."""
    facts = _facts(rng, split, max(updates, count or rng.randint(1, 5)), updates)
    told = sum(len(fact.values) for fact in facts)
    while told > 8:
        told -= len(facts.pop().values)
    idle = rng.randint(0, min(3, 8 - told))
    return facts, frame(rng, _lines(rng, facts, idle))


def read(rng: Random, split: Split) -> Conversation:
    """One question that the notes answer; sometimes another fact among them has two versions."""
    facts, system = _setting(rng, split, 0 if rng.random() < 0.8 else 1)
    plain = [fact for fact in facts if len(fact.values) == 1]
    return chat([_answered(rng, rng.choice(plain))], system) if plain else read(rng, split)


def update(rng: Random, split: Split) -> Conversation:
    """One question about a fact that the notes tell in two or three versions."""
    facts, system = _setting(rng, split, 1)
    return chat([_answered(rng, facts[0])], system)


def abstain(rng: Random, split: Split) -> Conversation:
    """One question without ground: not in the notes, no notes at all, or about something invented."""
    if rng.random() < 0.25:
        count = rng.randint(1, 3) if split == "train" else 1
        return chat([bare_unknown(rng, split) for _ in range(count)])
    facts, system = _setting(rng, split, 1 if rng.random() < 0.2 else 0)
    return chat([_unanswered(rng, facts, split, {fact.attribute for fact in facts})], system)


def bare_unknown(rng: Random, split: Split) -> Turn:
    """A question about the user, or about an invented place or person, with nothing to answer from."""
    if rng.random() < 0.5:
        attribute = any_attribute(rng, split)
        return Turn(_ask(rng, attribute), NOT_TOLD, DONT_KNOW)
    invented = name(rng, split)
    ask = rng.choice(
        (
            f"what is the capital of {invented}?",
            f"who is the king of {invented}?",
            f"how many people live in {invented}?",
            f"where is {invented}?",
            f"who is {invented}?",
            f"what does {invented} mean?",
            f"when was {invented} built?",
            f"who wrote the book about {invented}?",
            f"how tall is mount {invented}?",
        )
    )
    return Turn(vary(rng, ask), NOT_HEARD, DONT_KNOW)


def many(rng: Random, split: Split) -> Conversation:
    """Four to eight questions over one set of notes, just under half of them without an answer in it."""
    facts, system = _setting(rng, split, rng.choice((0, 1, 1, 2)), rng.randint(2, 6))
    taken = {fact.attribute for fact in facts}
    turns, waiting = [], rng.sample(facts, len(facts))
    for _ in range(rng.randint(4, 8)):
        if waiting and rng.random() < 0.65:
            turns.append(_answered(rng, waiting.pop()))
        else:
            turns.append(_unanswered(rng, facts, split, taken))
    return chat(turns, system)


def irrelevant(rng: Random, split: Split) -> str:
    """A notes frame for a conversation about something else."""
    return _setting(rng, split, 0)[1]
