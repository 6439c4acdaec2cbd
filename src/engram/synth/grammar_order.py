"""Told is what somebody does first, then and last; asked is what follows. See grammar.py."""

from __future__ import annotations

import random
from collections.abc import Iterator

from engram.synth.grammar_words import Topic


def order(draws: random.Random, topic: Topic, who: str) -> tuple[str, Iterator[tuple[str, str]]]:
    """Three deeds of a day."""
    deeds = draws.sample(topic.deeds, 3)
    first, then, last = deeds
    told = draws.choice(
        (
            f"At the {topic.place} {who} first {first}, then {then}, and last {last}.",
            f"This is {who}'s day at the {topic.place}: {who} {first}, then {who} {then}, and at the end "
            f"{who} {last}.",
            f"Before anything else at the {topic.place}, {who} {first}. Next {who} {then}. The day ends when "
            f"{who} {last}.",
        )
    )
    return told, _exchanges(draws, topic, who, deeds)


def _exchanges(draws: random.Random, topic: Topic, who: str, deeds: list[str]) -> Iterator[tuple[str, str]]:
    """One of each kind, in any order; a new order stays so."""
    place = topic.place
    for kind in draws.sample(("after", "before", "end", "list", "untold", "reverse"), 6):
        match kind:
            case "after":
                at = draws.randint(0, 1)
                asked = f"What comes right after {who} {deeds[at]}?"
                yield asked, f"Right after that {who} {deeds[at + 1]}."
            case "before":
                at = draws.randint(1, 2)
                asked = f"What happens just before {who} {deeds[at]}?"
                yield asked, f"Just before that {who} {deeds[at - 1]}."
            case "end":
                at, word = draws.choice(((0, "first"), (2, "last")))
                yield f"What does {who} do {word} at the {place}?", f"{word.capitalize()} {who} {deeds[at]}."
            case "list":
                asked = f"Write {who}'s day at the {place} as a numbered list."
                yield asked, "\n".join(f"{number}. {deed}" for number, deed in enumerate(deeds, 1))
            case "untold":
                untold = next(deed for deed in topic.deeds if deed not in deeds)
                yield (
                    f"When is it that {who} {untold}?",
                    f"I don't know when {who} {untold}.",
                )
            case _:
                deeds.reverse()
                asked = f"Tomorrow {who} goes the other way round at the {place}. In which order? One line."
                yield asked, ", ".join(deeds)
