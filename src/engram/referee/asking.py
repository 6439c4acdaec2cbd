"""One way put to the questions: shares with intervals, what it does to the rest of the model, and its cost.

An answer is right by one rule for all: the value stands in it as a whole word, and an older value does not.
Not here: the questions (facts.py), or the table (table.py).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from engram.measure.metrics import DONT_KNOW, holds_value, is_correct, text_loss
from engram.measure.probes import Probe
from engram.measure.stats import accuracy_interval
from engram.referee.facts import COLUMNS, Column, Question
from engram.referee.ways import MOST_TOKENS, Ready
from engram.types import Message, Sampling

SAMPLING = Sampling(max_tokens=MOST_TOKENS)
WHOLE_SENTENCE = 4
"""Words of an answer that is more than the value."""
TIMED = 20


@dataclass(frozen=True, slots=True)
class Share:
    """Right answers of `n`, with a 95% interval."""

    right: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.right / self.n


@dataclass(frozen=True, slots=True)
class Score:
    """How one way did with so many facts. `shares` by column and "retention"; `perplexity` on held-out text;
    `reason` says why it could not be asked, and then there is nothing else."""

    way: str
    facts: int
    shares: dict[str, Share] = field(default_factory=dict)
    perplexity: float = 0.0
    write_seconds: float = 0.0
    bytes: int = 0
    prompt_tokens: float = 0.0
    latency_ms: float = 0.0
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Score:
        """Raises KeyError, TypeError."""
        return cls(**data | {"shares": {name: Share(**share) for name, share in data["shares"].items()}})


def take(
    way: str,
    facts: int,
    ready: Ready,
    questions: Sequence[Question],
    skills: Sequence[Probe],
    texts: Sequence[str],
) -> Score:
    """Everything about one way."""
    loss = text_loss(ready.answerer.model, texts)
    recall = [question.text for question in questions if question.column == "recall"]
    return Score(
        way,
        facts,
        {**_columns(ready, questions), "retention": _retention(ready, skills)},
        loss.perplexity if loss else 0.0,
        ready.seconds,
        ready.bytes,
        _prompt_tokens(ready, recall),
        _latency(ready, recall[:TIMED]),
    )


def is_right(question: Question, answer: str) -> bool:
    """By the question's column."""
    if question.column == "untold":
        return answer.startswith(DONT_KNOW)
    if question.column == "longer" and len(answer.split()) < WHOLE_SENTENCE:
        return False
    stale = bool(question.older) and holds_value(answer, question.older)
    return holds_value(answer, question.expected) and not stale


def _columns(ready: Ready, questions: Sequence[Question]) -> dict[str, Share]:
    asked = [_messages(ready, question.text) for question in questions]
    answers = ready.answerer.answer_all(asked, SAMPLING)
    right: dict[Column, list[bool]] = {column: [] for column in COLUMNS}
    for question, answer in zip(questions, answers, strict=True):
        right[question.column].append(is_right(question, answer.text.strip()))
    return {column: _share(found) for column, found in right.items() if found}


def _retention(ready: Ready, skills: Sequence[Probe]) -> Share:
    """Skills of the base, asked with whatever this way puts before a question."""
    asked = []
    for probe in skills:
        note = ready.notes(probe.messages[-1].content)
        alone = note is None or probe.messages[0].role == "system"
        asked.append(probe.messages if alone or note is None else (note, *probe.messages))
    answers = ready.answerer.answer_all(asked, SAMPLING)
    return _share(
        [is_correct(a.text, p.expected, p.match) for p, a in zip(skills, answers, strict=True)],
    )


def _share(right: Sequence[bool]) -> Share:
    interval = accuracy_interval(right, range(len(right)))
    return Share(sum(right), len(right), interval.low, interval.high)


def _messages(ready: Ready, question: str) -> list[Message]:
    note = ready.notes(question)
    return [*([note] if note else []), Message("user", question)]


def _prompt_tokens(ready: Ready, questions: Sequence[str]) -> float:
    return statistics.fmean(len(ready.answerer.prompt(_messages(ready, text))) for text in questions)


def _latency(ready: Ready, questions: Sequence[str]) -> float:
    """Median of whole answers asked one at a time, looking for notes included, in milliseconds."""
    taken = []
    for text in questions:
        began = time.perf_counter()
        ready.answerer.answer(_messages(ready, text), SAMPLING)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)
