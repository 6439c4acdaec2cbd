"""The loss curve of a run, or of two, as a self-contained SVG that reads in light and in dark.

Not here: any plotting library, or the report around the picture (measure).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 36, 40
MOST_POINTS = 400  # more cannot be told apart at this width
SMOOTHING = 0.9
LOSS = "train/loss"

Points = list[tuple[float, float]]

_STYLE = """
.loss{font:12px system-ui,sans-serif;--ink:#334155;--line:#e2e8f0;--train:#2563eb;--valid:#ea580c}
@media (prefers-color-scheme:dark){.loss{--ink:#cbd5e1;--line:#334155;--train:#60a5fa;--valid:#fb923c}}
.loss text{fill:var(--ink)}.loss .grid{stroke:var(--line)}.loss polyline{fill:none;stroke-linejoin:round}
.loss .raw{stroke:var(--train);opacity:.25}.loss .train{stroke:var(--train);stroke-width:2}
.loss .valid{stroke:var(--valid);stroke-width:2}.loss circle{fill:var(--valid)}
.loss .below{stroke:var(--valid);stroke-width:7;opacity:.45}.loss .above{stroke:var(--train);stroke-width:1.5}
""".strip()


def read_metrics(file: Path) -> list[dict[str, Any]]:
    """Lines of metrics.jsonl; steps that a retry took again count as they were taken last."""
    lines: list[dict[str, Any]] = []
    for text in file.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if "note" in line:
            lines = [earlier for earlier in lines if earlier["step"] <= line["step"]]
        lines.append(line)
    return lines


def loss_curve_svg(metrics: Iterable[Mapping[str, Any]], title: str = "Loss") -> str:
    """Training loss (raw and smoothed) and validation loss over steps, in nats per target token."""
    lines = list(metrics)
    raw = _points(lines, LOSS)
    valid = _points(lines, "eval/loss")
    scale = _Scale([*raw, *valid])
    drawn = [
        scale.line(_thin(raw), "raw"),
        scale.line(_thin(_smooth(raw)), "train"),
        scale.line(_thin(valid), "valid"),
        *(scale.dot(point) for point in _thin(valid)),
    ]
    return _picture(title, scale, drawn, {"training": "train", "validation": "valid"})


def two_curves_svg(curves: Mapping[str, Iterable[Mapping[str, Any]]], title: str = "Loss") -> str:
    """Training losses of two runs by name: the first a wide line, the second a thin one upon it."""
    (below, first), (above, second) = ((name, _points(list(lines), LOSS)) for name, lines in curves.items())
    scale = _Scale([*first, *second])
    drawn = [scale.line(_thin(first), "below"), scale.line(_thin(second), "above")]
    return _picture(title, scale, drawn, {below: "valid", above: "train"})


def _picture(title: str, scale: _Scale, drawn: Sequence[str], names: Mapping[str, str]) -> str:
    """`names` of the lines with their colours."""
    spans = "  ".join(
        f'<tspan style="fill:var(--{colour})">{_escape(name)}</tspan>' for name, colour in names.items()
    )
    legend = (
        f'<text x="{LEFT}" y="20" font-weight="600">{_escape(title)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end">{spans}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" class="loss" role="img" '
        f'aria-label="{_escape(title)}"><style>{_STYLE}</style>{scale.grid()}{"".join(drawn)}{legend}</svg>\n'
    )


class _Scale:
    """From steps and nats to places in the picture; both axes start at 0."""

    def __init__(self, points: Points) -> None:
        self._last_step = max([step for step, _ in points], default=0) or 1
        highest = max([loss for _, loss in points], default=0) or 1
        self._tick = _round_tick(highest / 4)
        self._top = self._tick * math.ceil(highest / self._tick)

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * point[0] / self._last_step
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * point[1] / self._top
        return round(x, 1), round(y, 1)

    def line(self, points: Points, kind: str) -> str:
        places = " ".join("{:g},{:g}".format(*self.place(point)) for point in points)
        return f'<polyline class="{kind}" points="{places}"/>' if points else ""

    def dot(self, point: tuple[float, float]) -> str:
        x, y = self.place(point)
        return f'<circle cx="{x:g}" cy="{y:g}" r="3"/>'

    def grid(self) -> str:
        parts = []
        for number in range(round(self._top / self._tick) + 1):
            _, y = self.place((0, number * self._tick))
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:g}" y2="{y:g}"/>')
            label = f"{number * self._tick:.4g}"
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{label}</text>')
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
            step = round(self._last_step * share)
            x, _ = self.place((step, 0))
            parts.append(f'<text x="{x:g}" y="{HEIGHT - 22}" text-anchor="{anchor}">{step}</text>')
        middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
        parts.append(
            f'<text x="{middle:g}" y="{HEIGHT - 6}" text-anchor="middle">steps; nats per token</text>'
        )
        return "".join(parts)


def _points(lines: Sequence[Mapping[str, Any]], key: str) -> Points:
    return [(line["step"], line[key]) for line in lines if line.get(key) is not None]


def _smooth(points: Points) -> Points:
    """Exponential moving average, corrected for its start."""
    average = weight = 0.0
    result = []
    for step, loss in points:
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        weight = SMOOTHING * weight + (1 - SMOOTHING)
        result.append((step, average / weight))
    return result


def _thin(points: Points) -> Points:
    """At most about MOST_POINTS of them, the last one included."""
    every = -(-len(points) // MOST_POINTS) or 1
    return points[::-1][::every][::-1]


def _round_tick(wanted: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `wanted`."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * (1 - 1e-9))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
