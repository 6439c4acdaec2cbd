"""How values of everyday facts are made, in the user's words: places, people, times, amounts, reasons.

Generated names and codes come from words.py and belong to its splits. Not here: the kinds by name, and their
split by relation (relations_kinds.py); slots (relations_slots.py).
"""

from __future__ import annotations

from random import Random

from pretraining.skills import relations_words as lists
from pretraining.skills.relations_slots import Filler, pick
from pretraining.words import ADJECTIVES, CITIES, COLOURS, DAYS, MONTHS, Split, article, name


def city(rng: Random, split: Split) -> str:
    return name(rng, split) if rng.random() < 0.65 else rng.choice(CITIES)


def person(rng: Random, split: Split) -> str:
    form = rng.random()
    if form < 0.3:
        return f"my {pick(rng, lists.RELATIVES + lists.ACQUAINTANCES)}"
    if form < 0.7:
        return name(rng, split)
    if form < 0.85:
        return f"{name(rng, split)} {name(rng, split)}"
    return f"{rng.choice(('Dr.', 'Mrs.', 'Mr.', 'old', 'little'))} {name(rng, split)}"


def street(rng: Random, split: Split) -> str:
    first = name(rng, split) if rng.random() < 0.5 else rng.choice(lists.STREETS)
    return f"{first} {rng.choice(('Street', 'Road', 'Lane', 'Square', 'Avenue'))}"


def address(rng: Random, split: Split) -> str:
    return f"{rng.randint(1, 199)} {street(rng, split)}"


def site(rng: Random, split: Split) -> str:
    noun = pick(rng, lists.SITES)
    forms = (
        f"the {noun} on {street(rng, split)}",
        f"the {name(rng, split)} {noun}",
        f"the {noun} in {city(rng, split)}",
        f"{article(rng.choice(ADJECTIVES))} {noun}",
        f"the {noun}",
        f"{name(rng, split)} and Sons",
    )
    return rng.choice(forms)


def company(rng: Random, split: Split) -> str:
    first = name(rng, split)
    return (
        f"{first}{rng.choice(('', '', ' Systems', ' Foods', ' Bank', ' Labs', f' and {name(rng, split)}'))}"
    )


def spot(rng: Random, split: Split) -> str:
    holder = pick(rng, lists.HOLDERS)
    forms = (
        f"in the {rng.choice(lists.ORDINALS)} {holder}",
        f"in the {rng.choice(COLOURS)} {holder}",
        f"under the {rng.choice(('bed', 'sofa', 'stairs', 'sink', 'desk', 'doormat'))}",
        f"behind the {pick(rng, lists.THINGS)}",
        f"in the {pick(rng, lists.ROOMS)}",
        f"on the {holder} in the {pick(rng, lists.ROOMS)}",
        f"at {name(rng, split)}'s place",
        f"next to the {pick(rng, lists.THINGS)}",
        f"on level {rng.randint(1, 9)}",
    )
    return rng.choice(forms)


def clock(rng: Random, split: Split) -> str:
    hour = rng.choice(("six", "seven", "eight", "nine", "ten", "eleven", "four", "five", "two", "three"))
    forms = (
        f"{rng.randint(5, 23)}:{rng.choice(('00', '05', '10', '15', '20', '30', '40', '45', '50'))}",
        f"half past {hour}",
        f"{rng.randint(1, 12)} {rng.choice(('am', 'pm'))}",
        f"{hour} in the {rng.choice(('morning', 'evening'))}",
        f"{rng.choice(('quarter to', 'quarter past'))} {hour}",
    )
    return rng.choice(forms)


def date(rng: Random, split: Split) -> str:
    day, month = rng.randint(1, 28), rng.choice(MONTHS)
    return f"{month} {day}" if rng.random() < 0.3 else f"{day} {month}"


def when(rng: Random, split: Split) -> str:
    forms = (
        f"on {rng.choice(DAYS)}",
        f"on {rng.choice(DAYS)}",
        f"on {date(rng, split)}",
        f"next {rng.choice((*DAYS, 'week', 'month', 'spring', 'summer'))}",
        f"on {rng.choice(DAYS)} {rng.choice(('morning', 'afternoon', 'evening'))}",
        f"on {rng.choice(DAYS)} at {clock(rng, split)}",
        f"in {rng.choice(MONTHS)}",
        f"in {rng.randint(2, 9)} {rng.choice(('days', 'weeks', 'months'))}",
    )
    return rng.choice(forms)


