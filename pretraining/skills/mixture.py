"""Conversations that interleave skills, so that each works in a later turn and under any system message.

Also facts within the chat: the user states one, the assistant notes it, a later question asks for it.
"""

from __future__ import annotations

from random import Random

from pretraining.skills import arithmetic, copying, greet, lists, notes, order, refuse
from pretraining.skills.attributes import any_attribute, questions, statements
from pretraining.skills.base import Conversation, Turn, TurnMaker, capital, chat, vary
from pretraining.words import Split, value

SYSTEMS = (
    "You are a helpful assistant.",
    "You are Seedling.",
    "Answer briefly.",
    "You are a careful assistant.",
)
MAKERS: tuple[TurnMaker, ...] = (
    arithmetic.turn,
    copying.turn,
    lists.turn,
    lists.json_turn,
    order.turn,
    refuse.turn,
    greet.turn,
)


def _told(rng: Random, split: Split) -> tuple[Turn, Turn]:
    """A fact stated in the chat and the question that asks for it later."""
    attribute = any_attribute(rng, split)
    stated = value(rng, attribute.kind, attribute.asked, split)
    noted = f"Noted: {attribute.told} is {stated}."
    tell = Turn(vary(rng, rng.choice(statements(attribute, stated))), noted)
    ask = Turn(vary(rng, rng.choice(questions(attribute))), capital(attribute.answer(stated)))
    return tell, ask


def conversation(rng: Random, split: Split) -> Conversation:
    """Two to five turns of different skills behind no system message, a plain one, or unrelated notes."""
    turns = [maker(rng, split) for maker in rng.sample(MAKERS, rng.randint(2, 4))]
    if rng.random() < 0.4:
        tell, ask = _told(rng, split)
        turns.insert(rng.randint(0, 1), tell)
        turns.append(ask)
    systems = (None, rng.choice(SYSTEMS), notes.irrelevant(rng, split))
    return chat(turns, rng.choices(systems, (4, 4, 2))[0])
