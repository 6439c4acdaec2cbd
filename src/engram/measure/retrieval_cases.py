"""A seeded world for the retrieval benchmark: facts about invented people among idle talk, and questions.

Kept apart from what it tests: it imports nothing of the index, and its sentences, names and seed occur
nowhere else (retrieval_words.json). Facts are planted as single turns and asked in their own words (lexical)
and in other words around the name (reworded); some are told twice and asked for the newer value (updated).
Pairs written by hand share no word of substance between statement and question (unshared). Questions about
what nobody said are about known people and things that nobody brought together (near), or about an unknown
person (far). Not here: asking (retrieval.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from random import Random
from typing import Any, Literal

Way = Literal["lexical", "reworded", "unshared", "updated", "never_near", "never_far"]

SEED = 20261121

_WORDS: dict[str, Any] = json.loads(
    (resources.files("engram.measure") / "retrieval_words.json").read_text("utf-8")
)
TOPICS: list[dict[str, str]] = _WORDS["topics"]
"""What is told, asked in its words and asked in other words, with the kind of its value."""


@dataclass(frozen=True, slots=True)
class Question:
    """`answer` is a text that the right chunk holds, "" where nothing was said; `older` the value that was
    right before, "" unless the fact was told twice. `about` is what the chunk must begin with."""

    way: Way
    text: str
    about: str = ""
    answer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """`turns` in the order in which they were said; `planted` counts the facts among them."""

    turns: tuple[str, ...]
    questions: tuple[Question, ...]
    planted: int


def make_world(distractors: int = 20_000, facts: int = 240, seed: int = SEED) -> World:
    """A world of this size; the same for the same seed."""
    rng = Random(seed)
    pairs = [(person, topic) for person in _WORDS["people"] for topic in range(len(TOPICS))]
    rng.shuffle(pairs)
    told, untold, others = pairs[:facts], pairs[facts : facts + facts // 2], pairs[facts + facts // 2 :]
    turns: list[str] = []
    questions: list[Question] = []
    for number, (person, topic) in enumerate(told):
        values = _values(rng, TOPICS[topic]["value"], 2 if number % 4 == 0 else 1)
        turns += [_told(person, topic, value) for value in values]
        questions += _asked(person, topic, values)
    questions += [_never("never_near", person, topic) for person, topic in untold]
    questions += [_never("never_far", f"Bartleby{n}", n % len(TOPICS)) for n in range(facts // 4)]
    turns += [pair["told"] for pair in _WORDS["unshared"]]
    questions += [Question("unshared", pair["asked"], "", pair["answer"]) for pair in _WORDS["unshared"]]
    near = [_told(person, topic, _values(rng, TOPICS[topic]["value"], 1)[0]) for person, topic in others]
    idle = _idle(rng, distractors - len(near))
    return World(_mixed(rng, turns, near + idle), tuple(questions), len(told) + len(_WORDS["unshared"]))


def _told(person: str, topic: int, value: str) -> str:
    return TOPICS[topic]["told"].format(p=person, v=value)


def _asked(person: str, topic: int, values: list[str]) -> list[Question]:
    lexical, reworded = TOPICS[topic]["lexical"], TOPICS[topic]["reworded"]
    about = TOPICS[topic]["told"].split("{v}")[0].format(p=person)
    if len(values) > 1:
        return [Question("updated", lexical.format(p=person), about, values[-1], values[0])]
    return [
        Question("lexical", lexical.format(p=person), about, values[0]),
        Question("reworded", reworded.format(p=person), about, values[0]),
    ]


def _never(way: Way, person: str, topic: int) -> Question:
    return Question(way, TOPICS[topic]["lexical"].format(p=person))


def _values(rng: Random, kind: str, count: int) -> list[str]:
    """Different values of a kind."""
    if kind == "number":
        return [str(number) for number in rng.sample(range(21, 9800), count)]
    if kind == "time":
        return [f"{hour}:{rng.randrange(10, 60)}" for hour in rng.sample(range(6, 23), count)]
    return rng.sample(_WORDS["values"][kind], count)


def _idle(rng: Random, count: int) -> list[str]:
    """Different sentences of idle talk, in which the people and the things of the facts occur as well."""
    people, doings, when = _WORDS["people"], _WORDS["doings"], _WORDS["when"]
    found: dict[str, None] = {}
    while len(found) < count:
        who = rng.choice((*people, "The neighbour", "Somebody", "A colleague", "I", "We", "The twins"))
        thing = f"{rng.choice(_WORDS['adjectives'])} {rng.choice(_WORDS['nouns'])}"
        found[f"{who} {rng.choice(doings)} the {thing} {rng.choice(when)}."] = None
    return list(found)


def _mixed(rng: Random, turns: list[str], between: list[str]) -> tuple[str, ...]:
    """Both lists in one; `turns` keep their order among themselves, so that newer values follow."""
    places = sorted(rng.sample(range(len(turns) + len(between)), len(turns)))
    rng.shuffle(between)
    mixed, rest = [], iter(between)
    told = dict(zip(places, turns, strict=True))
    for place in range(len(turns) + len(between)):
        mixed.append(told[place] if place in told else next(rest))
    return tuple(mixed)
