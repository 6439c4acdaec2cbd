"""The arithmetic of order, against values computed by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.store.ranking import RECENCY_SHARE, coverage, fuse, judging, rarity, recency, weights
from engram.store.related import related

NOW = datetime(2026, 11, 18, tzinfo=UTC)


def test_fusion_is_the_sum_of_reciprocal_ranks() -> None:
    fused = fuse([[1, 2], [2, 3]])
    assert fused == pytest.approx({1: 1 / 61, 2: 1 / 62 + 1 / 61, 3: 1 / 62})


def test_rarity_is_bm25s_with_a_background_of_a_thousand() -> None:
    assert rarity(3, 500) == pytest.approx(math.log(1 + (1500 - 3 + 0.5) / 3.5))
    assert rarity(0, 0) > rarity(1, 10) > rarity(5, 10) > 0


def test_words_without_topic_weigh_next_to_nothing() -> None:
    asked = weights({"what": 1, "dog": 1}, 100)
    assert asked["what"] == pytest.approx(0.05 * asked["dog"])


def test_names_weigh_double_where_a_note_is_judged() -> None:
    asked = judging({"rufo": 2, "code": 0}, 100, {"rufo"})
    assert asked == {"rufo": 8.0, "code": 4.0}


def test_coverage_counts_words_relations_and_endings() -> None:
    asked = {"dog": 2.0, "name": 2.0}
    assert coverage(asked, ["dog"]) == 0.5
    assert coverage(asked, ["my", "dog", "name"]) == 1.0
    assert coverage(asked, ["dog", "called"]) == pytest.approx((2 + 0.8 * 2) / 4)
    assert coverage({"gardening": 1.0}, ["garden"]) == pytest.approx(6 / 9)
    assert coverage({"gardening": 1.0}, ["garlic"]) == 0.0
    assert coverage({"7341": 1.0}, ["73412"]) == 0.0
    assert coverage({}, ["dog"]) == 0.0


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.floats(0.01, 10)), st.lists(st.text(max_size=6)))
def test_coverage_is_a_share(asked: dict[str, float], said: list[str]) -> None:
    assert 0 <= coverage(asked, said) <= 1 + 1e-9


def test_recency_halves_in_thirty_days() -> None:
    def at(days: float) -> float:
        return recency((NOW - timedelta(days=days)).isoformat(), NOW) - 1

    assert at(0) == pytest.approx(RECENCY_SHARE) and at(30) == pytest.approx(RECENCY_SHARE / 2)
    assert at(-5) == at(0)  # a clock that was set back


def test_relations_go_both_ways() -> None:
    assert "birthday" in related("born") and "born" in related("birthday")
    assert not related("rufo") and "name" not in related("name")
