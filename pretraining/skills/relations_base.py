"""What a relation is: a family of everyday facts with its tellings, its askings and its one way of answering.

Relations are written as text tables (`table`): a head `kind #topic ! | answer`, a line `+` of tellings, a line
`?` of direct questions and a line `~` of clauses that stand behind "do you remember"; alternatives are
parted by " / ". `{v}` is the value, other names in braces are slots of relations_slots.py. Relations of one
topic answer the same question; `!` marks what does not change in life, only in what was understood.
Not here: the relations themselves (relations_*.py) and the conversations (telling.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from pretraining.skills.base import capital
from pretraining.skills.relations_kinds import OPEN, made
from pretraining.skills.relations_slots import SLOTS, as_told
from pretraining.words import Split

_OF = re.compile(r"\b[Tt]he (\w+(?: \w+)?) of (\{(?:who|pet|role|thing|vehicle|project|paper)\})")
ORDERS = ("tell me", "remind me")
INDIRECT = (
    "do you remember {}?",
    "do you remember {}?",
    "can you tell me {}?",
    "do you know {}?",
    "tell me {}",
    "remind me {}",
    "could you remind me {}?",
    "did i tell you {}?",
    "i forgot {}, can you help?",
)


@dataclass(frozen=True)
class Relation:
    """One family of facts; the patterns hold `{v}` (not the questions) and every slot."""

    kind: str
    topic: str
    lasting: bool
    answer: str
    tellings: tuple[str, ...]
    askings: tuple[str, ...]
    clauses: tuple[str, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(slot for slot in re.findall(r"\{(\w+)\}", self.answer) if slot != "v")

    @property
    def is_open(self) -> bool:
        """Whether there are enough values for held-out items."""
        return self.kind in OPEN


@dataclass(frozen=True)
class Subject:
    """A relation with its slots filled, in the user's words: all of a fact but its value."""

    relation: Relation
    fills: tuple[str, ...]

    @property
    def topic(self) -> str:
        return self.relation.topic

    def value(self, rng: Random, split: Split) -> str:
        return made(rng, self.relation.kind, self.relation.answer, split)

    def tellings(self, value: str) -> list[str]:
        return [self._filled(pattern, value) for pattern in self.relation.tellings]

    def ask(self, rng: Random) -> str:
        """A question, in lower case: the direct wordings more often than the indirect ones."""
        if rng.random() < 0.3:
            return rng.choice(INDIRECT).format(self._filled(rng.choice(self.relation.clauses)))
        direct = self._filled(rng.choice(self.relation.askings))
        form = rng.random()
        if form < 0.06:
            return f"{direct} again?"
        return (
            f"{rng.choice(('so, ', 'and ', 'quick question: ', 'hey, '))}{direct}?"
            if form < 0.14
            else f"{direct}?"
        )

    def answer(self, value: str) -> str:
        fills = dict(zip(self.relation.slots, map(as_told, self.fills), strict=True))
        return capital(self.relation.answer.format(v=as_told(value), **fills))

    def _filled(self, pattern: str, value: str = "") -> str:
        return pattern.format(v=value, **dict(zip(self.relation.slots, self.fills, strict=True)))


def subject(rng: Random, relation: Relation, split: Split, keep: dict[str, str] | None = None) -> Subject:
    """This relation with new fills; slots named in `keep` take the fill that stands there."""
    kept = keep or {}
    return Subject(relation, tuple(kept.get(slot) or SLOTS[slot](rng, split) for slot in relation.slots))


def _possessive(pattern: str) -> str:
    """Turns "the colour of {thing}" into "{thing}'s colour"; leaves patterns without such words as they are."""
    return _OF.sub(r"\2's \1", pattern)


def _alternatives(line: str) -> tuple[str, ...]:
    """The wordings of a line, and those of them that can be said with a possessive once more."""
    parts = [part.strip() for part in line[1:].split(" / ")]
    return tuple(dict.fromkeys((*parts, *map(_possessive, parts))))


def table(text: str) -> tuple[Relation, ...]:
    """The relations of a text table. Raises ValueError where a block has not its four lines."""
    relations = []
    lines = [line.strip() for line in text.replace("\\\n", " ").strip().splitlines() if line.strip()]
    for at in range(0, len(lines), 4):
        block = lines[at : at + 4]
        if [line[:1] for line in block[1:]] != ["+", "?", "~"]:
            raise ValueError(f"a relation needs a head and the lines + ? ~, not {block}")
        head, _, answer = _possessive(block[0]).partition(" | ")
        words = head.split()
        topic = re.search(r"#([\w ]+)", head)
        relations.append(
            Relation(
                kind=words[0],
                topic=topic[1].strip() if topic else answer,
                lasting="!" in words,
                answer=answer,
                tellings=_alternatives(block[1]),
                askings=_alternatives(block[2]),
                clauses=_alternatives(block[3]),
            )
        )
    return tuple(relations)
