"""Probes put to a model in batches, and the answers judged; no one's long answer is paid for by everyone.

A probe may use `max_tokens`, or more if its own expected output is longer; probes are asked together where
their limits agree. Not here: what is computed from the answers (measurement.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engram.answer.answerer import Answer, Answerer
from engram.measure.metrics import is_correct, is_strict
from engram.measure.probes import Probe
from engram.models.base import Base
from engram.types import Sampling


@dataclass(frozen=True, slots=True)
class Result:
    """One probe and the greedy answer to it. `seconds` is the answer's share of its batch."""

    probe: Probe
    answer: str
    correct: bool
    strict: bool
    tokens: int
    seconds: float
    finish_reason: str

    @property
    def stopped(self) -> bool:
        """The answer ended with the stop token, not at the limit."""
        return self.finish_reason == "stop"

    def to_json(self) -> dict[str, Any]:
        """What was answered; the probe itself is told apart by its id."""
        names = ("answer", "correct", "strict", "tokens", "seconds", "finish_reason")
        return {"id": self.probe.id} | {name: getattr(self, name) for name in names}


def token_limit(answerer: Answerer, probe: Probe, max_tokens: int) -> int:
    """`max_tokens`; for a longer expected output the power of two that holds it and its stop token."""
    needed = _answer_length(answerer.model.base, probe)
    return max_tokens if needed <= max_tokens else 1 << (needed - 1).bit_length()


def _answer_length(base: Base, probe: Probe) -> int:
    """Tokens of the expected output, its stop token included."""
    return len(base.renderer.tokenizer.encode(probe.expected)) + 1


def readable(probes: Sequence[Probe], base: Base) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
    """The probes without those suite questions that, with the expected answer, exceed the base's context;
    and a sentence that says how many, if any.

    A user's own rows all stay: one that is too long is an error, not a thing to leave out silently.
    """

    def fits(probe: Probe) -> bool:
        return len(base.renderer.prompt(probe.messages)) + _answer_length(base, probe) <= base.context

    suite = [probe for probe in probes if probe.split == "retention"]
    too_long = {probe.id for probe in suite if not fits(probe)}
    if not too_long:
        return tuple(probes), ()
    kept = tuple(probe for probe in probes if probe.split != "retention" or probe.id not in too_long)
    return kept, (_left_out(len(too_long), len(suite), base),)


def _left_out(count: int, of: int, base: Base) -> str:
    which = "All" if count == of else f"{count:,} of the"
    is_, was = ("is", "was") if count == 1 else ("are", "were")
    return (
        f"{which} {of:,} skill questions {is_}, with the answer, longer than the {base.context:,} tokens "
        f"that {base.id} can read and {was} not asked."
    )


def ask(
    answerer: Answerer, probes: Sequence[Probe], max_tokens: int, temperature: float = 0.0, seed: int = 0
) -> list[Answer]:
    """Answers in the order of the probes, batched by limit; the batches are the same for every model."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, probe in enumerate(probes):
        groups[token_limit(answerer, probe, max_tokens)].append(place)
    answers: dict[int, Answer] = {}
    for limit, places in sorted(groups.items()):
        sampling = Sampling(max_tokens=limit, temperature=temperature, seed=seed)
        said = answerer.answer_all([probes[place].messages for place in places], sampling)
        answers.update(zip(places, said, strict=True))
    return [answers[place] for place in range(len(probes))]


def judged(probe: Probe, answer: Answer) -> Result:
    """Right or wrong, by the probe's own rule and by equality."""
    return Result(
        probe=probe,
        answer=answer.text,
        correct=is_correct(answer.text, probe.expected, probe.match),
        strict=is_strict(answer.text, probe.expected),
        tokens=answer.tokens,
        seconds=answer.seconds,
        finish_reason=answer.finish_reason,
    )
