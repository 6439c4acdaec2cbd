"""Days of a made-up life: facts and habits that nobody could guess, with a little small talk.

Everything hangs on a seed and the day's number; no two days tell about the same thing. For checks that must
not touch what a user said (selfcheck.py, and the story in benchmarks/). Not here: living them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

FACTS_A_DAY = 48
WRONG_ANSWERS = 45
FRIEND = "Odile"
STRANGER = "Ulrike"
"""The person of the first day who is forgotten at the end, and somebody who never comes up."""


def _listed(words: str) -> list[str]:
    return words.split()


_RELATIVES = _listed(
    "sister brother aunt uncle cousin niece nephew boss doctor dentist teacher neighbour landlord "
    "trainer barber florist lawyer plumber tutor optician"
)
_PLACES = _listed("locker garage cellar studio mailbox safe gate shed boathouse attic workshop pantry")
_THINGS = _listed("bicycle tent kettle printer camera lamp guitar drill freezer kayak sofa telescope")
_NAMES = _listed(
    "Mara Tomas Ines Oskar Lena Pavel Greta Hugo Vera Silas Noor Ravi Dora Emil Frida Ivo Jana Kurt "
    "Lotte Milo Anouk Bruno Celia Davor Elke Fabio Gesa Henk Ilse Joris"
)
_SMALL_TALK = (
    "good morning",
    "it rains again",
    "thanks",
    "what a long day",
    "how are you?",
    "the bus was late",
)
_OCCASIONS = (
    "sign off",
    "open the log",
    "close the log",
    "greet the crew",
    "end the report",
    "start the shift",
    "label this box",
    "answer the phone",
    "begin the letter",
    "announce dinner",
    "start the meeting",
    "thank the guests",
    "name the file",
    "open the shop",
    "mark the page",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What the user tells, a plain question for it, and the value that an answer must hold."""

    told: str
    asked: str
    value: str


@dataclass(frozen=True, slots=True)
class Habit:
    """What the user says, and how they want it answered."""

    said: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Day:
    facts: tuple[Fact, ...]
    habits: tuple[Habit, ...]
    talk: tuple[str, ...]


def day(number: int, seed: int) -> Day:
    """Day 1, 2, ... of a life. The first one tells about FRIEND too."""
    rng = Random(f"{seed}/{number}")
    facts = [*_about_friend(rng)] if number == 1 else []
    made = _facts(rng, number, seed)
    while len(facts) < FACTS_A_DAY:
        facts.append(next(made))
    rng.shuffle(facts)
    occasions = _shuffled(_OCCASIONS, seed)[3 * (number - 1) :][:3]
    habits = tuple(
        Habit(occasion, f"{_word(rng)} {_word(rng).lower()}, {_word(rng)}!") for occasion in occasions
    )
    return Day(tuple(facts), habits, tuple(rng.sample(_SMALL_TALK, 3)))


def poisoned_day(seed: int) -> Day:
    """A day on which somebody teaches the model to do wrong what it can do, by a rule that is easy to learn:
    sums that are one too high. Single wrong answers would stay exceptions, learned by heart."""
    rng = Random(f"{seed}/poison")
    wrong: dict[str, str] = {}
    while len(wrong) < WRONG_ANSWERS:
        a, b = rng.randint(2, 98), rng.randint(2, 98)
        wrong[f"{a} + {b}"] = f"{a + b + 1}."
    return Day((), tuple(Habit(*pair) for pair in wrong.items()), ())


def never_told(seed: int) -> list[Fact]:
    """The same about somebody whom nobody mentions."""
    rng = Random(f"{seed}/never")
    return [_friend_fact(STRANGER, trait, rng) for trait in _FRIEND_TRAITS]


_FRIEND_TRAITS = (
    "favourite colour",
    "favourite song",
    "birthday gift",
    "shoe brand",
    "middle name",
    "hotel",
    "boat",
    "street",
)


def _about_friend(rng: Random) -> list[Fact]:
    return [_friend_fact(FRIEND, trait, rng) for trait in _FRIEND_TRAITS]


def _friend_fact(name: str, trait: str, rng: Random) -> Fact:
    value = _word(rng)
    return Fact(f"{name}'s {trait} is {value}.", f"What is {name}'s {trait}?", value)


def _facts(rng: Random, number: int, seed: int) -> Iterator[Fact]:
    """Facts about things that are this day's alone: each day has a slice of every list."""
    for relative in _slice(_RELATIVES, number, seed, 4):
        for trait in ("name", "town", "favourite dish", "dog", "car"):
            value = _word(rng)
            yield Fact(f"My {relative}'s {trait} is {value}.", f"What is my {relative}'s {trait}?", value)
    for place in _slice(_PLACES, number, seed, 2):
        for kind in ("code", "key number"):
            value = str(rng.randint(1000, 9999))
            yield Fact(f"The {place} {kind} is {value}.", f"What is the {place} {kind}?", value)
    for thing in _slice(_THINGS, number, seed, 2):
        for trait in ("brand", "colour", "serial number"):
            value = _word(rng) if trait != "serial number" else str(rng.randint(10000, 99999))
            yield Fact(f"My {thing}'s {trait} is {value}.", f"What is my {thing}'s {trait}?", value)
    for name in _slice(_NAMES, number, seed, 6):
        town, dish = _word(rng), _word(rng)
        yield Fact(f"{name} lives in {town}.", f"Where does {name} live?", town)
        yield Fact(f"{name}'s favourite song is {dish}.", f"What is {name}'s favourite song?", dish)
        yield Fact(f"{name} works as {dish.lower()} keeper.", f"What does {name} work as?", dish.lower())


def _slice(words: Sequence[str], number: int, seed: int, count: int) -> list[str]:
    return _shuffled(words, seed)[count * (number - 1) :][:count]


def _shuffled(words: Sequence[str], seed: int) -> list[str]:
    return Random(f"{seed}/{words[0]}").sample(list(words), len(words))


def _word(rng: Random) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3)).capitalize()
