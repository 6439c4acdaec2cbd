"""Sets of facts no two of which answer the same question, and what may be asked beside them.

A fact is about a relation (relations.py) or an attribute (attributes.py). Not here: how facts are written as
notes and asked for (telling.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from pretraining.skills.attributes import FIXED, PEOPLE, Attribute, any_attribute
from pretraining.skills.relations import BY_WORD, OPEN_RELATIONS, RELATIONS, WITH_SLOT, first_word
from pretraining.skills.relations_base import Subject, subject
from pretraining.words import OPEN_KINDS, Split, value

About = Subject | Attribute
AMBIGUOUS = frozenset(
    (
        *("exam date", "party date", "meeting day", "meeting time", "train time", "train number", "alarm"),
        *(
            "flight number",
            "passport number",
            "hotel's name",
            "kitchen colour",
            "neighbour's name",
            "boss's name",
        ),
    )
)
"""Attributes that say what a relation says in other words; they stay out of these sets."""


@dataclass(frozen=True)
class Fact:
    """What is told about, with all values it had, oldest first; the last one is right."""

    about: About
    values: tuple[str, ...]

    @property
    def answer(self) -> str:
        about, current = self.about, self.values[-1]
        return about.answer(current)


def topic(about: About) -> tuple[str, tuple[str, ...]]:
    """What a note is about: topic and bearers, the same for an attribute and a relation that mean it."""
    if isinstance(about, Subject):
        return about.topic, about.fills
    bearer, _, trait = about.asked.rpartition("'s ")
    if bearer:
        return trait, (bearer,)
    return {"street": "city"}.get(about.noun, about.noun), ()


def _words(fill: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", fill.lower())) - {"my", "the", "our", "s"}


def clash(one: About, other: About) -> bool:
    """Whether a note on one might answer a question on the other: "my exam" and "Tola's exam" do clash."""
    (name, fills), (other_name, other_fills) = topic(one), topic(other)
    if name != other_name or len(fills) != len(other_fills):
        return False
    pairs = [(_words(a), _words(b)) for a, b in zip(fills, other_fills, strict=True)]
    return all(a <= b or b <= a for a, b in pairs)


def fits(new: About, facts: Sequence[Fact], asked: Sequence[About] = ()) -> bool:
    """Whether `new` is another matter than all of these, and its bearers are nobody's and nothing's value."""
    if any(clash(new, other) for other in (*(fact.about for fact in facts), *asked)):
        return False
    bearers = [_words(fill) for fill in topic(new)[1]]
    told = [_words(value) for fact in facts for value in fact.values]
    return not any(bearer <= words for bearer in bearers for words in told)


def attribute(rng: Random, split: Split) -> Attribute:
    while True:
        found = any_attribute(rng, split)
        if found.noun not in AMBIGUOUS and (split == "train" or found.kind in OPEN_KINDS):
            return found


def anything(rng: Random, split: Split) -> About:
    """A relation, or in one of six cases an old attribute."""
    if rng.random() < 0.16:
        return attribute(rng, split)
    return subject(rng, rng.choice(RELATIONS if split == "train" else OPEN_RELATIONS), split)


def near(rng: Random, about: About, split: Split) -> About:
    """The same relation of something else, another of the same thing, or one with the same question word."""
    form = rng.random()
    if isinstance(about, Attribute):
        return _near_attribute(rng, about, split)
    relation = about.relation
    if relation.slots and form < 0.4:
        return subject(rng, relation, split)
    if relation.slots and form < 0.75:
        slot, fill = rng.choice(list(zip(relation.slots, about.fills, strict=True)))
        return subject(rng, rng.choice(WITH_SLOT[slot]), split, {slot: fill})
    return subject(rng, rng.choice(BY_WORD[first_word(relation)]), split)


def _near_attribute(rng: Random, about: Attribute, split: Split) -> About:
    bearer = about.asked.rpartition("'s ")[0]
    if bearer.removeprefix("my ") in PEOPLE and rng.random() < 0.5:
        return subject(rng, rng.choice(WITH_SLOT["who"]), split, {"who": bearer})
    others = [a for a in FIXED if a.parts & about.parts and a.noun not in AMBIGUOUS]
    return rng.choice(others) if others else attribute(rng, split)


def _value(rng: Random, about: About, split: Split) -> str:
    if isinstance(about, Subject):
        return about.value(rng, split)
    return value(rng, about.kind, about.asked, split)


def one_fact(rng: Random, about: About, split: Split, versions: int) -> Fact:
    """The fact with so many different values, none of which holds another."""
    values: list[str] = []
    while len(values) < versions:
        new = _value(rng, about, split)
        bearers = [_words(fill) for fill in topic(about)[1]]
        told_of = any(bearer <= _words(new) for bearer in bearers)
        if not told_of and not any(new in old or old in new for old in values):
            values.append(new)
    return Fact(about, tuple(values))


def _tellable(about: About, split: Split) -> bool:
    if split == "train":
        return True
    return about.relation.is_open if isinstance(about, Subject) else about.kind in OPEN_KINDS


def several_facts(rng: Random, split: Split, count: int, updates: int) -> list[Fact]:
    """`count` facts of different matters, most near each other; the first `updates` have older values."""
    first = subject(rng, rng.choice(RELATIONS if split == "train" else OPEN_RELATIONS), split)
    facts = [one_fact(rng, first, split, rng.choice((2, 2, 3)) if updates else 1)]
    while len(facts) < count:
        close = rng.random() < 0.65
        new = near(rng, rng.choice(facts).about, split) if close else anything(rng, split)
        if not _tellable(new, split) or not fits(new, facts):
            continue
        made = one_fact(rng, new, split, rng.choice((2, 2, 3)) if len(facts) < updates else 1)
        if _leaves(made, facts):
            facts.append(made)
    return facts


def _leaves(new: Fact, facts: Sequence[Fact]) -> bool:
    """Whether the values of a new fact are not what the facts so far are about."""
    told = [_words(value) for value in new.values]
    bearers = [_words(fill) for fact in facts for fill in topic(fact.about)[1]]
    return not any(bearer <= words for bearer in bearers for words in told)
