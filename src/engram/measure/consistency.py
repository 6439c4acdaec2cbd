"""Does a model say the same twice? Sampled several times, and asked in several wordings.

Sameness alone is no merit, so how often it was right stands beside it. Not here: the formulas (metrics.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engram.answer.answerer import Answerer
from engram.config import MeasureSettings
from engram.measure.asking import Result, ask
from engram.measure.metrics import is_correct, rephrasing_consistency, sampled_consistency
from engram.measure.probes import Probe, subset


@dataclass(frozen=True, slots=True)
class Consistency:
    """Shares from 0 to 1, each with how often it was also right; None where no pattern has two wordings.

    `sampled`: k runs at a temperature over `probes` questions; `sampled_correct`: share of those answers
    that are right. `rephrased`: over `patterns` with two wordings or more; `rephrased_correct`: share of
    those whose most common answer is right.
    """

    sampled: float
    sampled_correct: float
    probes: int
    runs: int
    temperature: float
    rephrased: float | None
    rephrased_correct: float | None
    patterns: int


def consistency(
    answerer: Answerer,
    results: Sequence[Result],
    settings: MeasureSettings,
    progress: Callable[[int, int], None],
) -> Consistency:
    """Sampled on recall probes, for they are what was taught (on all probes where there are none)."""
    asked = [result.probe for result in results]
    recall = [probe for probe in asked if probe.split == "recall"]
    sample = subset(recall or asked, settings.consistency_probes)
    runs = _sampled(answerer, sample, settings, progress)
    right = [
        is_correct(text, p.expected, p.match) for p, texts in zip(sample, runs, strict=True) for text in texts
    ]
    groups = _wordings(results)
    return Consistency(
        sampled=sampled_consistency(runs),
        sampled_correct=sum(right) / len(right),
        probes=len(sample),
        runs=settings.consistency_runs,
        temperature=settings.consistency_temperature,
        rephrased=rephrasing_consistency([[r.answer for r in group] for group in groups]) if groups else None,
        rephrased_correct=sum(map(_modal_is_right, groups)) / len(groups) if groups else None,
        patterns=len(groups),
    )


def _sampled(
    answerer: Answerer,
    sample: Sequence[Probe],
    settings: MeasureSettings,
    progress: Callable[[int, int], None],
) -> list[list[str]]:
    """The texts of all runs, by probe; each run has its own seed."""
    runs: list[list[str]] = [[] for _ in sample]
    for seed in range(settings.consistency_runs):
        progress(seed, settings.consistency_runs)
        answers = ask(answerer, sample, settings.max_tokens, settings.consistency_temperature, seed)
        for texts, answer in zip(runs, answers, strict=True):
            texts.append(answer.text)
    progress(settings.consistency_runs, settings.consistency_runs)
    return runs


def _wordings(results: Iterable[Result]) -> list[list[Result]]:
    """Greedy answers to the untrained wordings of each pattern that has two or more."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.probe.split == "rephrased":
            groups[result.probe.cluster].append(result)
    return [group for group in groups.values() if len(group) > 1]


def _modal_is_right(group: Sequence[Result]) -> bool:
    texts = [result.answer.strip() for result in group]
    return group[max(range(len(texts)), key=lambda i: texts.count(texts[i]))].correct
