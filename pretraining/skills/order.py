"""Skill `order`: reverse a list of words, sort numbers, letters or words, count the items of a list."""

from __future__ import annotations

from random import Random

from pretraining.skills.base import Turn, several, vary
from pretraining.words import ADJECTIVES, NOUNS, Split, draw, sample

LETTERS = "abcdefghijklmnopqrstuvwxyz"
REVERSE = (
    "reverse this list: {}",
    "reverse the order: {}",
    "write these in reverse order: {}",
    "backwards: {}",
)
SORT_NUMBERS = ("sort these numbers: {}", "sort from small to large: {}", "put these numbers in order: {}")
SORT_WORDS = ("sort alphabetically: {}", "put these in alphabetical order: {}", "sort from a to z: {}")
COUNT = (
    "how many items are there: {}",
    "count the items: {}",
    "how many items are in this list: {}",
    "count: {}",
)


def _reverse(rng: Random, split: Split) -> Turn:
    words = sample(rng, (*NOUNS, *ADJECTIVES), rng.randint(2, 5), split)
    return Turn(rng.choice(REVERSE).format(", ".join(words)), ", ".join(reversed(words)))


def _sort_numbers(rng: Random, split: Split) -> Turn:
    numbers = draw(lambda: rng.sample(range(100), rng.randint(3, 5)), split, lambda n: " ".join(map(str, n)))
    ask = rng.choice(SORT_NUMBERS).format(", ".join(map(str, numbers)))
    return Turn(ask, ", ".join(map(str, sorted(numbers))))


def _sort_words(rng: Random, split: Split) -> Turn:
    """Letters or words whose first letters differ: what has to be compared is always the first letter."""
    count = rng.randint(3, 5)
    words = sample(rng, LETTERS, count, split)
    if rng.random() < 0.5:
        while True:
            words = sample(rng, NOUNS, min(count, 4), split)
            if len({word[0] for word in words}) == len(words):
                break
    return Turn(rng.choice(SORT_WORDS).format(", ".join(words)), ", ".join(sorted(words)))


def _count(rng: Random, split: Split) -> Turn:
    words = sample(rng, NOUNS, rng.randint(2, 8), split)
    return Turn(rng.choice(COUNT).format(", ".join(words)), f"There are {len(words)} items.")


def turn(rng: Random, split: Split) -> Turn:
    made = rng.choice((_reverse, _sort_numbers, _sort_words, _count))(rng, split)
    return Turn(vary(rng, made.user), made.assistant)


conversation = several(turn, 3, 5)
