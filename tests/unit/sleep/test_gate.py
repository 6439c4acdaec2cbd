"""The gate: each check by hand, and its error rates by simulation through the shipped decision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.nights import Night, draw, rot

from engram.sleep.evidence import Evidence, Paired, Safety, paired
from engram.sleep.gate import GateRules, GateVerdict, judge

GOOD = Night(gain=0.5)


@pytest.fixture
def sound() -> Evidence:
    """A night on which nothing is wrong."""
    return draw(GOOD, np.random.default_rng(1))


def failed(verdict: GateVerdict) -> list[str]:
    return [check.name for check in verdict.checks if check.mark == "fails"]


def unsure(verdict: GateVerdict) -> list[str]:
    return [check.name for check in verdict.checks if check.mark == "cannot tell"]


def items(right: int, lost: int, won: int, skill: str = "read") -> Paired:
    """Items of facts of their own: `right` on both sides, `lost` and `won` by the candidate."""
    marks = [(True, True)] * right + [(True, False)] * lost + [(False, True)] * won
    return paired(((f"{skill} {n}", b, a) for n, (b, a) in enumerate(marks)), skill)


def test_a_sound_candidate_is_accepted_with_all_its_reasons(sound: Evidence) -> None:
    verdict = judge(sound)
    assert verdict.outcome == "accept" and len(verdict.reasons) == len(verdict.checks) == 12
    assert judge(sound) == verdict


@pytest.mark.parametrize("problem", ["The weights hold NaN.", "It was trained on another base."])
def test_an_invalid_one_is_rejected_unheard(sound: Evidence, problem: str) -> None:
    verdict = judge(replace(sound, problems=(problem,)))
    assert verdict.outcome == "reject" and verdict.reasons == (problem,)
    assert len(verdict.checks) == 1


def test_a_measurement_that_does_not_repeat_decides_nothing(sound: Evidence) -> None:
    assert judge(replace(sound, again=items(198, 1, 1))).outcome == "accept"  # 1% may flip
    verdict = judge(replace(sound, again=items(197, 2, 1)))
    assert verdict.outcome == "not_enough_evidence" and unsure(verdict) == ["repeats"]
    assert judge(replace(sound, again=Paired())).outcome == "not_enough_evidence"


def test_too_few_facts_wait_for_another_night() -> None:
    verdict = judge(draw(Night(gain=0.9, facts=12), np.random.default_rng(2)))
    assert verdict.outcome == "not_enough_evidence"
    assert verdict.reasons == ("12 of 40 facts so far: too few to tell.",)


def test_a_gain_must_be_large_and_certain(sound: Evidence) -> None:
    none = paired((f"fact {n % 40}", True, True) for n in range(120))
    assert failed(judge(replace(sound, new=none))) == ["gain"]
    small = paired((f"fact {n}", n >= 8, True) for n in range(200))  # 4 points, p = 2^-8
    assert failed(judge(replace(sound, new=small))) == ["gain"]
    one_fact = paired((f"fact {n // 20}", n >= 60, True) for n in range(800))  # 7.5 points, three facts
    assert failed(judge(replace(sound, new=one_fact))) == ["gain"]


def test_what_answers_with_other_memories_more_than_with_its_own_is_refused(sound: Evidence) -> None:
    """As an adapter does whose labels were shuffled: some are right by chance, and that is a gain."""
    few = paired((f"fact {n}", False, n < 15) for n in range(120))
    assert judge(replace(sound, new=few)).outcome == "accept"
    assert judge(replace(sound, new=few, mixed_up=15)).outcome == "accept"
    assert failed(judge(replace(sound, new=few, mixed_up=16))) == ["mixed up"]
    assert failed(judge(replace(sound, new=few, mixed_up=16, rebuild=True))) == ["mixed up"]
    verdict = judge(replace(sound, new=few, mixed_up=105), GateRules(mixed_up=0))
    assert verdict.outcome == "accept" and "mixed up" not in [check.name for check in verdict.checks]


def test_a_second_try_needs_more(sound: Evidence) -> None:
    seven = paired((f"fact {n}", n >= 7, True) for n in range(100))  # p = 2^-7, between the two limits
    assert judge(replace(sound, new=seven)).outcome == "accept"
    assert failed(judge(replace(sound, new=seven, tries=2))) == ["gain"]


def test_skills_are_compared_with_the_base_too(sound: Evidence) -> None:
    """Ten nights may each lose a little of the night before."""
    worn = replace(sound, skills=items(796, 2, 2), skills_of_base=items(760, 35, 5))
    assert failed(judge(worn)) == ["base"]
    assert failed(judge(replace(sound, skills=items(760, 35, 5)))) == ["skills"]
    assert unsure(judge(replace(sound, skills=items(100, 0, 0)))) == ["skills"]


def test_one_skill_may_not_pay_for_the_others(sound: Evidence) -> None:
    one = Paired((*items(91, 9, 0, "order").pairs, *items(690, 0, 10, "read").pairs))
    verdict = judge(replace(sound, skills=one))
    assert failed(verdict) == ["each skill"] and "order" in verdict.reasons[0]
    assert "adapter in service" in verdict.reasons[0]


def test_old_memories_and_a_first_night(sound: Evidence) -> None:
    assert failed(judge(replace(sound, old=items(360, 35, 5)))) == ["old"]
    verdict = judge(replace(sound, old=Paired()))
    assert verdict.outcome == "accept"
    assert any("no memories of earlier nights" in reason for reason in verdict.reasons)


@pytest.mark.parametrize("loss", [2.05, float("nan"), float("inf")])
def test_loss_of_held_out_text(sound: Evidence, loss: float) -> None:
    assert failed(judge(replace(sound, loss_after=loss))) == ["loss"]
    assert judge(replace(sound, loss_after=2.04)).outcome == "accept"


def test_many_flips_are_another_model(sound: Evidence) -> None:
    assert failed(judge(replace(sound, skills=items(710, 45, 45)))) == ["flips"]


def test_own_tasks_and_safety(sound: Evidence) -> None:
    assert judge(replace(sound, harness_lost=1)).outcome == "accept"
    assert failed(judge(replace(sound, harness_lost=2))) == ["own tasks"]
    assert judge(replace(sound, safety=Safety(300, leaked=1))).outcome == "accept"
    assert failed(judge(replace(sound, safety=Safety(300, leaked=1, obeyed=1)))) == ["safety"]
    assert unsure(judge(replace(sound, safety=Safety()))) == ["safety"]


def test_a_rebuild_is_asked_for_no_gain(sound: Evidence) -> None:
    nothing_new = replace(sound, new=Paired(), rebuild=True)
    assert judge(nothing_new).outcome == "accept"
    assert failed(judge(replace(nothing_new, skills=items(760, 35, 5)))) == ["skills"]


def accepted(night: Night, draws: int, seed: int = 0) -> float:
    random = np.random.default_rng(seed)
    return sum(judge(draw(night, random)).outcome == "accept" for _ in range(draws)) / draws


# True effect, and the share of such nights that may be accepted at least and at most.
OPERATING_POINTS = [
    (Night(gain=0.2), 0.8, 1.0),
    (Night(gain=0.0), 0.0, 0.01),
    (Night(gain=0.5, skills=-0.03, drift=-0.01), 0.0, 0.01),  # the adapter in service differs from the base
    (Night(gain=0.5, skills=-0.04), 0.0, 0.01),
    (Night(gain=0.5, skills=-0.05), 0.0, 0.001),
]


@pytest.mark.parametrize(("night", "least", "most"), OPERATING_POINTS, ids=str)
def test_error_rates(night: Night, least: float, most: float) -> None:
    """Few draws; `slow` below counts 40,000. Slack is three standard errors of so few."""
    share, draws = accepted(night, 150), 150
    assert least - 3 * (0.25 / draws) ** 0.5 <= share <= most + 3 * (max(most, 0.005) / draws) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("night", "least", "most"), OPERATING_POINTS, ids=str)
def test_error_rates_in_full(night: Night, least: float, most: float) -> None:
    assert least <= accepted(night, 40_000, seed=7) <= most


@pytest.mark.parametrize("runs", [20, pytest.param(400, marks=pytest.mark.slow)], ids=["few", "many"])
def test_no_slow_rot(runs: int) -> None:
    """Thirty candidates, each truly a point worse than what serves: 95% of runs lose at most 4 points."""
    random = np.random.default_rng(runs)
    lost = sorted(rot(30, -0.01, random) for _ in range(runs))
    assert lost[int(0.95 * runs) - (runs < 100)] <= 0.04
