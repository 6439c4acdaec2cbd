"""Two measurements laid over each other, and the sentences that follow."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from tests.unit.measure.doubles import compared, measured, probe

from engram.errors import UsageError
from engram.measure.comparison import Comparison, compare
from engram.measure.record import comparison_json
from engram.measure.verdict import judge, percent, points

TOP_KEYS = ["config", "baseline", "tuned", "raw_results", "per_category", "improvement", "splits", "verdict"]


def exam(skill_size: int = 100) -> list:
    taught = [
        probe(f"{split} {p} {w}", f"out {p}", split, "xy"[p % 2], f"p{p}")  # type: ignore[arg-type]
        for p in range(20)
        for split, wordings in (("recall", 1), ("rephrased", 3))
        for w in range(wordings)
    ]
    unseen = [probe(f"unseen {i}", f"new {i}", "unseen", "x") for i in range(20)]
    skills = [
        probe(f"{skill} {i}", "ok", "retention", skill, match="exact")
        for skill in ("read", "copy", "order")
        for i in range(skill_size)
    ]
    return taught + unseen + skills


def know(probes: list, share: dict[str, float]) -> dict[str, str]:
    """Answers that are right for the first `share` of each split (or skill)."""
    groups: dict[str, list] = {}
    for item in probes:
        groups.setdefault(item.category if item.split == "retention" else item.split, []).append(item)
    return {
        item.id: item.expected
        for name, members in groups.items()
        for item in members[: round(share.get(name, 0) * len(members))]
    }


BEFORE = {"recall": 0.1, "read": 0.9, "copy": 0.8, "order": 0.5}
AFTER = {"recall": 1.0, "rephrased": 0.9, "unseen": 0.1, "read": 0.9, "copy": 0.8, "order": 0.2}


def case(before: dict[str, float], after: dict[str, float], size: int = 100, **config: object) -> Comparison:
    probes = exam(size)
    return compared(know(probes, before), know(probes, after), probes, **config)


def test_the_file_has_the_promised_keys() -> None:
    data = json.loads(json.dumps(comparison_json(case(BEFORE, AFTER, seed=3)), allow_nan=False))
    assert list(data) == TOP_KEYS
    assert set(data["improvement"]) == {
        "accuracy",
        "accuracy_pct",
        "accuracy_ci95",
        "p_value",
        "consistency",
        "latency_change_ms",
    }
    assert list(data["splits"]) == ["recall", "rephrased", "unseen", "retention"]
    for split in data["splits"].values():
        assert {"baseline", "tuned", "n", "ci95", "p_value", "lower_bound"} <= set(split)
        assert split["ci95"][0] <= split["tuned"] <= split["ci95"][1]
    assert data["config"] == {"seed": 3}
    assert len(data["raw_results"]) == len(exam())


def test_settings_that_json_cannot_hold_do_not_lose_the_run() -> None:
    """A validation loss may be infinite or NaN; after hours of training the report must still be written."""
    losses = {"first_valid_loss": math.inf, "history": [{"loss": math.nan}, (1.5, -math.inf)]}
    data = json.loads(json.dumps(comparison_json(case(BEFORE, AFTER, training=losses)), allow_nan=False))
    assert data["config"]["training"] == {"first_valid_loss": None, "history": [{"loss": None}, [1.5, None]]}


def test_shares_are_paired_and_counted() -> None:
    seen = case(BEFORE, AFTER)
    recall = seen.splits["recall"]
    assert recall is not None
    assert (recall.n, recall.clusters, recall.baseline, recall.tuned) == (20, 20, 0.1, 1.0)
    assert (recall.gained, recall.lost) == (18, 0)
    assert recall.p_value == pytest.approx(2.0**-18)
    rephrased = seen.splits["rephrased"]
    assert rephrased is not None and (rephrased.n, rephrased.clusters) == (60, 20)
    assert rephrased.p_value == pytest.approx(2.0**-18)  # 18 of 20 patterns, not 54 of 60 answers


def test_improvement_is_over_taught_patterns_alone() -> None:
    seen = case(BEFORE, AFTER)
    values = seen.improvement()
    assert values["accuracy"] == pytest.approx((20 + 54 - 2) / 80)
    assert values["accuracy_pct"] == pytest.approx(100 * values["accuracy"])
    low, high = values["accuracy_ci95"]
    assert low < values["accuracy"] < high
    assert values["consistency"] == 0


def test_categories_hold_taught_probes_and_unseen_apart() -> None:
    data = comparison_json(case(BEFORE, AFTER))["per_category"]
    assert set(data) == {"x", "y"}
    assert (data["x"]["n"], data["x"]["unseen"]["n"], data["x"]["unseen"]["tuned"]) == (40, 20, 0.1)
    assert "unseen" not in data["y"]


def test_a_skill_counts_only_where_the_base_has_it() -> None:
    seen = case(BEFORE, AFTER)
    assert set(seen.counted) == {"read", "copy"}
    retention = seen.splits["retention"]
    assert retention is not None and (retention.n, retention.baseline) == (200, pytest.approx(0.85))
    data = comparison_json(seen)["splits"]["retention"]
    assert data["by_skill"]["order"]["counts"] is False
    assert data["by_skill"]["order"]["change"] == pytest.approx(-0.3)
    assert data["worst_skill"]["change"] == 0


def test_a_base_at_exactly_seventy_percent_counts() -> None:
    assert "read" in case({"read": 0.7}, {"read": 0.7}).counted
    assert "read" not in case({"read": 0.69}, {"read": 0.69}).counted


def test_what_was_not_asked_is_null_not_zero() -> None:
    probes = [probe("q", "a")]
    data = comparison_json(compared({}, {"q": "a"}, probes))
    assert data["splits"]["unseen"]["baseline"] is None
    assert data["splits"]["unseen"]["n"] == 0
    assert data["splits"]["retention"]["worst_skill"] is None
    only_skills = compared({}, {}, [probe("q", "a", "retention", "read")])
    assert only_skills.improvement()["accuracy"] is None
    assert judge(only_skills).headline == "Nothing that was taught was asked."


def test_different_exams_are_refused() -> None:
    probes = exam(3)
    base = measured({}, probes)
    with pytest.raises(UsageError, match="probes, texts or scoring settings"):
        compare(base, measured({}, probes[1:]))
    with pytest.raises(UsageError, match="template or tokenizer"):
        compare(base, measured({}, probes, digest="other"))
    with pytest.raises(UsageError, match="base model"):
        compare(base, measured({}, probes, base="other"))
    with pytest.raises(UsageError, match=r"settings differ; .*template.*; .*base"):
        compare(base, measured({}, probes[1:], digest="other", base="other"))


def test_a_good_run_is_called_good_and_its_gaps_are_named() -> None:
    verdict = judge(case(BEFORE, AFTER))
    assert (
        verdict.headline
        == "It now answers 92% of what it was taught, up from 2%, and it kept the skills it had."
    )
    assert [text.split(",")[0] for text in verdict.learned] == ["Taught prompts", "Taught patterns"]
    assert any("never taught" in text and "not evidence" in text for text in verdict.not_learned)
    assert "Rephrased: 6 of 60 are still answered wrongly." in verdict.not_learned
    assert not verdict.lost
    assert len(verdict.kept) == 2


def test_lost_skills_are_said_in_the_headline() -> None:
    verdict = judge(case(BEFORE, {**AFTER, "read": 0.6}))
    assert "lost some of what it could do before" in verdict.headline
    assert any("“read” fell" in text for text in verdict.lost)
    assert any("more than 3 points cannot be ruled out" in text for text in verdict.lost)


def test_too_few_questions_is_uncertainty_not_a_loss() -> None:
    verdict = judge(case(BEFORE, AFTER, size=10))
    assert verdict.headline.endswith("whether it kept all of its skills is not certain.")


def test_no_gain_is_no_learning() -> None:
    verdict = judge(case(BEFORE, BEFORE))
    assert verdict.headline.startswith("There is no evidence that it learned")
    assert not verdict.learned


def test_forgotten_lessons_and_worse_text_are_losses() -> None:
    probes = exam(2)
    before = measured(know(probes, {"recall": 1.0}), probes, ["abc"], level=-1.0)
    after = measured(know(probes, {"recall": 0.9}), probes, ["abc"], level=-1.03)
    lost = judge(compare(before, after)).lost
    assert "2 questions that were right before the training are wrong after it." in lost
    assert any("Perplexity" in text for text in lost)
    mild = replace(after, text_loss=measured({}, probes, ["abc"], level=-1.01).text_loss)
    assert not any("Perplexity" in text for text in judge(compare(before, mild)).lost)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.999, "99.9%"),
        (0.99999, ">99.9%"),
        (0.001, "0.1%"),
        (1e-6, "<0.1%"),
        (0.5, "50%"),
    ],
)
def test_percentages_never_round_to_all_or_nothing(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (0.94, "+94 points"),
        (-0.017, "−1.7 points"),
        (-0.01, "−1 point"),
        (0.0, "no change"),
        (0.0994, "+9.9 points"),
        (0.0996, "+10 points"),
    ],
)
def test_points_carry_sign_and_number(change: float, words: str) -> None:
    assert points(change) == words
