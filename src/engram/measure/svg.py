"""Small pictures as SVG text: one before/after track, and a curve plot that stands on its own.

Not here: pages (html.py). Colours come from the page's style sheet, or from the curve's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from engram.measure.stats import Interval

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 260, 54, 16, 30, 38
CURVE_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#6a6862}.grid{stroke:#e4e0d6}.line{fill:none;stroke-width:2;"
    "stroke-linejoin:round}.s0{stroke:#0d7a68}.s1{stroke:#b7791f}.s2{stroke:#7a5aa6}.k0{fill:#0d7a68}"
    ".k1{fill:#b7791f}.k2{fill:#7a5aa6}@media(prefers-color-scheme:dark){text{fill:#a3a097}.grid{stroke:#33342f}"
    ".s0{stroke:#4fc7ae}.s1{stroke:#e0ae5c}.s2{stroke:#b89ae0}.k0{fill:#4fc7ae}.k1{fill:#e0ae5c}.k2{fill:#b89ae0}}"
)


def track(
    before: float,
    after: float,
    before_ci: Interval,
    after_ci: Interval,
    words: str,
    mark: float | None = None,
) -> str:
    """A rail from 0 to 1 with both shares and their intervals; `words` say the same to a screen reader.

    Positions are percentages, so it stretches to any width without distorting its dots.
    """
    kind = "up" if after > before else "down" if after < before else "same"
    parts = ['<line class="rail" x1="0%" x2="100%" y1="12" y2="12"/>']
    parts += [f'<line class="tick" x1="{x}%" x2="{x}%" y1="8" y2="16"/>' for x in (0, 25, 50, 75, 100)]
    if mark is not None:
        parts.append(f'<line class="mark" x1="{_at(mark)}" x2="{_at(mark)}" y1="2" y2="22"/>')
    parts.append(_band("before", before_ci))
    parts.append(_band("after", after_ci))
    parts.append(f'<line class="move" x1="{_at(before)}" x2="{_at(after)}" y1="12" y2="12"/>')
    parts.append(f'<circle class="before" cx="{_at(before)}" cy="12" r="4.5"/>')
    parts.append(f'<circle class="after" cx="{_at(after)}" cy="12" r="5.5"/>')
    label = escape(words, quote=True)
    head = f'<svg class="track {kind}" width="100%" height="24" role="img" aria-label="{label}">'
    return f"{head}{''.join(parts)}</svg>"


def curve(series: Mapping[str, Sequence[tuple[float, float]]], x_label: str, y_label: str) -> str:
    """A stand-alone SVG (light and dark) of up to three named lines, points as (x, y); "" without points.

    Points that are not finite are left out; the y axis begins at 0.
    """
    lines = {name: [p for p in points if all(map(math.isfinite, p))] for name, points in series.items()}
    lines = {name: points for name, points in lines.items() if points}
    if not lines:
        return ""
    every = [point for points in lines.values() for point in points]
    left, right = min(x for x, _ in every), max(x for x, _ in every)
    top = _round_up(max(y for _, y in every))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - left) / (right - left) if right > left else 0.5
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    parts = [_grid_line(place(left, top * part / 4)[1], top * part / 4) for part in range(5)]
    for number, (name, points) in enumerate(lines.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline class="line s{number % 3}" points="{path}"/>')
        parts.append(f'<circle class="k{number % 3}" cx="{LEFT + 6 + 130 * number}" cy="12" r="4"/>')
        parts.append(f'<text x="{LEFT + 16 + 130 * number}" y="16">{escape(name)}</text>')
    base = HEIGHT - BOTTOM + 16
    parts.append(f'<text x="{LEFT}" y="{base}">{left:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{base}" text-anchor="end">{right:g}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH) / 2}" y="{base + 14}" text-anchor="middle">{escape(x_label)}</text>'
    )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = f'transform="rotate(-90 14 {middle})" text-anchor="middle"'
    parts.append(f'<text x="14" y="{middle}" {turned}>{escape(y_label)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}"><style>{CURVE_STYLE}</style>{"".join(parts)}</svg>'
    )


def _at(share: float) -> str:
    return f"{100 * share:.2f}%"


def _band(kind: str, ci: Interval) -> str:
    y = 3 if kind == "before" else 18.5  # on either side of the rail, so that neither hides the other
    width = _at(ci.high - ci.low)
    return f'<rect class="band {kind}" x="{_at(ci.low)}" width="{width}" y="{y}" height="2.5"/>'


def _grid_line(y: float, value: float) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 6, 8 or 10 times a power of ten: quarters of it print shortly."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= value * (1 - 1e-9))
