"""The loss curve: well-formed, self-contained, true to the numbers, readable in light and dark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engram.training.curve import HEIGHT, MOST_POINTS, WIDTH, loss_curve_svg, read_metrics, two_curves_svg

SVG = "{http://www.w3.org/2000/svg}"
LINES: list[dict[str, Any]] = [
    {"step": 0, "eval/loss": 4.0},
    {"step": 1, "train/loss": 4.0},
    {"step": 2, "train/loss": 2.0},
    {"step": 3, "train/loss": None},
    {"step": 4, "train/loss": 1.0},
    {"step": 4, "eval/loss": 3.0},
]


def places(svg: str, kind: str) -> list[tuple[float, float]]:
    for line in ElementTree.fromstring(svg).iter(f"{SVG}polyline"):
        if line.get("class") == kind:
            x_y = [place.split(",") for place in line.attrib["points"].split()]
            return [(float(x), float(y)) for x, y in x_y]
    return []


def test_points_lie_where_the_numbers_say() -> None:
    raw = places(loss_curve_svg(LINES), "raw")
    valid = places(loss_curve_svg(LINES), "valid")
    assert len(raw) == 3 and len(valid) == 2
    assert raw[1][0] == pytest.approx((raw[0][0] + raw[2][0] * 0.5) / 1.5, abs=0.2)  # steps 1, 2, 4
    fall = [y for _, y in raw]
    assert fall == sorted(fall)  # down the page, because the loss falls
    assert fall[1] - fall[0] == pytest.approx(2 * (fall[2] - fall[1]), abs=0.2)  # 4 to 2, then 2 to 1
    assert valid[0][1] == fall[0]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in raw + valid)


def test_it_needs_nothing_from_outside_and_reads_in_the_dark() -> None:
    svg = loss_curve_svg(LINES, title="a < b & c")
    assert "prefers-color-scheme:dark" in svg
    assert svg.count("http") == 1 and "xmlns" in svg  # the namespace is the only address
    assert ElementTree.fromstring(svg).get("aria-label") == "a < b & c"


def test_long_runs_are_thinned_and_empty_ones_drawn() -> None:
    many = [{"step": step, "train/loss": 1.0} for step in range(1, 10_001)]
    assert 1 < len(places(loss_curve_svg(many), "train")) <= MOST_POINTS
    last = places(loss_curve_svg(many), "train")[-1]
    assert last[0] == places(loss_curve_svg([*many[:-1], many[-1]]), "raw")[-1][0] == WIDTH - 16
    assert places(loss_curve_svg([]), "raw") == []


def test_two_runs_lie_on_one_scale() -> None:
    halved = [{**line, "train/loss": line["train/loss"] / 2} for line in LINES if line.get("train/loss")]
    svg = two_curves_svg({"left": LINES, "a < b": halved})
    below, above = places(svg, "below"), places(svg, "above")
    floor = places(loss_curve_svg(LINES), "raw")[0][1] + (4 - 0) * (below[1][1] - below[0][1]) / 2
    assert [x for x, _ in below] == [x for x, _ in above]
    for (_, whole), (_, half) in zip(below, above, strict=True):
        assert floor - half == pytest.approx((floor - whole) / 2, abs=0.2)
    legend = "".join(ElementTree.fromstring(svg).itertext())
    assert "left" in legend and "a < b" in legend


def test_retried_steps_count_once(tmp_path: Path) -> None:
    lines = [
        {"step": 1, "train/loss": 1.0},
        {"step": 2, "train/loss": 9.0},
        {"step": 1, "note": "Going back."},
        {"step": 2, "train/loss": 0.5},
    ]
    file = tmp_path / "metrics.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_metrics(file) == [lines[0], lines[2], lines[3]]
