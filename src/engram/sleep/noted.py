"""Questions about memories of which notes say something newer: a model that has learned an answer by heart
must still believe the notes.

A night replays them with whatever the bare base says to them, which reads notes; so what is corrected by day
is answered with the new value on the same day. They are put together from the memories themselves: the value
of another one stands in for the newer one. English only, like the questions of memories. Not here: replaying
(training/replay.py), and questions about what nobody told (unknowns.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from engram.answer.recall import HEADER
from engram.sleep.memories import Memory
from engram.sleep.unknowns import in_wordings
from engram.types import Message

SHARE = 0.5
"""Questions for each memory."""
MOST = 150
LINES = 4
"""Most notes before a question."""
TOLD = (
    "user: {} {} {}",
    "user: Remember: {} {} {}",
    "user: Note that {} {} {}",
    "user: By the way, {} {} {}",
)
CORRECTED = (*TOLD[:2], "user: {} {} now {}", "user: Correction: {} {} {}")
"""How the user says something, and says it anew: what it is about, is or was, and the value."""
_ASKED = re.compile(r"(?:What|Who|Where|When) (?P<be>is|are|was|were) (?P<subject>.+)\?")


@dataclass(frozen=True, slots=True)
class _Stated:
    """A memory as the user would say it: `subject` `be` `value`."""

    question: str
    subject: str
    be: str
    value: str


def noted_questions(
    remembered: Sequence[Memory], wordings: int, share: float = SHARE
) -> list[tuple[Message, ...]]:
    """Conversations for about `share` of the memories: notes, and a question that the newest of them answers,
    in one of so many wordings; always the same ones. None where fewer than two memories are of a known
    form."""
    stated = sorted((found for m in remembered if (found := _stated(m))), key=lambda one: one.question)
    if len({one.value for one in stated}) < 2:
        return []
    rng = Random(f"noted/{len(stated)}")
    chosen = rng.sample(stated, min(len(stated), MOST, round(share * len(stated)) or 1))
    asked = in_wordings([one.question for one in chosen], wordings)
    return [
        (Message("system", _notes(rng, one, stated)), Message("user", text))
        for one, text in zip(chosen, asked, strict=True)
    ]


def _stated(memory: Memory) -> _Stated | None:
    asked = _ASKED.fullmatch(memory.question)
    if memory.kind != "fact" or not asked:
        return None
    _, is_, value = memory.answer.rstrip(".").rpartition(f" {asked['be']} ")
    return _Stated(memory.question, asked["subject"], asked["be"], value) if is_ and value else None


def _notes(rng: Random, one: _Stated, stated: Sequence[_Stated]) -> str:
    """Some memories in a random order, in three of four the one that is asked for, and somewhere behind it
    its newer value: were that always the last line, a model would learn where to look, not what is newest."""
    others = [other for other in stated if other.question != one.question]
    newer = rng.choice([other.value for other in others if other.value != one.value])
    lines = [_said(rng, other, other.value) for other in rng.sample(others, min(len(others), LINES - 2))]
    at = rng.randint(0, len(lines))
    lines.insert(at, _said(rng, one, newer, now=True))
    if rng.random() < 0.75:
        lines.insert(rng.randint(0, at), _said(rng, one, one.value))
    first = rng.randint(1, 20)
    dated = (f"[2026-03-{first + day:02}] {line}" for day, line in enumerate(lines))
    return "\n".join([HEADER, *dated])


def _said(rng: Random, one: _Stated, value: str, now: bool = False) -> str:
    """The memory with this value, as the user would say it, or correct it `now`."""
    return rng.choice(CORRECTED if now else TOLD).format(one.subject, one.be, value)
