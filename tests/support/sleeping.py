"""Nights in small, on the fake model: facts to learn, a short exam, and a watcher that acts at one point.

The fake model repeats what it was taught and knows no other wording, so a verdict is given, not earned. Not
here: what a real model learns (the story), or the decision (test_gate.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from tests.support.road import TEXT

from engram.job import Job, Nobody
from engram.measure.probes import Probe
from engram.sleep import exam, night, questions
from engram.sleep.evidence import Evidence
from engram.sleep.gate import Check, GateVerdict
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.ledger import Ledger
from engram.types import Message

SKILLS = tuple(
    Probe(f"s{n}", "retention", "greet", (Message("user", f"hi {n}"),), "I don't know", "prefix", f"s{n}")
    for n in range(12)
)


def fact(number: int) -> str:
    """One of 70 facts that an adapter is to learn, and nobody could guess."""
    name = "BDFGHKLMNPRSTV"[number // 5] + "aeiou"[number % 5] + "nor"
    return f"{name} lives in {name}ville."


FACTS = [fact(number) for number in range(41)]
WEIGHTS = "adapter_model.safetensors"


def shorten_exam(patch: pytest.MonkeyPatch) -> None:
    """Twelve skills, one short text, and no limit to weights: the fake adapter's are counts and ids."""
    patch.setattr(exam, "load_texts", lambda: TEXT)
    patch.setattr(questions, "load_suite", lambda name: SKILLS)
    patch.setattr(exam, "LARGEST_WEIGHT", 1e9)


def accept_what_is_valid(patch: pytest.MonkeyPatch) -> None:
    """However few the facts, and whatever the fake model knows of them."""
    patch.setattr(night, "judge", accepting)
    patch.setattr(night, "too_few", lambda agenda, begun: None)


def accepting(shown: Evidence) -> GateVerdict:
    valid = not shown.problems and shown.loss_after == shown.loss_after
    mark = Check("all", "holds" if valid else "fails", "It is fine." if valid else "It is broken.")
    return GateVerdict("accept" if valid else "reject", (mark,))


def tell(job: Job, facts: Sequence[str]) -> None:
    with Database.open(job.home.create().database) as database:
        ledger = Ledger(database)
        session = ledger.begin_session()
        ledger.append(*(NewEntry("turn", "user", "chat", fact, session=session) for fact in facts))


def in_service(job: Job) -> str | None:
    with Database.open(job.home.database) as database:
        found = AdapterVersions(database).in_service(job.base.id)
    return found.name if found else None


def worn(job: Job) -> bytes:
    """The weights that serve, b"" for the bare base."""
    name = in_service(job)
    return (job.home.adapter(name) / WEIGHTS).read_bytes() if name else b""


class Killed(BaseException):
    """The process is gone."""


def die() -> None:
    raise Killed


class At(Nobody):
    """Does something at update number `at` of a stage, or as it begins for 0; once."""

    def __init__(self, stage: str, at: int, act: Callable[[], None]) -> None:
        self._stage, self._left, self._act, self._now = stage, at, act, ""
        self.notes: list[str] = []
        self.acted = False

    def stage(self, name: str) -> None:
        self._now = name
        if name == self._stage and not self._left:
            self._do()

    def update(self, done: int, total: int, note: str = "") -> None:
        if self._now == self._stage:
            self._left -= 1
            if not self._left:
                self._do()

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def _do(self) -> None:
        if not self.acted:
            self.acted = True
            self._act()


def watched(job: Job, stage: str, at: int, act: Callable[[], None]) -> Job:
    return replace(job, watcher=At(stage, at, act))
