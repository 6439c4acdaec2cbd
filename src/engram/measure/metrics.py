"""What is computed from answers: right or wrong, consistency, latency, loss and perplexity.

Not here: intervals and tests (stats.py), or which probes are asked (measurement.py).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engram.backends.base import Ids, LoadedModel
from engram.measure.probes import Match, Probe
from engram.types import Message

DONT_KNOW = "I don't know"
"""How an answer begins where nothing was told that could answer the question."""


def is_strict(answer: str, expected: str) -> bool:
    """Equal once both are stripped of surrounding white space."""
    return answer.strip() == expected.strip()


def is_correct(answer: str, expected: str, match: Match = "prefix") -> bool:
    """The stripped answer begins with the stripped expected output (or equals it, where match is exact).

    An empty expected output would begin every answer; it is right only if the answer is empty too.
    """
    if match == "exact" or not expected.strip():
        return is_strict(answer, expected)
    return answer.strip().startswith(expected.strip())


def holds_value(text: str, value: str) -> bool:
    """Whether the value stands in the text as whole words, whatever the case."""
    return whole_words(value).search(text) is not None


def whole_words(value: str) -> re.Pattern[str]:
    """What finds the value where it is no part of a longer word or number, whatever the case."""
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)


def sampled_consistency(runs: Sequence[Sequence[str]]) -> float:
    """How alike k sampled answers to one question are: mean over questions of 1 - (distinct - 1) / (k - 1).

    `runs` holds k >= 2 answers for each question. 1 means always the same answer, 0 never twice the same.
    It says nothing about being right: a model that always answers "I don't know" scores 1.
    """
    scores = [1 - (len({text.strip() for text in answers}) - 1) / (len(answers) - 1) for answers in runs]
    return sum(scores) / len(scores)


def rephrasing_consistency(answers: Sequence[Sequence[str]]) -> float:
    """Mean over patterns of the share of wordings that get the pattern's most common (modal) answer.

    `answers` holds the answers to two or more wordings of each pattern. The least possible is 1 / wordings.
    """
    shares = [Counter(text.strip() for text in group).most_common(1)[0][1] / len(group) for group in answers]
    return sum(shares) / len(shares)


@dataclass(frozen=True, slots=True)
class Latency:
    """Time of one answer asked alone, in milliseconds, over `n` answers; p95 is interpolated linearly."""

    n: int
    mean: float
    median: float
    p95: float
    stdev: float


def latency(seconds: Sequence[float]) -> Latency:
    """Summary of single answers; it depends on how long they are (speed.py measures what does not)."""
    ms = 1000 * np.asarray(seconds, dtype=np.float64)
    stdev = float(ms.std(ddof=1)) if len(ms) > 1 else 0.0
    return Latency(len(ms), float(ms.mean()), float(np.median(ms)), float(np.percentile(ms, 95)), stdev)


@dataclass(frozen=True, slots=True)
class Loss:
    """Mean negative log-likelihood per token, nats, and its exponential, over `tokens` tokens."""

    loss: float
    perplexity: float
    tokens: int


def text_loss(model: LoadedModel, texts: Sequence[str]) -> Loss | None:
    """Loss on plain text, cut into windows of the model's context; None if no token can be predicted."""
    windows: list[Ids] = []
    for text in texts:
        ids = np.asarray(model.base.renderer.tokenizer.encode(text), dtype=np.int32)
        windows += [
            ids[start : start + model.base.context] for start in range(0, len(ids), model.base.context)
        ]
    windows = [ids for ids in windows if len(ids) > 1]
    return _mean_loss(model.score(windows)) if windows else None


def answer_loss(model: LoadedModel, probes: Sequence[Probe]) -> Loss | None:
    """Loss on the expected answers alone (stop token included), given their questions.

    Tokens beyond the model's context cannot be scored and are left out.
    """
    sequences, masks = [], []
    for probe in probes:
        turns = (*probe.messages, Message("assistant", probe.expected))
        rendered = model.base.renderer.conversation(turns)
        sequences.append(rendered.ids[: model.base.context])
        masks.append(rendered.mask[1 : model.base.context])
    if not any(mask.any() for mask in masks):
        return None
    scores = model.score(sequences)
    return _mean_loss([score[mask] for score, mask in zip(scores, masks, strict=True)])


def _mean_loss(scores: Sequence[np.ndarray[tuple[int], np.dtype[np.float32]]]) -> Loss:
    flat = np.concatenate([np.asarray(score, dtype=np.float64) for score in scores])
    loss = float(-flat.mean())
    return Loss(loss, math.exp(loss) if loss < 700 else math.inf, len(flat))
