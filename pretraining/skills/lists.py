"""Skills `list` (bullets or numbers from given items) and `json` (a one-line object from keys and values)."""

from __future__ import annotations

import json
from random import Random

from pretraining.skills.base import Turn, several, vary
from pretraining.words import ADJECTIVES, CITIES, COLOURS, NOUNS, Split, draw, listed, name, sample

BULLETS = (
    "make a bullet list: {}",
    "write these as bullets: {}",
    "turn this into a bullet list: {}",
    "bullet points please: {}",
    "list these items with dashes: {}",
)
NUMBERS = (
    "make a numbered list: {}",
    "number these items: {}",
    "turn this into a numbered list: {}",
    "write these as a numbered list: {}",
    "list these items with numbers: {}",
)
OBJECTS = (
    "make a JSON object: {}",
    "write this as JSON: {}",
    "turn this into JSON: {}",
    "JSON please: {}",
    "give me a JSON object with {}",
)
TEXT_KEYS = listed(
    "name city colour food title owner street country language pet label room team author status"
)
NUMBER_KEYS = listed("age count size width height price score year level pages")


def items(rng: Random, split: Split, low: int, high: int) -> list[str]:
    """Different short items; some of two words, some invented names."""
    count = rng.randint(low, high)
    chosen = sample(rng, NOUNS, count, split)
    form = rng.random()
    if form < 0.2:
        return [f"{rng.choice(ADJECTIVES)} {item}" for item in chosen]
    if form < 0.35:
        return [name(rng, split) if rng.random() < 0.6 else item for item in chosen]
    return chosen


def turn(rng: Random, split: Split) -> Turn:
    given = items(rng, split, 2, 6)
    bullets = rng.random() < 0.5
    ask = vary(rng, rng.choice(BULLETS if bullets else NUMBERS)).format(", ".join(given))
    lines = [f"- {item}" if bullets else f"{index}. {item}" for index, item in enumerate(given, 1)]
    return Turn(ask, "\n".join(lines))


def _pairs(rng: Random, split: Split) -> dict[str, str | int]:
    count = rng.randint(1, 4)
    keys = rng.sample(TEXT_KEYS + NUMBER_KEYS, count)
    pairs: dict[str, str | int] = {}
    for key in keys:
        text = name(rng, split) if rng.random() < 0.5 else rng.choice((*NOUNS, *COLOURS, *CITIES))
        pairs[key] = rng.randint(0, 999) if key in NUMBER_KEYS else text
    return pairs


def json_turn(rng: Random, split: Split) -> Turn:
    pairs = draw(lambda: _pairs(rng, split), split, json.dumps)
    form = rng.choice(("{} = {}", "{}: {}", "{} {}"))
    given = ", ".join(form.format(key, value) for key, value in pairs.items())
    return Turn(vary(rng, rng.choice(OBJECTS)).format(given), json.dumps(pairs))


conversation = several(turn, 2, 4)
json_conversation = several(json_turn, 2, 5)
