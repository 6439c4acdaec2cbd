"""Facts that nobody could guess, and what every way to remember is asked about them.

A fact is a key (somebody's trait) and a value (a made-up word or a number). Everything hangs on a seed. Not
here: remembering them (ways.py), or asking (asking.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, get_args

Column = Literal["recall", "rephrased", "longer", "updated", "untold"]
COLUMNS: tuple[Column, ...] = get_args(Column)
ASKED: dict[Column, int] = {"recall": 200, "rephrased": 200, "longer": 100, "updated": 100, "untold": 100}
"""The most facts that a column asks about."""
UPDATED = 0.2
"""Share of the facts that are told twice, with another value the second time."""

TRAITS = (
    "locker code",
    "dog",
    "favourite song",
    "home town",
    "boat",
    "middle name",
    "shoe brand",
    "street",
    "desk number",
    "tea",
    "car",
    "project",
    "bicycle",
    "hotel",
    "password hint",
    "favourite colour",
    "cabin number",
    "cat",
    "birthday gift",
    "sister",
)
_NUMBERS = ("code", "number")
_REPHRASED = (
    "Could you tell me {key}?",
    "I forgot what {key} is. Do you know it?",
    "{Key}, what was it again?",
)
_LONGER = "Answer in a whole sentence: what is {key}?"


@dataclass(frozen=True, slots=True)
class Fact:
    """`older` is the value that was told before; "" where there was none."""

    key: str
    value: str
    older: str = ""

    @property
    def question(self) -> str:
        return f"What is {self.key}?"

    @property
    def sentence(self) -> str:
        """As it is told, and as a whole answer."""
        return f"{self.key} is {self.value}."

    @property
    def before(self) -> Fact | None:
        """What was told first, if that was something else."""
        return replace(self, value=self.older, older="") if self.older else None


@dataclass(frozen=True, slots=True)
class Question:
    """`expected` must stand in the answer, `older` must not; an untold one expects nothing."""

    column: Column
    text: str
    expected: str
    older: str = ""


def make_facts(count: int, seed: int) -> tuple[list[Fact], list[Fact]]:
    """`count` facts to be told, and others of the same kind that never are, of other people: else a night,
    which asks the base what it does not know of those it is told about, might ask just them. No key comes
    twice."""
    rng = Random(f"referee/{seed}")
    keys = _keys(rng)
    facts = [Fact(key, _value(rng, key)) for key, _ in zip(keys, range(count), strict=False)]
    for place in range(round(UPDATED * count)):
        facts[place] = replace(facts[place], older=_other(rng, facts[place]))
    rng.shuffle(facts)
    told = {_bearer(fact.key) for fact in facts}
    others = (key for key in keys if _bearer(key) not in told)
    untold = [Fact(key, "") for key, _ in zip(others, range(ASKED["untold"]), strict=False)]
    return facts, untold


def make_questions(facts: Sequence[Fact], untold: Sequence[Fact], seed: int) -> list[Question]:
    """What is asked, column by column; a column asks about a part of the facts, drawn by seed."""
    rng = Random(f"referee/questions/{seed}")
    steady = [fact for fact in facts if not fact.older]
    changed = [fact for fact in facts if fact.older]

    def some(of: Sequence[Fact], column: Column) -> list[Fact]:
        return rng.sample(list(of), min(len(of), ASKED[column]))

    asked = [Question("recall", fact.question, fact.value) for fact in some(steady, "recall")]
    for place, fact in enumerate(some(steady, "rephrased")):
        asked.append(Question("rephrased", _put(_REPHRASED[place % len(_REPHRASED)], fact.key), fact.value))
    asked += [Question("longer", _put(_LONGER, f.key), f.value) for f in some(steady, "longer")]
    asked += [Question("updated", f.question, f.value, f.older) for f in some(changed, "updated")]
    return [*asked, *(Question("untold", fact.question, "") for fact in some(untold, "untold"))]


def _put(wording: str, key: str) -> str:
    return wording.replace("{key}", key).replace("{Key}", key[:1].upper() + key[1:])


def _keys(rng: Random) -> Iterator[str]:
    """Without end, each person with all traits; every name is new."""
    seen = set[str]()
    while True:
        name = _word(rng)
        if name not in seen:
            seen.add(name)
            yield from (f"{name}'s {trait}" for trait in rng.sample(TRAITS, 5))


def _bearer(key: str) -> str:
    return key.split("'s ")[0]


def _value(rng: Random, key: str) -> str:
    return str(rng.randint(1000, 9999)) if key.endswith(_NUMBERS) else _word(rng)


def _other(rng: Random, fact: Fact) -> str:
    while (value := _value(rng, fact.key)) == fact.value:
        pass
    return value


def _word(rng: Random) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3)).capitalize()
