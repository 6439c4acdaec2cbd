"""chrF by hand, by its properties, and beside sacreBLEU where that is installed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.measure.chrf import chrf, corpus_chrf

TEXTS = st.text("abc d", max_size=12)
FILLED = TEXTS.filter(str.strip)


@pytest.mark.parametrize(
    ("answer", "golden", "wanted"),
    [
        # 1-grams: 2 of 2, 2 of 3; 2-grams: 1 of 1, 1 of 2; the answer has no 3-gram. P = 1, R = 7/12.
        ("ab", "abc", 100 * 5 * (7 / 12) / (4 + 7 / 12)),
        # Turned around, P = 7/12 and R = 1: recall weighs more.
        ("abc", "ab", 100 * 5 * (7 / 12) / (4 * 7 / 12 + 1)),
        # Only single characters agree: P = R = (1 + 0) / 2.
        ("ab", "ba", 50.0),
        ("aa", "a", 100 * 5 * 0.5 / (4 * 0.5 + 1)),
        ("a b\tc", "abc", 100.0),
        ("abc", "xyz", 0.0),
        ("", "abc", 0.0),
        ("abc", " ", 0.0),
        ("", "", 100.0),
    ],
)
def test_by_hand(answer: str, golden: str, wanted: float) -> None:
    assert chrf(answer, golden) == pytest.approx(wanted, abs=1e-9)


@given(FILLED, TEXTS)
def test_it_is_between_nothing_and_the_same(golden: str, answer: str) -> None:
    assert 0 <= chrf(answer, golden) <= 100 + 1e-9
    assert chrf(golden, golden) == pytest.approx(100)
    assert (chrf(answer, golden) == 0) == (not set("".join(answer.split())) & set("".join(golden.split())))


@given(st.lists(st.tuples(TEXTS, FILLED), min_size=1, max_size=4))
def test_texts_together_are_counted_together(pairs: list[tuple[str, str]]) -> None:
    assert corpus_chrf(pairs) == pytest.approx(corpus_chrf(pairs * 3))
    assert corpus_chrf([(golden, golden) for _, golden in pairs]) == pytest.approx(100)


def test_beside_sacrebleu() -> None:
    metrics = pytest.importorskip("sacrebleu.metrics")
    reference, draw = metrics.CHRF(), random.Random(0)
    words = ["the", "a", "cat", "sat", "on", "r\u00e9pond", "3.5", "km,", "yes!", "antidisestablishment"]
    drawn = [[" ".join(draw.choices(words, k=draw.randint(k, 9))) for k in (0, 1)] for _ in range(300)]
    for answer, golden in drawn:
        wanted = reference.sentence_score(answer, [golden]).score
        assert chrf(answer, golden) == pytest.approx(wanted, abs=1e-9)
    whole = reference.corpus_score([a for a, _ in drawn], [[g for _, g in drawn]]).score
    assert corpus_chrf([(a, g) for a, g in drawn]) == pytest.approx(whole, abs=1e-9)
