"""Loss by tag: how surprised a model is by each kind of text, a token at a time, without and with an adapter.

Only what a model would have to write counts: answers with their stop token, or all of a plain text but its
first token. Not here: which files the texts come from (lessons), or the table as a file (cli).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engram.backends.base import LoadedModel
from engram.lessons.render import render_row
from engram.lessons.row_tags import Tags
from engram.lessons.rows import Row
from engram.measure.probes import Probe
from engram.types import Message

PART = 64
"""Texts scored between two words of progress."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to score, as a row, and what it counts under: (by what, tag), such as ("category", "sums")."""

    row: Row
    tags: Tags


@dataclass(frozen=True, slots=True)
class TextLoss:
    """Sum of negative log-likelihoods (nats) over `tokens` tokens of one text."""

    nats: float
    tokens: int


@dataclass(frozen=True, slots=True)
class TagLoss:
    """One line of the table. Losses are means per token, nats; None where that side was not measured.

    `by` says what kind of tag it is ("all" for everything), `rows` how many texts have it, `tokens` how many
    of their tokens were scored.
    """

    by: str
    tag: str
    rows: int
    tokens: int
    loss_before: float | None
    loss_after: float | None

    @property
    def perplexity_before(self) -> float | None:
        return _perplexity(self.loss_before)

    @property
    def perplexity_after(self) -> float | None:
        return _perplexity(self.loss_after)

    @property
    def change(self) -> float | None:
        """Nats per token; below 0 is better."""
        if self.loss_before is None or self.loss_after is None:
            return None
        return self.loss_after - self.loss_before


def row_samples(rows: Iterable[Row], tags: Mapping[str, Tags] | None = None) -> list[Sample]:
    """Rows of a data set, tagged by category and split, and by what `tags` says of their sources."""
    own = tags or {}
    return [
        Sample(row, (("category", row.category), ("split", row.split), *own.get(row.source, ())))
        for row in rows
    ]


def probe_samples(probes: Iterable[Probe]) -> list[Sample]:
    """Questions of a suite with their expected answers, tagged by skill."""
    return [
        Sample(
            Row((*probe.messages, Message("assistant", probe.expected)), probe.category, probe.id, "unseen"),
            (("skill", probe.category),),
        )
        for probe in probes
    ]


def text_losses(
    model: LoadedModel, samples: Sequence[Sample], told: Callable[[int], None] = lambda done: None
) -> list[TextLoss]:
    """One for each sample. Tokens beyond the model's context cannot be scored and are left out."""
    found: list[TextLoss] = []
    for start in range(0, len(samples), PART):
        rendered = [render_row(sample.row, model.base.renderer) for sample in samples[start : start + PART]]
        scores = model.score([one.ids[: model.base.context] for one in rendered])
        for one, score in zip(rendered, scores, strict=True):
            counted = np.asarray(score, dtype=np.float64)[one.mask[1 : len(score) + 1]]
            found.append(TextLoss(float(-counted.sum()), len(counted)))
        told(len(found))
    return found


def by_tag(
    samples: Sequence[Sample], before: Sequence[TextLoss] | None, after: Sequence[TextLoss] | None
) -> list[TagLoss]:
    """The table: everything first, then each kind of tag by name. Long texts count for more."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, sample in enumerate(samples):
        for tag in (("all", ""), *sample.tags):
            places[tag].append(place)
    measured = before if before is not None else after or ()
    return [
        TagLoss(
            by,
            tag,
            len(members),
            sum(measured[place].tokens for place in members),
            _mean(before, members),
            _mean(after, members),
        )
        for (by, tag), members in sorted(places.items(), key=lambda item: (item[0][0] != "all", item[0]))
    ]


def _mean(losses: Sequence[TextLoss] | None, members: Sequence[int]) -> float | None:
    """Mean per token; None without a token."""
    if losses is None or not (tokens := sum(losses[place].tokens for place in members)):
        return None
    return math.fsum(losses[place].nats for place in members) / tokens


def _perplexity(loss: float | None) -> float | None:
    if loss is None:
        return None
    return math.exp(loss) if loss < 700 else math.inf
