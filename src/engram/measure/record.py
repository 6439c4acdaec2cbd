"""comparison.json: the figures of a comparison, every answer of both sides, and the verdict.

Not here: how any of it is computed (comparison.py, verdict.py), or writing files (writer.py).
"""

from __future__ import annotations

from typing import Any

from engram.measure.asking import Result
from engram.measure.comparison import COUNTS_FROM, Change, Comparison
from engram.measure.measurement import finite
from engram.measure.verdict import judge

NOTHING = {"baseline": None, "tuned": None, "n": 0, "ci95": None, "p_value": None, "lower_bound": None}
"""A split that was not asked."""


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The content of comparison.json: plain values, none of them infinite or NaN."""
    splits = {name: _change_json(item) for name, item in comparison.splits.items()}
    splits["retention"] |= _retention_json(comparison)
    record = {
        "config": dict(comparison.config),
        "baseline": comparison.baseline.summary(),
        "tuned": comparison.tuned.summary(),
        "raw_results": [_pair_json(before, after) for before, after in comparison.pairs],
        "per_category": _categories_json(comparison),
        "improvement": comparison.improvement(),
        "splits": splits,
        "verdict": judge(comparison).to_json(),
    }
    return dict(finite(record))


def _categories_json(comparison: Comparison) -> dict[str, Any]:
    """Taught probes by category; where a category has held-out members, they stand under `unseen`."""
    names = sorted({*comparison.categories, *comparison.families})
    rows = {name: _change_json(comparison.categories.get(name)) for name in names}
    for name, item in comparison.families.items():
        rows[name]["unseen"] = item.to_json()
    return rows


def _retention_json(comparison: Comparison) -> dict[str, Any]:
    worst, counted = comparison.worst_skill, comparison.counted
    by_skill = {
        name: item.to_json() | {"counts": name in counted} for name, item in comparison.skills.items()
    }
    return {
        "counts_from": COUNTS_FROM,
        "by_skill": by_skill,
        "worst_skill": {"skill": worst[0], "change": worst[1].change} if worst else None,
    }


def _change_json(change: Change | None) -> dict[str, Any]:
    return change.to_json() if change else dict(NOTHING)


def _pair_json(before: Result, after: Result) -> dict[str, Any]:
    probe = before.probe
    return {
        "id": probe.id,
        "split": probe.split,
        "category": probe.category,
        "cluster": probe.cluster,
        "messages": [{"role": turn.role, "content": turn.content} for turn in probe.messages],
        "expected": probe.expected,
        "match": probe.match,
        "baseline": before.to_json(),
        "tuned": after.to_json(),
    }
