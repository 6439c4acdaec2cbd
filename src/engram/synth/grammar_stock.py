"""Told is who has how many of what; asked is what follows. See grammar.py."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from engram.synth.grammar_words import Topic


def stock(draws: random.Random, topic: Topic, who: str) -> tuple[str, Iterator[tuple[str, str]]]:
    """Three things in different numbers."""
    has = dict(zip(draws.sample(topic.things, 3), draws.sample(range(2, 40), 3), strict=True))
    there = f"at the {topic.place}"
    told = draws.choice(
        (
            f"{who} has {listed(has)} {there}.",
            f"There are {listed(has)} {there}, and {who} looks after them.",
            f"{who} counted everything {there}: {listed(has)}.",
        )
    )
    return told, _exchanges(draws, topic, who, has)


def _exchanges(
    draws: random.Random, topic: Topic, who: str, has: dict[str, int]
) -> Iterator[tuple[str, str]]:
    """One of each kind, in any order; what changes stays so."""
    kinds = (_count, _sum, _most, _fewest, _bullets, _as_json, _sorted, _change, _correction, _untold)
    for kind in draws.sample(kinds, len(kinds)):
        yield kind(draws, topic, who, has)


def listed(has: dict[str, int]) -> str:
    """`3 loaves, 5 rolls and 2 muffins`."""
    parts = [f"{number} {thing}" for thing, number in has.items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _count(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    thing = draws.choice(list(has))
    question = draws.choice(
        (
            f"How many {thing} does {who} have?",
            f"Can you tell me how many {thing} there are at the {topic.place}?",
            f"What is the number of {thing} at the {topic.place}?",
        )
    )
    return question, f"{who} has {has[thing]} {thing}."


def _sum(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    one, other = draws.sample(list(has), 2)
    question = draws.choice(
        (
            f"How many {one} and {other} is that together?",
            f"Add up the {one} and the {other}.",
            f"If {who} puts {one} and {other} on one heap, how many pieces lie there?",
        )
    )
    return question, f"{has[one]} {one} and {has[other]} {other} make {has[one] + has[other]}."


def _most(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    thing = max(has, key=has.__getitem__)
    question = draws.choice(
        (
            f"What does {who} have most of at the {topic.place}?",
            f"What is there most of at the {topic.place}?",
        )
    )
    return question, f"Most of all there are {thing}: {has[thing]}."


def _fewest(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    thing = min(has, key=has.__getitem__)
    question = draws.choice(
        (f"What has {who} the fewest of at the {topic.place}?", f"What is scarcest at the {topic.place}?")
    )
    return question, f"The fewest are the {thing}: only {has[thing]}."


def _bullets(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    question = draws.choice(
        (
            f"Write what {who} has at the {topic.place} as a bullet list.",
            f"List the stock of the {topic.place} with a dash before each line.",
        )
    )
    return question, "\n".join(f"- {number} {thing}" for thing, number in has.items())


def _as_json(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    question = draws.choice(
        (
            f"Give me the numbers of the {topic.place} as JSON, nothing else.",
            f"As a JSON object, please: what {who} has at the {topic.place}.",
        )
    )
    return question, json.dumps(has)


def _sorted(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    question = draws.choice(
        (
            f"Name what the {topic.place} has, in the order of the alphabet, in one line.",
            f"Sort the things at the {topic.place} by their names, separated by commas.",
        )
    )
    return question, ", ".join(sorted(has))


def _change(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    """Some come or go; never so that two kinds are level, or the most and the fewest would have no answer."""
    thing = draws.choice(list(has))
    others = {number for one, number in has.items() if one != thing}
    before = has[thing]
    has[thing] = now = draws.choice(
        [n for n in range(before - 9, before + 10) if n >= 2 and n not in others and abs(n - before) > 1]
    )
    if now < before:
        question = f"{who} gives away {before - now} of the {thing}. How many {thing} are left?"
        return question, f"{now} {thing} are left."
    question = f"{now - before} more {thing} arrive at the {topic.place}. How many {thing} are there now?"
    return question, f"Now there are {now} {thing}."


def _correction(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    thing = draws.choice(list(has))
    has[thing] = right = draws.choice([number for number in range(2, 40) if number not in has.values()])
    question = draws.choice(
        (
            f"I was wrong about the {thing}: there are {right}. What does {who} have in all?",
            f"Correction, it is {right} {thing}. So what is there at the {topic.place}?",
        )
    )
    return question, f"{who} has {listed(has)}."


def _untold(draws: random.Random, topic: Topic, who: str, has: dict[str, int]) -> tuple[str, str]:
    thing = draws.choice([one for one in topic.things if one not in has])
    question = draws.choice(
        (f"How many {thing} does {who} have?", f"How many {thing} are there at the {topic.place}?")
    )
    return question, f"I don't know how many {thing} there are; you did not say."
