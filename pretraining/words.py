"""Vocabulary of the pretraining corpus: closed word lists and seeded generators of names, codes and strings.

What it is: the one place that decides which generated string belongs to training, to the held-out items or to
replay. The decision is a stable hash of the string, so held-out items use unseen strings by construction.
What it is not: a source of sentences; the skill modules write those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Literal, TypeVar

Split = Literal["train", "heldout", "replay"]
T = TypeVar("T")

OPEN_KINDS = frozenset(("name", "code", "city", "date"))
"""Kinds of value with room for many held-out values per attribute; the others serve training only."""

HELDOUT_PERCENT = 10
REPLAY_PERCENT = 5


def listed(words: str) -> list[str]:
    """The words of a text, in order."""
    return words.split()


COLOURS = listed(
    "red blue green yellow orange purple pink brown black white grey silver gold teal navy cream violet beige"
)
FOODS = listed(
    "soup pizza rice pasta salad bread cheese curry noodles pancakes apples pears plums grapes honey tofu "
    "beans lentils olives mushrooms potatoes carrots porridge dumplings tacos waffles figs dates almonds "
    "yoghurt"
)
CITIES = listed(
    "Oslo Lima Rome Paris Berlin Madrid Vienna Dublin Lisbon Prague Warsaw Athens Cairo Nairobi Accra "
    "Lagos Tunis Delhi Mumbai Tokyo Osaka Seoul Hanoi Jakarta Manila Sydney Perth Auckland Toronto Boston "
    "Chicago Denver Seattle Havana Quito Bogota Santiago Geneva Zurich Milan Turin Naples Seville Porto "
    "Ghent Bruges Utrecht Bergen"
)
JOBS = listed(
    "baker nurse teacher pilot farmer plumber painter singer dentist lawyer carpenter gardener driver "
    "cook tailor doctor librarian engineer writer sailor electrician firefighter"
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = listed("January February March April May June July August September October November December")
THINGS = listed(
    "lamp door chair table spoon fork knife plate cup bottle basket rope tent boat wheel mirror candle "
    "brush broom bucket ladder hammer nail saw drill screw paper pencil ink book map coin stamp letter "
    "box bag coat hat glove scarf boot sock shirt belt ring watch clock radio phone camera guitar drum "
    "flute violin piano kite ball bell flag stone shell leaf branch seed flower tree river lake hill "
    "island cloud storm snow rain wind star moon sun"
)
ANIMALS = listed(
    "fox wolf bear deer hare mouse otter badger owl eagle crow swan duck goose hen frog toad snake lizard "
    "turtle whale shark crab bee ant moth spider zebra lion tiger camel donkey goat sheep"
)
ADJECTIVES = listed(
    "small big old new warm cold quiet loud bright dark soft hard quick slow clean dusty round flat heavy "
    "light sweet sour happy brave calm gentle honest lucky"
)
VERBS = listed(
    "sees finds takes keeps likes holds carries wants brings follows paints draws hides moves sells buys"
)
NOUNS = tuple(THINGS + ANIMALS + FOODS)
CLOSED = frozenset(
    w.lower()
    for w in (*COLOURS, *CITIES, *JOBS, *DAYS, *MONTHS, *NOUNS, *ADJECTIVES, *VERBS, "notes", "user")
)

_ONSETS = listed("b d f g h j k l m n p r s t v w y z b d k l m n r s t br dr gr kr tr sh th st")
_VOWELS = listed("a e i o u a e i o ai")
_CODAS = ["", "", "", "", "n", "r", "l", "s", "k", "m", "x", "th"]
_CAPITALS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MARKS = "-_./:+#@!?*=%&"


def split_of(key: str) -> Split:
    """The split a generated string belongs to: a stable hash of `key` modulo 100."""
    bucket = int.from_bytes(hashlib.blake2b(key.encode("utf-8"), digest_size=8).digest(), "big") % 100
    if bucket < HELDOUT_PERCENT:
        return "heldout"
    return "replay" if bucket < HELDOUT_PERCENT + REPLAY_PERCENT else "train"


def draw(make: Callable[[], T], split: Split, key: Callable[[T], str] = str) -> T:
    """Call `make` until the key of its value falls in `split`. Raises RuntimeError after 5,000 tries."""
    for _ in range(5000):
        value = make()
        if split_of(key(value)) == split:
            return value
    raise RuntimeError(f"no {split} value in 5000 tries; the generator's space is too small")


def _name(rng: Random) -> str:
    syllables = rng.choice((2, 2, 2, 2, 3))
    while True:
        parts = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(syllables)]
        body = "".join(parts) + rng.choice(_CODAS)
        if body not in CLOSED:
            return body.capitalize()


def name(rng: Random, split: Split) -> str:
    """A pronounceable invented name such as "Rufo" or "Teishan"."""
    return draw(lambda: _name(rng), split, str.lower)


def _digits(rng: Random, low: int, high: int) -> str:
    """Digits that do not look like a year, so that dates never hold a held-out code."""
    while True:
        text = "".join(rng.choice("0123456789") for _ in range(rng.randint(low, high)))
        if not (len(text) == 4 and text[:2] in ("19", "20")):
            return text


def _letters(rng: Random, count: int) -> str:
    return "".join(rng.choice(_CAPITALS) for _ in range(count))


def _code(rng: Random) -> str:
    form = rng.randrange(6)
    if form <= 2:
        return _digits(rng, 4, 6)
    if form == 3:
        return f"{_letters(rng, 2)}-{_digits(rng, 3, 4)}"
    if form == 4:
        return f"{_letters(rng, 1)}{_digits(rng, 3, 4)}"
    return f"{_letters(rng, 1)}{_digits(rng, 1, 1)}-{_digits(rng, 2, 2)}{_letters(rng, 1)}"


def code(rng: Random, split: Split) -> str:
    """A code such as "7341", "KD-204" or "B7-42X"."""
    return draw(lambda: _code(rng), split)


def _mixed(rng: Random) -> str:
    pieces = []
    for _ in range(rng.randint(2, 3)):
        kind = rng.randrange(4)
        piece = _name(rng) if kind == 0 else _digits(rng, 1, 4) if kind == 1 else rng.choice(NOUNS)
        pieces.append(_letters(rng, 2) if kind == 2 else piece)
    return (
        "".join(p + rng.choice(_MARKS) for p in pieces[:-1])
        + pieces[-1]
        + rng.choice(("", "", "!", "?", ";"))
    )


def mixed(rng: Random, split: Split) -> str:
    """A string of words, digits and punctuation such as "lamp_41/KD!"."""
    return draw(lambda: _mixed(rng), split)


def article(word: str) -> str:
    """The word behind "a" or "an"."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def phrase(rng: Random, split: Split) -> str:
    """A short plain phrase whose combination of words is in `split`."""

    def make() -> str:
        subject = f"{rng.choice(ADJECTIVES)} {rng.choice(ANIMALS)}"
        forms = (
            f"the {subject} {rng.choice(VERBS)} {article(rng.choice(ADJECTIVES))} {rng.choice(THINGS)}",
            f"{rng.choice(COLOURS)} {rng.choice(NOUNS)} and {rng.choice(COLOURS)} {rng.choice(NOUNS)}",
            f"{article(rng.choice(ADJECTIVES))} {rng.choice(COLOURS)} {rng.choice(THINGS)} "
            f"on the {rng.choice(THINGS)}",
        )
        return rng.choice(forms)

    return draw(make, split)


