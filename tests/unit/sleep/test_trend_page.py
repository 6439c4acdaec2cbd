"""Nights as a picture: well-formed, self-contained, every value drawn, hostile names harmless."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from engram.sleep.retained import retained
from engram.sleep.trend_lines import Part, Share, Trend
from engram.sleep.trend_page import told, trend_html, trend_svg

SVG = "{http://www.w3.org/2000/svg}"


def line(number: int, version: str | None = None, **values: object) -> Trend:
    name = f"v{number}" if version is None else version
    known = {f"n{earlier}": Share(9, 10) for earlier in range(1, number + 1)}
    parts = {"new": Part(0.1, 0.9, 30), "skills": Part(0.9, 0.9, 30)} | (
        {"old": Part(0.8, 0.7, 30)} if number > 1 else {}
    )
    made = {"parts": parts, "loss_after": 2.0 + number / 10, "matrix": known if name else {}} | values
    return Trend(f"n{number}", f"2026-11-{number:02}T12:00:00Z", "accept", name, **made)  # type: ignore[arg-type]


LINES = [line(1), line(2), line(3, ""), line(4)]


def test_every_value_is_drawn_and_what_did_not_serve_is_hollow() -> None:
    root = ElementTree.fromstring(trend_svg(LINES))
    dots = [dot.get("class", "") for dot in root.iter(f"{SVG}circle")]
    assert len(dots) == 4 + 3 + 4 + 4, "new, old, skills and loss"
    assert sum("full" not in dot for dot in dots) == 4, "those of the third night"
    assert len(list(root.iter(f"{SVG}rect"))) == 1 + 2 + 3, "of the fourth night's cells n3 has no column"


def test_higher_is_drawn_higher() -> None:
    lines = [line(n, parts={"new": Part(0, share, 9)}, loss_after=None) for n, share in ((1, 0.2), (2, 0.7))]
    low, high = ElementTree.fromstring(trend_svg(lines)).iter(f"{SVG}circle")
    assert float(low.get("cy", 0)) - float(high.get("cy", 0)) == pytest.approx(0.5 * 150, abs=0.2)
    assert float(low.get("cx", 0)) < float(high.get("cx", 0))


def test_a_gap_breaks_the_line() -> None:
    lines = [line(1), line(2, loss_after=None), line(3)]
    (panel,) = [g for g in ElementTree.fromstring(trend_svg(lines)) if "held-out" in "".join(g.itertext())]
    assert len(list(panel.iter(f"{SVG}polyline"))) == 2


@pytest.mark.parametrize(
    "lines", [[], LINES[:1], [line(n) for n in range(1, 29)]], ids=["none", "one", "many"]
)
def test_any_number_of_nights_can_be_drawn(lines: list[Trend]) -> None:
    ElementTree.fromstring(trend_svg(lines))
    assert "nan" not in trend_svg(lines)


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    page = trend_html([line(1, '"><script>alert(1)</script>'), line(2)])
    assert "<script" not in page and not re.search(r'(src|href)="(?!data:)', page)
    (image,) = re.findall(r"base64,([^\"]+)", page)
    picture = base64.b64decode(image).decode()
    assert "<script" not in picture and "&lt;script" in picture
    ElementTree.fromstring(picture)


def test_figures_are_told_with_their_signs() -> None:
    said = dict(told(retained([line(1), line(2, matrix={"n1": Share(8, 10), "n2": Share(1, 1)})])))
    assert said["backward transfer"] == "-10.0 points" and said["forgetting"] == "+10.0 points"
    assert said["recall by age in nights"] == "the morning after 91% (n = 11), 1 later 80% (n = 10)"
    assert dict(told(retained([])))["average accuracy"] == "–"


def test_each_base_has_panels_and_figures_of_its_own() -> None:
    lines = [
        replace(line(n), base=base, model=base) for n, base in ((1, "small"), (2, "large"), (3, "small"))
    ]
    page, picture = trend_html(lines), trend_svg(lines)
    for base in ("small", "large"):
        assert f"What stayed on {base}" in page and f"Answered right · {base}" in picture
    assert "What stayed</h2>" in trend_html(LINES) and "·" not in trend_svg(LINES)
    assert len(list(ElementTree.fromstring(picture).iter(f"{SVG}rect"))) == (1 + 2) + 1
