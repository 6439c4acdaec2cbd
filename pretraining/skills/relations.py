"""All relations, in a fixed order. Not here: what a relation is (relations_base.py) and its words."""

from __future__ import annotations

from collections import defaultdict

from pretraining.skills.relations_base import Relation
from pretraining.skills.relations_body import BODY
from pretraining.skills.relations_goods import GOODS
from pretraining.skills.relations_home import HOME
from pretraining.skills.relations_mind import MIND
from pretraining.skills.relations_time import TIME
from pretraining.skills.relations_work import WORK

RELATIONS: tuple[Relation, ...] = (*HOME, *WORK, *BODY, *GOODS, *TIME, *MIND)
OPEN_RELATIONS: tuple[Relation, ...] = tuple(relation for relation in RELATIONS if relation.is_open)
"""Those with values enough for held-out items."""


def _with_slot() -> dict[str, tuple[Relation, ...]]:
    found: defaultdict[str, list[Relation]] = defaultdict(list)
    for relation in RELATIONS:
        for slot in relation.slots:
            found[slot].append(relation)
    return {slot: tuple(relations) for slot, relations in found.items()}


WITH_SLOT: dict[str, tuple[Relation, ...]] = _with_slot()


def first_word(relation: Relation) -> str:
    """The question word of the relation's plainest question, such as "where"."""
    return relation.askings[0].split()[0]


BY_WORD: dict[str, tuple[Relation, ...]] = {
    word: tuple(r for r in RELATIONS if first_word(r) == word) for word in {first_word(r) for r in RELATIONS}
}