def sample(rng: Random, pool: Sequence[str], count: int, split: Split) -> list[str]:
    """`count` different words of a closed list whose combination (in this order) is in `split`."""
    return draw(lambda: rng.sample(list(pool), count), split, " ".join)


def value(rng: Random, kind: str, about: str, split: Split) -> str:
    """A value of this kind (such as name, code, colour, city, date) for the attribute `about`.

    Values of closed kinds are split by the pair (attribute, value); generated ones by the string itself.
    """
    if kind == "name":
        return name(rng, split)
    if kind == "code":
        return code(rng, split)
    if kind == "city" and (split != "train" or rng.random() < 0.5):
        return name(rng, split)
    makers: dict[str, Callable[[], str]] = {
        "colour": lambda: rng.choice(COLOURS),
        "food": lambda: rng.choice(FOODS),
        "city": lambda: rng.choice(CITIES),
        "job": lambda: rng.choice(JOBS),
        "day": lambda: rng.choice(DAYS),
        "date": lambda: f"{rng.randint(1, 28)} {rng.choice(MONTHS)}",
        "number": lambda: str(rng.randint(2, 99)),
        "time": lambda: f"{rng.randint(6, 22)}:{rng.choice(('00', '15', '30', '45'))}",
    }
    return draw(makers[kind], split, lambda v: f"{about}={v}")
