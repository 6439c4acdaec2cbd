"""Told is when a place opens and closes; asked is what follows. See grammar.py."""

from __future__ import annotations

import random
from collections.abc import Iterator

from engram.synth.grammar_words import Topic

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours(draws: random.Random, topic: Topic, who: str) -> tuple[str, Iterator[tuple[str, str]]]:
    """Whole hours of one day; 24-hour clock."""
    day, opens, closes = draws.choice(DAYS), draws.randint(6, 11), draws.randint(14, 21)
    told = draws.choice(
        (
            f"On {day} the {topic.place} opens at {opens}:00 and closes at {closes}:00; {who} has the key.",
            f"{who} opens the {topic.place} at {opens}:00 on {day} and closes it at {closes}:00.",
            f"The {topic.place} is open from {opens}:00 to {closes}:00 on {day}, says {who}.",
        )
    )
    return told, _exchanges(draws, topic.place, day, opens, closes)


def _exchanges(
    draws: random.Random, place: str, day: str, opens: int, closes: int
) -> Iterator[tuple[str, str]]:
    """One of each kind, in any order; a later hour stays so."""
    for kind in draws.sample(("open", "close", "length", "at", "other day", "longer"), 6):
        match kind:
            case "open":
                asked = draws.choice((f"When does the {place} open?", f"From what time is the {place} open?"))
                yield asked, f"The {place} opens at {opens}:00 on {day}."
            case "close":
                asked = draws.choice((f"When does the {place} close?", f"Until when is the {place} open?"))
                yield asked, f"The {place} closes at {closes}:00 on {day}."
            case "length":
                asked = draws.choice(
                    (f"How long is the {place} open?", f"For how many hours is the {place} open?")
                )
                yield asked, f"The {place} is open for {closes - opens} hours on {day}."
            case "at":
                yield _open_at(draws, place, day, opens, closes)
            case "other day":
                other = draws.choice([one for one in DAYS if one != day])
                asked = draws.choice(
                    (f"When does the {place} open on {other}?", f"Until when is the {place} open on {other}?")
                )
                yield (
                    asked,
                    f"I don't know the hours of the {place} on {other}, only those on {day}.",
                )
            case _:
                closes += draws.randint(1, 2)
                asked = f"On {day} the {place} now stays open until {closes}:00. How many hours is that?"
                yield asked, f"From {opens}:00 to {closes}:00 it is {closes - opens} hours."


def _open_at(draws: random.Random, place: str, day: str, opens: int, closes: int) -> tuple[str, str]:
    hour = draws.choice([opens - 2, opens - 1, opens + 1, closes - 1, closes + 1, closes + 2])
    question = f"Is the {place} open at {hour}:30 on {day}?"
    if opens <= hour < closes:
        return question, f"Yes, the {place} is open at {hour}:30."
    when = f"opens at {opens}:00" if hour < opens else f"closes at {closes}:00"
    return question, f"No, the {place} {when}."
