"""Simulated evidence: nights whose true effect is known, so that the gate's error rates can be counted.

A fact is learned or not, and its wordings follow; a skill's answers are right or wrong for base, adapter in
service and candidate, and go together as those of real models do (few flips at equal skill). Not here: any
rule of the gate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engram.sleep.evidence import Evidence, Pair, Paired, Safety
from engram.sleep.gate import judge

_WORDING = 0.85  # of a learned fact's untrained wordings, about as measured on the shipped sets
_GUESSED = 0.05  # of the wordings of a fact that was not learned
SKILLS = ("read", "list", "copy", "order", "refuse")


@dataclass(frozen=True, slots=True)
class Night:
    """True changes, in shares: `gain` on new memories, `skills` and `old` from the adapter in service to the
    candidate; `drift` is what the adapter in service already lost against the base; `churn` is the share of
    answers that flip to and fro without any change of skill."""

    gain: float = 0.2
    skills: float = 0.0
    old: float = 0.0
    drift: float = 0.0
    churn: float = 0.02
    facts: int = 40


def draw(night: Night, random: np.random.Generator, tasks: int = 800, kept: int = 400) -> Evidence:
    """One night's evidence: 3 phrasings of each fact, `tasks` skill items, `kept` old memories."""
    base = random.random(tasks) < 0.95
    service = _moved(base, night.drift, night.churn, random)
    candidate = _moved(service, night.skills, night.churn, random)
    learned = random.random(night.facts) < night.gain / (_WORDING - _GUESSED)
    guessed = random.random((night.facts, 3)) < _GUESSED
    right = np.where(learned[:, None], random.random((night.facts, 3)) < _WORDING, guessed)
    new = [
        Pair(f"fact {fact}", bool(guessed[fact, wording]), bool(right[fact, wording]))
        for fact in range(night.facts)
        for wording in range(3)
    ]
    before = random.random(kept) < 0.9
    after = _moved(before, night.old, night.churn, random)
    steady = random.random(200) < 0.9
    return Evidence(
        again=_paired(steady, steady),
        new=Paired(tuple(new)),
        old=_paired(before, after),
        skills=_paired(service, candidate),
        skills_of_base=_paired(base, candidate),
        loss_before=2.0,
        loss_after=2.01,
        safety=Safety(300),
    )


def rot(nights: int, change: float, random: np.random.Generator, tasks: int = 800) -> float:
    """Share of skill answers lost after so many nights, each of whose candidates truly changes skills by
    `change` and teaches well; the gate decides which of them serve."""
    base = random.random(tasks) < 0.95
    service = base
    for _ in range(nights):
        candidate = _moved(service, change, 0.02, random)
        evidence = replace(
            draw(Night(gain=0.5), random, tasks=0),
            skills=_paired(service, candidate),
            skills_of_base=_paired(base, candidate),
        )
        service = candidate if judge(evidence).outcome == "accept" else service
    return float(base.mean() - service.mean())


def _moved(right: np.ndarray, change: float, churn: float, random: np.random.Generator) -> np.ndarray:
    """Answers after a true change of skill and churn that cancels out on average."""
    share = max(right.mean(), 1e-9) if len(right) else 1.0
    lose = (churn / 2 + max(0.0, -change)) / share
    win = (churn / 2 + max(0.0, change)) / max(1e-9, 1 - share)
    drawn = random.random(len(right))
    return np.where(right, drawn >= lose, drawn < win)


def _paired(before: np.ndarray, after: np.ndarray) -> Paired:
    pairs = zip(before.tolist(), after.tolist(), strict=True)
    return Paired(tuple(Pair(f"item {n}", b, a, SKILLS[n % len(SKILLS)]) for n, (b, a) in enumerate(pairs)))
