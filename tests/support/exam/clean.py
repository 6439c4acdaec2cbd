"""The exam on false alarms: thousands of clean lines of chat, code, logs and tables in many languages.

    from tests.support.exam.clean import clean_lines
    for line in clean_lines(10_000): assert nothing is found in line.text

Not here: lines made to look like something (near.py).
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping

from tests.support.exam.clean_answers import ANSWERS
from tests.support.exam.clean_chat import ENGLISH, OTHER_WORDS, OTHERS, WORDS
from tests.support.exam.clean_code import CODE, CODE_WORDS
from tests.support.exam.samples import Clean, draws

SLOTS: Mapping[str, tuple[str, ...]] = {**WORDS, **OTHER_WORDS, **CODE_WORDS}
TEMPLATES: Mapping[str, tuple[str, ...]] = {"english": ENGLISH, "answers": ANSWERS, **OTHERS, **CODE}
OFTEN = {"english": 10, "answers": 8, **dict.fromkeys(CODE, 3)}  # to one line of each other language
TURNS = tuple(kind for kind in TEMPLATES for _ in range(OFTEN.get(kind, 1)))
PARAGRAPHS = 0.15  # share of the English lines that are two or three sentences long


def fill(rng: random.Random, template: str) -> str:
    """Put a drawn word or number into every place of the template, each place on its own."""
    pieces = []
    for text, slot, _, _ in string.Formatter().parse(template):
        pieces.append(text)
        if slot is not None:
            pieces.append(word(rng, slot))
    return "".join(pieces)


def price(rng: random.Random) -> str:
    form = rng.choice(("€ {}.{:02d}", "${}.{:02d}", "{},{:02d} EUR"))
    return form.format(rng.randint(1, 400), rng.randint(0, 99))


def word(rng: random.Random, slot: str) -> str:
    """A word of that list, or a number: at most four digits in a row, a clock, a price, a share, a range."""
    match slot:
        case "small" | "big" | "year":
            return str(rng.randint(*{"small": (2, 12), "big": (100, 2999), "year": (1400, 1990)}[slot]))
        case "time":
            return f"{rng.randint(6, 22)}:{rng.randrange(0, 60, 5):02d}"
        case "price":
            return price(rng)
        case "share":
            return f"{rng.randint(1, 99)}{rng.choice((' %', '%', ' percent'))}"
        case "range":
            low = rng.randint(2, 900)
            return f"{low}-{low + rng.randint(1, 90)}"
    return rng.choice(SLOTS[slot])


def line_of(rng: random.Random, kind: str) -> str:
    """One line of the kind; now and then a small paragraph."""
    count = rng.randint(2, 3) if kind == "english" and rng.random() < PARAGRAPHS else 1
    return " ".join(fill(rng, rng.choice(TEMPLATES[kind])) for _ in range(count))


def clean_lines(count: int = 10_000, seed: int = 0) -> list[Clean]:
    """`count` lines, no two alike, the kinds in turn. The first lines of a seed do not depend on `count`."""
    made: dict[str, Clean] = {}
    number = 0
    while len(made) < count:
        kind = TURNS[number % len(TURNS)]
        text = line_of(draws(seed, "clean", kind, number), kind)
        made.setdefault(text, Clean(kind, text))
        number += 1
    return list(made.values())
