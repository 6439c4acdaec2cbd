"""Figures over nights as SVG text: lines over time, and a grid of shares. They read in light and in dark.

A picture is given as a panel of fixed width and the height it has, so that several can stand in one file.
Not here: which figures are drawn (sleep/trend_page.py), or the curve of one training (training/curve.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720
_LEFT, _RIGHT, _TOP, _PLOT, _BOTTOM = 110, 20, 44, 150, 30
_CELL = 30
_MOST_LABELS = 10
_COLOURS = ("one", "two", "three")

_STYLE = """
.trend{font:12px system-ui,sans-serif;--ink:#334155;--line:#e2e8f0;--paper:#fff}
.trend .one{color:#0d7a68}.trend .two{color:#2563eb}.trend .three{color:#b45309}
@media (prefers-color-scheme:dark){.trend{--ink:#cbd5e1;--line:#334155;--paper:#1d1e1b}
.trend .one{color:#4fc7ae}.trend .two{color:#60a5fa}.trend .three{color:#fbbf24}}
.trend text{fill:var(--ink)}.trend .title{font-weight:600}.trend .grid{stroke:var(--line)}
.trend polyline{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
.trend circle{fill:var(--paper);stroke:currentColor;stroke-width:2}.trend .full{fill:currentColor}
.trend tspan{fill:currentColor}.trend .cell{fill:currentColor;stroke:var(--line)}
""".strip()


@dataclass(frozen=True, slots=True)
class Panel:
    """SVG elements that fill WIDTH x `height`."""

    elements: str
    height: int


@dataclass(frozen=True, slots=True)
class Series:
    """A line: one value for each place on the horizontal axis, None for a gap."""

    name: str
    values: tuple[float | None, ...]


def picture(panels: Sequence[Panel], title: str) -> str:
    """Panels below one another, as a file of its own."""
    top, parts = 0, []
    for panel in panels:
        parts.append(f'<g transform="translate(0 {top})">{panel.elements}</g>')
        top += panel.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" class="trend" role="img" '
        f'aria-label="{escape(title)}"><style>{_STYLE}</style>{"".join(parts)}</svg>\n'
    )


def lines(
    title: str, labels: Sequence[str], series: Sequence[Series], filled: Sequence[bool], shares: bool = True
) -> Panel:
    """Up to three lines; dots of places that are not `filled` are hollow. Shares run from 0 to 100%, other
    values over their own range."""
    known = [value for line in series for value in line.values if value is not None]
    low, high = (0.0, 1.0) if shares else _padded(known)
    parts = [_head(title, (line.name for line in series))]
    for step in range(5):
        value = low + (high - low) * step / 4
        y = _y(value, low, high)
        shown = f"{100 * value:.0f}%" if shares else f"{value:.3f}"
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:g}" y2="{y:g}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:g}" text-anchor="end">{shown}</text>')
    for line, colour in zip(series, _COLOURS, strict=False):
        parts += _line(line, colour, filled, low, high)
    parts += _below(labels)
    return Panel("".join(parts), _TOP + _PLOT + _BOTTOM)


def grid(
    title: str, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[float | None]]
) -> Panel:
    """Shares as cells, the darker the more; None is an empty place."""
    width = (WIDTH - _LEFT - _RIGHT) / max(1, len(columns))
    parts = [_head(title, ())]
    for place, (name, values) in enumerate(zip(rows, cells, strict=True)):
        y = _TOP + place * _CELL
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 19}" text-anchor="end">{escape(name)}</text>')
        for column, value in enumerate(values):
            if value is not None:
                parts.append(_cell(_LEFT + column * width, y, width, value))
    bottom = _TOP + len(rows) * _CELL
    for column in _labelled(len(columns)):
        x = _LEFT + (column + 0.5) * width
        parts.append(
            f'<text x="{x:g}" y="{bottom + 18}" text-anchor="middle">{escape(columns[column])}</text>'
        )
    return Panel("".join(parts), bottom + _BOTTOM)


def _cell(x: float, y: float, width: float, value: float) -> str:
    shape = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_CELL}"'
    cell = f'<rect class="cell one" {shape} fill-opacity="{0.05 + 0.5 * value:.2f}"/>'
    if width < 36:
        return cell
    return f'{cell}<text x="{x + width / 2:.1f}" y="{y + 19}" text-anchor="middle">{100 * value:.0f}%</text>'


def _head(title: str, names: Iterable[str]) -> str:
    spans = "  ".join(
        f'<tspan class="{colour}">{escape(name)}</tspan>'
        for name, colour in zip(names, _COLOURS, strict=False)
    )
    return (
        f'<text class="title" x="{_LEFT}" y="24">{escape(title)}</text>'
        f'<text x="{WIDTH - _RIGHT}" y="24" text-anchor="end">{spans}</text>'
    )


def _line(line: Series, colour: str, filled: Sequence[bool], low: float, high: float) -> list[str]:
    """The line, broken where values are missing, and a dot for each value."""
    places = [
        None if value is None else (_x(place, len(line.values)), _y(value, low, high))
        for place, value in enumerate(line.values)
    ]
    parts, run = list[str](), list[str]()
    for place in (*places, None):
        if place:
            run.append(f"{place[0]:g},{place[1]:g}")
        elif run:
            parts.append(f'<polyline class="{colour}" points="{" ".join(run)}"/>')
            run = []
    for place, full in zip(places, filled, strict=True):
        if place:
            kind = f"{'full ' if full else ''}{colour}"
            parts.append(f'<circle class="{kind}" cx="{place[0]:g}" cy="{place[1]:g}" r="4"/>')
    return parts


def _below(labels: Sequence[str]) -> list[str]:
    y = _TOP + _PLOT + 20
    return [
        f'<text x="{_x(place, len(labels)):g}" y="{y}" text-anchor="middle">{escape(labels[place])}</text>'
        for place in _labelled(len(labels))
    ]


def _labelled(count: int) -> range:
    """Places whose labels stand side by side without touching."""
    return range(0, count, -(-count // _MOST_LABELS) or 1)


def _x(place: int, count: int) -> float:
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (place + 0.5) / max(1, count), 1)


def _y(value: float, low: float, high: float) -> float:
    return round(_TOP + _PLOT * (1 - (value - low) / (high - low)), 1)


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """A range around the values that is not empty."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.1 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin
