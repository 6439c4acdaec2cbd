"""Skills `told`, `retold`, `untold`, `talk`: any everyday fact told in free wording, asked in any wording.

Relations tell the facts, wrapped as people write: with openings, tails, asides, two facts in one note; some
notes tell attributes. Not here: which facts stand in one set (relations_facts.py), their words
(relations_*.py), the frame of the notes and the questions about fixed attributes (notes.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pretraining.skills import mixture
from pretraining.skills.attributes import Attribute, corrections, questions, statements
from pretraining.skills.base import Conversation, Turn, capital, chat
from pretraining.skills.notes import DONT_KNOW, NOT_IN_NOTES, NOT_TOLD, frame
from pretraining.skills.relations_base import Subject
from pretraining.skills.relations_facts import About, Fact, anything, fits, near, several_facts
from pretraining.skills.relations_wording import corrected, idle, sentence, spoken, wrapped
from pretraining.words import Split

MOST_NOTES = 8


def _note(rng: Random, fact: Fact, version: int) -> str:
    """The text of one note, without its speaker."""
    about, stated = fact.about, fact.values[version]
    if isinstance(about, Attribute):
        ways = corrections(about, stated) if version else statements(about, stated)
        return sentence(rng, rng.choice(ways))
    told = rng.choice(about.tellings(stated))
    if version:
        told = corrected(rng, told, stated, fact.values[version - 1], about.relation.lasting)
    return spoken(rng, told if version else wrapped(rng, told, about.relation.kind))


def _lines(rng: Random, facts: Sequence[Fact], idle_notes: int) -> list[str]:
    """Notes that tell these facts, versions in their order; now and then two facts share a note."""
    waiting = [fact for fact in facts for _ in fact.values] + [None] * idle_notes
    rng.shuffle(waiting)
    seen: dict[int, int] = {}
    lines: list[str] = []
    for fact in waiting:
        if fact is None:
            lines.append(f"user: {idle(rng)}")
            continue
        version = seen.get(id(fact), 0)
        seen[id(fact)] = version + 1
        if rng.random() < 0.04:
            lines.append(f"assistant: {Fact(fact.about, fact.values[: version + 1]).answer}")
            continue
        text = _note(rng, fact, version)
        joined = lines and lines[-1].startswith("user: ") and lines[-1][-1] in ".!" and rng.random() < 0.08
        if joined:
            lines[-1] += f" {capital(text)}"
        else:
            lines.append(f"user: {text}")
    return lines


def _setting(rng: Random, split: Split, updates: int, count: int | None = None) -> tuple[list[Fact], str]:
    """`count` facts (by default one to five) and the notes frame that tells them: one to eight notes."""
    facts = several_facts(rng, split, max(updates, count or rng.randint(1, 5)), updates)
    told = sum(len(fact.values) for fact in facts)
    while told > MOST_NOTES:
        told -= len(facts.pop().values)
    idle_notes = rng.choice((0, 0, 1, 1, 2, 3))
    return facts, frame(rng, _lines(rng, facts, min(idle_notes, MOST_NOTES - told)))


def _ask(rng: Random, about: About) -> str:
    asked = about.ask(rng) if isinstance(about, Subject) else rng.choice(questions(about))
    return spoken(rng, asked)


def _answered(rng: Random, fact: Fact) -> Turn:
    return Turn(_ask(rng, fact.about), fact.answer)


def _unanswered(rng: Random, facts: Sequence[Fact], split: Split, asked: list[About]) -> Turn:
    """A question that the notes do not answer; four in five are near one that they do."""
    while True:
        close = facts and rng.random() < 0.8
        new = near(rng, rng.choice(facts).about, split) if close else anything(rng, split)
        if fits(new, facts, asked):
            asked.append(new)
            return Turn(_ask(rng, new), NOT_IN_NOTES, DONT_KNOW)


def _before(rng: Random, facts: Sequence[Fact], split: Split) -> list[Turn]:
    """What came before the question: mostly nothing, else other exchanges or another answered question."""
    if split != "train" or rng.random() > 0.13:
        return []
    if facts and rng.random() < 0.5:
        return [_answered(rng, rng.choice(facts))]
    return [maker(rng, split) for maker in rng.sample(mixture.MAKERS, rng.randint(1, 2))]


def told(rng: Random, split: Split) -> Conversation:
    """One question that the notes answer from a fact told once."""
    facts, system = _setting(rng, split, 0)
    right, *others = rng.sample(facts, len(facts))
    return chat([*_before(rng, others, split), _answered(rng, right)], system)


def retold(rng: Random, split: Split) -> Conversation:
    """One question about a fact that the notes tell in two or three versions."""
    facts, system = _setting(rng, split, rng.choice((1, 1, 2)))
    return chat([*_before(rng, facts[1:], split), _answered(rng, facts[0])], system)


def untold(rng: Random, split: Split) -> Conversation:
    """One question without ground: not in the notes, or no notes at all."""
    if rng.random() < 0.2:
        turns = [
            Turn(_ask(rng, anything(rng, split)), NOT_TOLD, DONT_KNOW)
            for _ in range(rng.randint(1, 3) if split == "train" else 1)
        ]
        return chat(turns)
    facts, system = _setting(rng, split, 1 if rng.random() < 0.2 else 0)
    return chat([*_before(rng, facts, split), _unanswered(rng, facts, split, [])], system)


def talk(rng: Random, split: Split) -> Conversation:
    """Four to eight questions over one set of notes, just under half of them without an answer in it."""
    facts, system = _setting(rng, split, rng.choice((0, 0, 1, 1, 2)), rng.randint(2, 5))
    turns, asked, waiting = [], list[About](), rng.sample(facts, len(facts))
    for _ in range(rng.randint(4, 7)):
        if waiting and rng.random() < 0.66:
            turns.append(_answered(rng, waiting.pop()))
        else:
            turns.append(_unanswered(rng, facts, split, asked))
    return chat(turns, system)
