"""Advice follows from the figures, and says nothing where there is nothing to say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.unit.measure.doubles import compared, probe

from engram.measure.advice import advice, seen


def with_split(split: str, **values: Any) -> Any:
    probes = [probe("q", "a"), probe("skill", "b", "retention", "read")]
    whole: Any = compared({"skill": "b"}, {"q": "a", "skill": "b"}, probes)
    changed = replace(whole.splits[split], **values)
    return replace(whole, splits={**whole.splits, split: changed})


def test_good_figures_need_no_advice() -> None:
    good = with_split("recall", tuned=0.97)
    good = replace(good, splits={**good.splits, "retention": None})
    assert advice(good, 130) == ()


def test_low_recall_of_few_patterns_asks_for_more_training() -> None:
    (sentence, *_) = advice(with_split("recall", tuned=0.5), 130)
    assert "50%" in sentence and "--epochs" in sentence


def test_low_recall_of_thousands_names_what_serves_better() -> None:
    (sentence, *_) = advice(with_split("recall", tuned=0.1), 5_000)
    assert "looked up" in sentence and "5,000" in sentence


def test_lost_skills_are_told_with_what_helps() -> None:
    said = advice(with_split("retention", lower_bound=-0.2), 130)
    assert any("--replay" in sentence for sentence in said)


def test_exposures_count_wordings_and_passes() -> None:
    assert "about 15 times (2.5 passes)" in seen(100, 600, 2.5)
