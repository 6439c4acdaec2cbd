"""The kinds of value by name, with what makes them, and their split.

`made` splits every value by the relation it belongs to, beside what words.py does with generated names.
Not here: the makers that need more than a line (relations_values.py); slots (relations_slots.py).
"""

from __future__ import annotations

from random import Random

from pretraining.skills import relations_slots as slots
from pretraining.skills import relations_values as values
from pretraining.skills import relations_words as lists
from pretraining.skills.relations_slots import Filler, pick
from pretraining.words import COLOURS, DAYS, MONTHS, Split, article, code, draw, name

DIRECTIONS = ("left", "right", "straight on", "first left", "second right", "uphill", "down the steps")
RULES = ("joke about", "mention", "use", "write about", "quote", "bring up", "show me", "suggest")
MATTERS = (
    "emojis",
    "football",
    "politics",
    "long words",
    "the weather",
    "my work",
    "tables",
    "money",
    "slang",
    "sweets",
)
KINDS: dict[str, Filler] = {
    "name": name,
    "code": code,
    "city": values.city,
    "person": values.person,
    "street": values.street,
    "address": values.address,
    "site": values.site,
    "company": values.company,
    "spot": values.spot,
    "clock": values.clock,
    "date": values.date,
    "when": values.when,
    "often": values.often,
    "duration": values.duration,
    "count": values.count,
    "money": values.money,
    "make": values.make,
    "described": values.described,
    "title": values.title,
    "activity": values.activity,
    "team": values.team,
    "gift": values.gift,
    "style": values.style,
    "transport": values.transport,
    "reason": values.reason,
    "year": values.year,
    "distance": values.measure("km", "miles", "metres"),
    "weight": values.measure("kilos", "grams", "pounds"),
    "length": values.measure("cm", "metres", "inches"),
    "dose": values.measure("mg", "drops", "ml"),
    "km": values.measure("km", "km", "miles"),
    "near": values.measure("metres", "steps"),
    "minutes": lambda rng, split: f"{rng.randint(2, 90)} {rng.choice(('minutes', 'minutes', 'hours'))}",
    "months": lambda rng, split: f"{rng.randint(2, 40)} {rng.choice(('days', 'weeks', 'months', 'years'))}",
    "percent": lambda rng, split: f"{rng.randint(2, 100)} percent",
    "way": lambda rng, split: (
        f"{rng.choice(DIRECTIONS)} {rng.choice(('at', 'behind', 'before'))} {values.landmark(rng, split)}"
    ),
    "rule": lambda rng, split: f"{rng.choice(RULES)} {rng.choice(MATTERS)}",
    "floor": lambda rng, split: (
        f"the {rng.choice(('ground', 'first', 'second', 'third', 'fourth', 'top', 'fifth'))} floor"
    ),
    "size": lambda rng, split: rng.choice(
        ("S", "M", "L", "XL", str(rng.randint(30, 58)), "small", "medium", "large")
    ),
    "number": lambda rng, split: str(rng.randint(2, 99)),
    "port": lambda rng, split: draw(lambda: str(rng.randint(1024, 9999)), split),
    "branch": lambda rng, split: (
        f"{rng.choice(('feature/', 'fix/', '', 'release-'))}{name(rng, split).lower()}"
    ),
    "address_net": lambda rng, split: (
        f"{name(rng, split).lower()}.example.{rng.choice(('org', 'com', 'net'))}"
    ),
    "tool": lambda rng, split: name(rng, split) if rng.random() < 0.5 else rng.choice(lists.EDITORS),
    "program": values.of(lists.PROGRAMS),
    "system": lambda rng, split: name(rng, split) if rng.random() < 0.3 else rng.choice(lists.SYSTEMS),
    "product": lambda rng, split: f"{name(rng, split)}{rng.choice(('', '', ' Plus', ' Pro', ' 2', ' Mini'))}",
    "day": values.of(DAYS),
    "month": values.of(MONTHS),
    "colour": values.of(COLOURS),
    "material": values.of(lists.MATERIALS),
    "dish": values.of(lists.DISHES),
    "drink": values.of(lists.DRINKS),
    "allergen": values.of(lists.ALLERGENS),
    "fear": values.of(lists.FEARS),
    "animals": values.of(lists.ANIMALS),
    "genre": values.of(lists.GENRES),
    "language": values.of(lists.LANGUAGES),
    "subject": values.of(lists.SUBJECTS),
    "hobby": values.of(lists.TOPICS),
    "job": lambda rng, split: article(rng.choice(lists.JOBS)),
    "pet": lambda rng, split: article(pick(rng, lists.PETS)),
    "blood": values.of(
        ("A positive", "A negative", "B positive", "B negative", "O positive", "O negative", "AB positive")
    ),
    "diet": values.of(
        ("vegan", "vegetarian", "gluten-free", "low-salt", "sugar-free", "halal", "kosher", "dairy-free")
    ),
    "instrument": values.of(
        ("violin", "cello", "flute", "banjo", "trumpet", "harp", "piano", "oboe", "tuba", "ukulele")
    ),
    "thing": slots.thing,
    "activity_place": values.site,
}
OPEN = frozenset(("name", "code", "product", "company", "branch", "address_net", "team", "title", "make"))
"""Kinds whose every value holds a generated name or code: room enough for held-out ones."""


def made(rng: Random, kind: str, about: str, split: Split) -> str:
    """A value of this kind for the relation `about`, out of `split`."""
    return draw(lambda: KINDS[kind](rng, split), split, lambda value: f"{about}={value}")
