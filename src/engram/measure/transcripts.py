"""Golden transcripts: conversations as they should have gone, and how near a model comes to their style.

Each turn of a user is answered after the golden history before it, not after the model's own answers, so that
one slip does not spoil what follows. Two figures: chrF between the answer and the golden one, and the
perplexity of the golden answer, which sees nearness where the words differ. Neither says whether an answer is
right. Not here: chrF itself (chrf.py), the terminal (cli).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engram.answer.answerer import Answerer
from engram.backends.base import LoadedModel
from engram.config import DataSettings
from engram.lessons.policies import apply_policies
from engram.lessons.records import read_records
from engram.lessons.schema import Problems
from engram.lessons.shapes import WrongRecord, no_shape, read_record, shape_of
from engram.measure.asking import ask
from engram.measure.chrf import chrf, corpus_chrf
from engram.measure.probes import Probe
from engram.models.base import Base
from engram.types import Message

PART = 100


@dataclass(frozen=True, slots=True)
class TurnStyle:
    """One turn: the model's answer, its chrF against the golden one (0 to 100), and the sum of the golden
    answer's negative log-likelihoods (nats) over its `tokens`, stop token included."""

    id: str
    answer: str
    chrf: float
    nats: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Style:
    """All turns of one model. `chrf` is over all of them together, `perplexity` per token of golden text."""

    turns: tuple[TurnStyle, ...]
    chrf: float

    @property
    def loss(self) -> float:
        """Mean over tokens, nats."""
        return math.fsum(turn.nats for turn in self.turns) / sum(turn.tokens for turn in self.turns)

    @property
    def perplexity(self) -> float:
        return math.exp(self.loss) if self.loss < 700 else math.inf


def read_transcripts(file: Path, settings: DataSettings) -> tuple[Probe, ...]:
    """One question for each turn of an assistant that answers a user, its golden answer expected.

    Ids are "LINE.TURN", clusters the line. Thinking and tool calls are treated as `settings` say. Raises
    LessonError with all problems of the file.
    """
    problems, probes = Problems(), list[Probe]()
    for record in read_records(file, problems):
        try:
            shape = shape_of(record.values)
            if shape is None or shape == "text":
                raise WrongRecord(no_shape(record.values) if shape is None else "plain text has no turns.")
            conversation = read_record(record.values, shape)
            messages = apply_policies(conversation, settings, Counter())
            probes += _turns(messages, record.number, conversation.category or "transcript")
        except WrongRecord as wrong:
            problems.add(f"{file}{record.place}", None, str(wrong))
    if not probes and not problems.count:
        problems.add(str(file), 1, "nobody answers anybody in this file.")
    problems.raise_if_any()
    return tuple(probes)


def readable_turns(turns: Sequence[Probe], base: Base) -> tuple[tuple[Probe, ...], str]:
    """The turns that, with their history and golden answer, fit the base's context; and a sentence that says
    how many do not, "" where all do."""
    fitting = tuple(turn for turn in turns if len(_golden(turn, base)[0]) <= base.context)
    left = len(turns) - len(fitting)
    which = f"{left:,} of {len(turns):,} turns {'is' if left == 1 else 'are'}"
    sentence = f"{which}, with what was said before, longer than the {base.context:,} tokens that {base.id} "
    return fitting, f"{sentence}can read: not asked." if left else ""


def take_style(
    answerer: Answerer,
    turns: Sequence[Probe],
    max_tokens: int,
    told: Callable[[int], None] = lambda done: None,
) -> Style:
    """Ask every turn greedily and score its golden answer. `turns` must fit the context, at least one."""
    found: list[TurnStyle] = []
    for start in range(0, len(turns), PART):
        part = turns[start : start + PART]
        answers = [said.text.strip() for said in ask(answerer, part, max_tokens)]
        losses = _golden_losses(answerer.model, part)
        found += [
            TurnStyle(turn.id, answer, chrf(answer, turn.expected), *loss)
            for turn, answer, loss in zip(part, answers, losses, strict=True)
        ]
        told(len(found))
    pairs = ((said.answer, turn.expected) for said, turn in zip(found, turns, strict=True))
    return Style(tuple(found), corpus_chrf(pairs))


def _turns(messages: Sequence[Message], number: int, category: str) -> list[Probe]:
    """What follows directly upon a user's turn."""
    return [
        Probe(
            f"{number}.{place}",
            "unseen",
            category,
            tuple(messages[:place]),
            message.content,
            "exact",
            str(number),
        )
        for place, message in enumerate(messages)
        if message.role == "assistant" and place and messages[place - 1].role == "user"
    ]


def _golden(turn: Probe, base: Base) -> tuple[np.ndarray, np.ndarray]:
    """Token ids of history and golden answer, and which of them are that answer's."""
    rendered = base.renderer.conversation((*turn.messages, Message("assistant", turn.expected)))
    mask = rendered.mask.copy()
    mask[: len(base.renderer.prompt(turn.messages))] = False  # earlier answers are counted at their own turn
    return rendered.ids, mask


def _golden_losses(model: LoadedModel, turns: Sequence[Probe]) -> list[tuple[float, int]]:
    """Nats and tokens of each golden answer, its stop token included."""
    golden = [_golden(turn, model.base) for turn in turns]
    scores = model.score([ids for ids, _ in golden])
    picked = [np.asarray(s, dtype=np.float64)[mask[1:]] for s, (_, mask) in zip(scores, golden, strict=True)]
    return [(float(-one.sum()), len(one)) for one in picked]