def often(rng: Random, split: Split) -> str:
    forms = (
        f"every {rng.choice((*DAYS, 'morning', 'evening', 'month', 'other day', 'weekend'))}",
        f"{rng.choice(('once', 'twice', 'three times', 'four times'))} a {rng.choice(('day', 'week', 'month', 'year'))}",
        f"every {rng.randint(2, 9)} {rng.choice(('days', 'weeks', 'months', 'hours'))}",
        f"on {rng.choice(DAYS)}s",
    )
    return rng.choice(forms)


def duration(rng: Random, split: Split) -> str:
    unit = rng.choice(("minutes", "minutes", "hours", "days", "weeks", "months", "years"))
    number = (
        str(rng.randint(2, 59)) if rng.random() < 0.7 else rng.choice(("two", "three", "four", "five", "ten"))
    )
    return f"{number} {unit}" if rng.random() < 0.9 else rng.choice(("half an hour", "an hour", "a year"))


def count(rng: Random, split: Split) -> str:
    words = (
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "twenty",
    )
    return str(rng.randint(2, 99)) if rng.random() < 0.5 else rng.choice(words)


def money(rng: Random, split: Split) -> str:
    number = rng.choice((rng.randint(2, 99), rng.randint(10, 99) * 10, rng.randint(100, 999)))
    return f"{number} {rng.choice(('euros', 'euros', 'dollars', 'pounds', 'crowns', 'francs', 'yen'))}"


def make(rng: Random, split: Split) -> str:
    first = article(name(rng, split)) if rng.random() < 0.6 else f"a {name(rng, split)} {rng.randint(2, 900)}"
    return first.replace("an ", "a ", 1) if first[3:4] not in "AEIOU" else first


def described(rng: Random, split: Split) -> str:
    adjective = rng.choice((*ADJECTIVES, *COLOURS, *lists.MATERIALS))
    return f"{article(adjective)} {pick(rng, lists.THINGS)}"


def title(rng: Random, split: Split) -> str:
    word, other = rng.sample(lists.TITLE_WORDS, 2)
    invented = name(rng, split)
    forms = (
        f"The {word} of {invented}",
        f"{word} and {other}",
        f"The {invented} {word}",
        f"A {word} in {other}",
    )
    return f'"{rng.choice((*forms, invented))}"'


def activity(rng: Random, split: Split) -> str:
    verbs = (
        *(
            "playing chess",
            "reading",
            "baking bread",
            "fixing old radios",
            "swimming in the lake",
            "knitting",
        ),
        *("walking by the river", "solving puzzles", "watching birds", "painting", "collecting stamps"),
        *(
            "climbing",
            "growing tomatoes",
            "making candles",
            "singing in a choir",
            "writing letters",
            "rowing",
        ),
        *(
            f"learning {rng.choice(lists.LANGUAGES)}",
            f"playing the {rng.choice(('cello', 'flute', 'banjo'))}",
        ),
        *(f"cooking {rng.choice(lists.DISHES)}", f"building {article(pick(rng, lists.THINGS))}"),
    )
    return rng.choice(verbs)


def team(rng: Random, split: Split) -> str:
    return f"{rng.choice(('FC ', '', '', 'the '))}{name(rng, split)} {rng.choice(('United', 'Rovers', 'Tigers', 'Owls'))}"


def gift(rng: Random, split: Split) -> str:
    return described(rng, split) if rng.random() < 0.7 else f"tickets to {name(rng, split)}"


def style(rng: Random, split: Split) -> str:
    tone = rng.choice(
        ("short", "polite", "detailed", "plain", "friendly", "formal", "funny", "careful", "numbered")
    )
    return f"{tone} {rng.choice(('answers', 'replies', 'sentences', 'lists', 'summaries', 'explanations'))}"


def transport(rng: Random, split: Split) -> str:
    return rng.choice(
        ("by bus", "by train", "by tram", "on foot", "by bike", "by ferry", "by car", "by metro")
    )


def reason(rng: Random, split: Split) -> str:
    return f"because {rng.choice(lists.REASONS)}"


def landmark(rng: Random, split: Split) -> str:
    return f"the {pick(rng, lists.SITES)}" if rng.random() < 0.5 else street(rng, split)


def year(rng: Random, split: Split) -> str:
    return str(rng.randint(1948, 2025))


def measure(*units: str) -> Filler:
    return lambda rng, split: f"{rng.randint(2, 250)} {rng.choice(units)}"


def of(words: list[str] | tuple[str, ...]) -> Filler:
    return lambda rng, split: pick(rng, words)
