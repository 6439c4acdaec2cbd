"""The exam on secrets: families of credentials, each in five surroundings, made from a seed.

    from tests.support.exam.secrets import FAMILIES, samples
    for sample in samples(count=2000, seed=1): ...

Not here: the formats (secret_*.py), the surroundings (wrappers.py), and any rule that finds them.
"""

from __future__ import annotations

from tests.support.exam.families import Family
from tests.support.exam.samples import Sample, draws
from tests.support.exam.secret_clouds import CLOUDS
from tests.support.exam.secret_code import CODE
from tests.support.exam.secret_keys import KEYS
from tests.support.exam.secret_places import PLACES
from tests.support.exam.secret_plain import PLAIN
from tests.support.exam.secret_services import SERVICES
from tests.support.exam.wrappers import WRAPPERS, wrap

FAMILIES: dict[str, Family] = {
    family.name: family for family in (*CLOUDS, *CODE, *SERVICES, *KEYS, *PLACES, *PLAIN)
}


def samples(family: str | None = None, count: int = 1000, seed: int = 0) -> list[Sample]:
    """`count` samples, families and surroundings in turn; all of one family if it is named.

    The first samples of a seed do not depend on `count`. Every cell (family, surrounding) comes before any
    comes twice.
    """
    names = [family] if family else list(FAMILIES)
    made = []
    for number in range(count):
        turn, place = divmod(number, len(names))
        made.append(one(names[place], WRAPPERS[(turn + place) % len(WRAPPERS)], turn, seed))
    return made


def one(family: str, wrapper: str, number: int = 0, seed: int = 0) -> Sample:
    """A single sample; the same arguments give the same text for ever."""
    chosen = FAMILIES[family]
    rng = draws(seed, family, wrapper, number)
    return wrap(rng, wrapper, chosen, chosen.make(rng))
