"""Baseline against tuned on the same items: paired, clustered by pattern, each split apart.

Not here: a decision. Whether an adapter is worn is the gate's; this only says what was seen and how surely.
Nor the sentences (verdict.py), or the file that holds both (record.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engram.errors import UsageError
from engram.measure import stats
from engram.measure.asking import Result
from engram.measure.measurement import Measurement
from engram.measure.probes import SPLITS, TAUGHT

COUNTS_FROM = 0.70
"""A skill counts for retention only where the base itself reaches this accuracy (issue, B)."""


@dataclass(frozen=True, slots=True)
class Change:
    """Accuracy before and after on `n` paired items in `clusters` clusters; all shares are fractions.

    `gained` items became right, `lost` became wrong. `p_value` is one-sided, for a gain (sign flips by
    cluster). `lower_bound` is the one-sided 95% bound of the change, for "not worse than".
    """

    n: int
    clusters: int
    baseline: float
    tuned: float
    baseline_ci95: stats.Interval
    tuned_ci95: stats.Interval
    change_ci95: stats.Interval
    gained: int
    lost: int
    p_value: float
    lower_bound: float

    @property
    def change(self) -> float:
        return self.tuned - self.baseline

    def to_json(self) -> dict[str, Any]:
        """`ci95` is the interval of the tuned accuracy."""
        return {
            "baseline": self.baseline,
            "tuned": self.tuned,
            "n": self.n,
            "ci95": list(self.tuned_ci95),
            "clusters": self.clusters,
            "baseline_ci95": list(self.baseline_ci95),
            "change": self.change,
            "change_ci95": list(self.change_ci95),
            "gained": self.gained,
            "lost": self.lost,
            "p_value": self.p_value,
            "lower_bound": self.lower_bound,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two measurements of one exam, by split, and finer:

    `taught` and, by category, `categories`: recall and rephrased together; `families`: unseen members, by
    category; `skills`: retention, by skill. `splits["retention"]` pools the skills in `counted` only.
    """

    config: Mapping[str, Any]
    baseline: Measurement
    tuned: Measurement
    splits: Mapping[str, Change | None]
    taught: Change | None
    categories: Mapping[str, Change]
    families: Mapping[str, Change]
    skills: Mapping[str, Change]

    @property
    def pairs(self) -> list[tuple[Result, Result]]:
        return list(zip(self.baseline.results, self.tuned.results, strict=True))

    @property
    def counted(self) -> dict[str, Change]:
        """The skills that the base had to begin with, by name."""
        return {name: item for name, item in self.skills.items() if item.baseline >= COUNTS_FROM}

    @property
    def worst_skill(self) -> tuple[str, Change] | None:
        return min(self.counted.items(), key=lambda item: item[1].change, default=None)

    @property
    def consistency_change(self) -> float:
        return self.tuned.consistency.sampled - self.baseline.consistency.sampled

    @property
    def latency_change_ms(self) -> float:
        return self.tuned.latency.mean - self.baseline.latency.mean

    def improvement(self) -> dict[str, Any]:
        """The change over taught patterns, in trained and in new wordings; `accuracy_pct` is in points."""
        taught = self.taught
        return {
            "accuracy": taught.change if taught else None,
            "accuracy_pct": 100 * taught.change if taught else None,
            "accuracy_ci95": list(taught.change_ci95) if taught else None,
            "p_value": taught.p_value if taught else None,
            "consistency": self.consistency_change,
            "latency_change_ms": self.latency_change_ms,
        }


def compare(baseline: Measurement, tuned: Measurement, config: Mapping[str, Any] | None = None) -> Comparison:
    """Lay two measurements over each other. Raises UsageError unless they took the same exam."""
    _check_same(baseline, tuned)
    pairs = list(zip(baseline.results, tuned.results, strict=True))
    by_split = {split: [pair for pair in pairs if pair[0].probe.split == split] for split in SPLITS}
    taught = [pair for split in TAUGHT for pair in by_split[split]]
    skills = _by_category(by_split["retention"])
    held = {name for name, item in skills.items() if item.baseline >= COUNTS_FROM}
    by_split["retention"] = [pair for pair in by_split["retention"] if pair[0].probe.category in held]
    return Comparison(
        config=dict(config or {}),
        baseline=baseline,
        tuned=tuned,
        splits={split: _change(members) if members else None for split, members in by_split.items()},
        taught=_change(taught) if taught else None,
        categories=_by_category(taught),
        families=_by_category(by_split["unseen"]),
        skills=skills,
    )


def _check_same(baseline: Measurement, tuned: Measurement) -> None:
    checks = {
        "the probes, texts or scoring settings differ": baseline.exam_digest != tuned.exam_digest,
        "the chat template or tokenizer differs": baseline.renderer_digest != tuned.renderer_digest,
        "the base model differs": (baseline.base, baseline.revision) != (tuned.base, tuned.revision),
    }
    if problems := [sentence for sentence, differs in checks.items() if differs]:
        raise UsageError(
            f"These two measurements cannot be compared: {'; '.join(problems)}.",
            "Measure both sides again with the same probes and settings on the same base.",
        )


def _by_category(pairs: Sequence[tuple[Result, Result]]) -> dict[str, Change]:
    groups: dict[str, list[tuple[Result, Result]]] = defaultdict(list)
    for pair in pairs:
        groups[pair[0].probe.category].append(pair)
    return {name: _change(groups[name]) for name in sorted(groups)}


def _change(pairs: Sequence[tuple[Result, Result]]) -> Change:
    before, after = [old.correct for old, _ in pairs], [new.correct for _, new in pairs]
    clusters = [old.probe.cluster for old, _ in pairs]
    differences = [int(new) - int(old) for old, new in zip(before, after, strict=True)]
    return Change(
        n=len(pairs),
        clusters=len(set(clusters)),
        baseline=sum(before) / len(pairs),
        tuned=sum(after) / len(pairs),
        baseline_ci95=stats.accuracy_interval(before, clusters),
        tuned_ci95=stats.accuracy_interval(after, clusters),
        change_ci95=stats.change_interval(differences, clusters),
        gained=differences.count(1),
        lost=differences.count(-1),
        p_value=stats.sign_flip(differences, clusters),
        lower_bound=stats.not_worse_bound(differences, clusters),
    )
