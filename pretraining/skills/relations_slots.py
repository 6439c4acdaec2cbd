"""What the slots of a relation are filled with, in the user's words: "my sister", "Tola", "the second exam".

The assistant's words follow from them: `as_told` turns "my" into "your". Not here: values (relations_kinds.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from pretraining.skills import relations_words as lists
from pretraining.words import ADJECTIVES, CITIES, DAYS, Split, name

Filler = Callable[[Random, Split], str]
_YOURS = {"my": "your", "our": "your", "me": "you", "i": "you", "myself": "yourself"}


def as_told(text: str) -> str:
    """A slot or a value as the assistant says it to the user."""
    return re.sub(r"\b(my|our|me|i|myself)\b", lambda found: _YOURS[found[0]], text)


def pick(rng: Random, words: Sequence[str]) -> str:
    return lists.spaced(rng.choice(words))


def who(rng: Random, split: Split) -> str:
    """A relative or acquaintance, an invented name, or both: "my friend Tola"."""
    form = rng.random()
    if form < 0.55:
        return f"my {pick(rng, lists.RELATIVES if rng.random() < 0.6 else lists.ACQUAINTANCES)}"
    return name(rng, split) if form < 0.9 else f"my {rng.choice(('friend', 'colleague'))} {name(rng, split)}"


def role(rng: Random, split: Split) -> str:
    return f"my {pick(rng, lists.ROLES)}"


def pet(rng: Random, split: Split) -> str:
    return name(rng, split) if rng.random() < 0.25 else f"my {pick(rng, lists.PETS)}"


def thing(rng: Random, split: Split) -> str:
    """A possession; one in seven with an adjective, one in twelve with an invented noun."""
    noun = name(rng, split).lower() if rng.random() < 0.08 else pick(rng, lists.THINGS)
    first = f"{rng.choice(ADJECTIVES[:5])} " if rng.random() < 0.15 else ""
    return f"my {first}{noun}"


def paper(rng: Random, split: Split) -> str:
    return f"{rng.choice(('my', 'my', 'the'))} {pick(rng, lists.PAPERS)}"


def room(rng: Random, split: Split) -> str:
    return f"the {pick(rng, lists.ROOMS)}"


def vehicle(rng: Random, split: Split) -> str:
    return f"my {pick(rng, lists.VEHICLES)}"


def place(rng: Random, split: Split) -> str:
    return name(rng, split) if rng.random() < 0.6 else rng.choice(CITIES)


def site(rng: Random, split: Split) -> str:
    return f"the {pick(rng, lists.SITES)}"


def event(rng: Random, split: Split) -> str:
    noun = pick(rng, lists.EVENTS)
    form = rng.random()
    if form < 0.15:
        return f"{name(rng, split)}'s {noun}"
    return f"the {noun}" if form < 0.6 else f"my {noun}"


def project(rng: Random, split: Split) -> str:
    return f"the {name(rng, split)} project"


def hobby(rng: Random, split: Split) -> str:
    return rng.choice(lists.TOPICS)


def subject(rng: Random, split: Split) -> str:
    return rng.choice(lists.SUBJECTS)


def language(rng: Random, split: Split) -> str:
    return rng.choice(lists.LANGUAGES)


def bill(rng: Random, split: Split) -> str:
    return f"the {pick(rng, lists.BILLS)}"


def course(rng: Random, split: Split) -> str:
    return f"the {pick(rng, lists.COURSES)}"


def dish(rng: Random, split: Split) -> str:
    return rng.choice(lists.DISHES)


def day(rng: Random, split: Split) -> str:
    return rng.choice(DAYS)


def host(rng: Random, split: Split) -> str:
    return f"the {rng.choice((name(rng, split), 'mail', 'web', 'build', 'backup', 'test', 'print'))} server"


SLOTS: dict[str, Filler] = {
    made.__name__: made
    for made in (
        *(who, role, pet, thing, paper, room, vehicle, place, site, event, project, hobby, subject, language),
        *(bill, course, dish, day, host),
    )
}
