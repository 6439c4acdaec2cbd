"""Figures over nights: by hand on a small matrix, and beside the papers' formulas on random ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.sleep.retained import by_base, matrix, retained
from engram.sleep.trend_lines import Share, Trend


def night(number: int, version: str = "v", **known: tuple[int, int]) -> Trend:
    """Night "n3" put "v3" in service, and knows of other nights what is given: n1=(right, n)."""
    shares = {name: Share(*counts) for name, counts in known.items()}
    name = f"{version}{number}" if version else ""
    return Trend(f"n{number}", f"2026-11-{number:02}T03:00:00Z", "accept", name, matrix=shares)


THREE = [
    night(1, n1=(9, 10)),
    night(2, n1=(10, 10), n2=(8, 10)),
    night(3, n1=(7, 10), n2=(8, 10), n3=(1, 2)),
]


def test_by_hand() -> None:
    found = retained(THREE)
    assert found.average_accuracy == pytest.approx((0.7 + 0.8 + 0.5) / 3)
    assert found.backward_transfer == pytest.approx(((0.7 - 0.9) + (0.8 - 0.8)) / 2)
    assert found.forgetting == pytest.approx(((1.0 - 0.7) + (0.8 - 0.8)) / 2)
    assert found.by_age == {0: Share(18, 22), 1: Share(18, 20), 2: Share(7, 10)}


def test_the_matrix_has_a_row_for_each_version_and_a_column_for_each_night() -> None:
    known = matrix([*THREE[:2], night(9, "", n1=(1, 10), n2=(1, 10)), THREE[2]])
    assert known.versions == ("v1", "v2", "v3") and known.nights == ("n1", "n2", "n3")
    assert known.rows[0] == (Share(9, 10), None, None) and known.rows[2][1] == Share(8, 10)


def test_nights_that_put_nothing_in_service_count_for_nothing() -> None:
    refused = night(9, "", n1=(0, 10), n2=(0, 10))
    assert retained([*THREE[:2], refused, THREE[2], refused]) == retained(THREE)


def test_too_few_nights_have_no_figures() -> None:
    assert retained([]).average_accuracy is None and matrix([]).rows == ()
    first = retained(THREE[:1])
    assert (first.average_accuracy, first.backward_transfer, first.forgetting) == (0.9, None, None)


def test_a_night_that_is_asked_about_no_more_is_left_out() -> None:
    """After forgetting, or where a sample left its questions out."""
    found = retained([*THREE[:2], night(3, n2=(4, 10), n3=(1, 2))])
    assert found.average_accuracy == pytest.approx(0.45)
    assert found.backward_transfer == pytest.approx(-0.4) and found.forgetting == pytest.approx(0.4)


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_beside_the_formulas(nights: int, seed: int) -> None:
    a = np.tril(np.random.default_rng(seed).integers(0, 11, (nights, nights))) / 10
    lines = [
        night(i + 1, **{f"n{j + 1}": (round(10 * a[i, j]), 10) for j in range(i + 1)}) for i in range(nights)
    ]
    found, last = retained(lines), a[-1]
    assert found.average_accuracy == pytest.approx(last.mean())
    assert found.backward_transfer == pytest.approx((last - np.diag(a))[:-1].mean())
    best = np.array([a[j:-1, j].max() for j in range(nights - 1)])
    assert found.forgetting == pytest.approx((best - last[:-1]).mean())
    for age, share in found.by_age.items():
        assert share.accuracy == pytest.approx(np.diag(a, -age).mean())


def test_bases_are_kept_apart() -> None:
    """Migrated after the second night: what is known there is of the new base's own nights."""
    lines = [replace(line, base="aa", model="small") for line in THREE[:2]]
    moved = [replace(night(n, n8=(9, 10)), base="bb", model="large") for n in (8, 9)]
    found = by_base([lines[0], moved[0], lines[1], moved[1]])
    assert found == {"small": lines, "large": moved}
    assert matrix(found["small"]) == matrix(THREE[:2]) and retained(found["small"]) == retained(THREE[:2])
    assert matrix(found["large"]).nights == ("n8",)


def test_two_revisions_of_a_base_are_two() -> None:
    found = by_base([replace(THREE[0], base=revision * 20, model="small") for revision in "ab"])
    assert list(found) == ["small (aaaaaaaaaaaa)", "small (bbbbbbbbbbbb)"]
    assert list(by_base(THREE)) == [""] and list(by_base([replace(THREE[0], base="c" * 40)])) == ["c" * 12]
