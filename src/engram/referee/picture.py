"""Scores as a picture: a panel for each column, a line for each way, a dot with its interval for each size.

Not here: the page around it (page.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from engram.referee.asking import Score, Share
from engram.referee.table import HEADS, MEANINGS, TITLES

WIDTH, _LEFT, _LINE, _TOP = 380, 145, 22, 46
_COLOURS = ("one", "two", "three")
_STYLE = """
.ways{font:12px system-ui,sans-serif;--ink:#334155;--line:#e2e8f0}
.ways .one{color:#0d7a68}.ways .two{color:#2563eb}.ways .three{color:#b45309}
@media (prefers-color-scheme:dark){.ways{--ink:#cbd5e1;--line:#334155}
.ways .one{color:#4fc7ae}.ways .two{color:#60a5fa}.ways .three{color:#fbbf24}}
.ways text{fill:var(--ink)}.ways .title{font-weight:600}.ways .small{font-size:11px}
.ways .grid{stroke:var(--line)}.ways .interval{stroke:currentColor;stroke-width:2;opacity:.5}
.ways circle,.ways .key{fill:currentColor}
""".strip()


def picture(scores: Sequence[Score]) -> str:
    """SVG, two panels beside each other; it reads in light and in dark."""
    ways = [name for name in TITLES if any(score.way == name for score in scores)]
    sizes = sorted({score.facts for score in scores})[: len(_COLOURS)]
    tall = _TOP + _LINE * len(ways) + 30
    parts = [_keys(sizes)]
    for place, column in enumerate(HEADS):
        x, y = (place % 2) * (WIDTH + 20), 30 + (place // 2) * tall
        parts.append(f'<g transform="translate({x} {y})">{_panel(column, ways, sizes, scores)}</g>')
    height = 30 + tall * ((len(HEADS) + 1) // 2)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH + 20} {height}" class="ways" '
        f'role="img" aria-label="What each way to remember answered right"><style>{_STYLE}</style>'
        f"{''.join(parts)}</svg>\n"
    )


def _keys(sizes: Sequence[int]) -> str:
    parts = []
    for place, (size, colour) in enumerate(zip(sizes, _COLOURS, strict=False)):
        x = _LEFT + 120 * place
        parts.append(f'<g class="{colour}"><circle cx="{x}" cy="12" r="5"/></g>')
        parts.append(f'<text x="{x + 10}" y="16">{size:,} facts</text>')
    return "".join(parts)


def _panel(column: str, ways: Sequence[str], sizes: Sequence[int], scores: Sequence[Score]) -> str:
    bottom = _TOP + _LINE * len(ways)
    parts = [
        f'<text class="title" x="0" y="16">{HEADS[column].capitalize()}</text>',
        f'<text class="small" x="0" y="32">{escape(MEANINGS[column])}</text>',
    ]
    for share in (0.0, 0.5, 1.0):
        x = _x(share)
        parts.append(f'<line class="grid" x1="{x:g}" x2="{x:g}" y1="{_TOP - 6}" y2="{bottom}"/>')
        parts.append(
            f'<text class="small" x="{x:g}" y="{bottom + 14}" text-anchor="middle">{share:.0%}</text>'
        )
    for line, way in enumerate(ways):
        y = _TOP + _LINE * line + 10
        parts.append(f'<text x="0" y="{y + 4}">{escape(TITLES[way])}</text>')
        for place, (size, colour) in enumerate(zip(sizes, _COLOURS, strict=False)):
            score = next((s for s in scores if s.way == way and s.facts == size), None)
            if score and (share_of := score.shares.get(column)):
                parts.append(_dot(share_of, y + 5 * place - 2.5 * (len(sizes) - 1), colour))
        if refused := [s.facts for s in scores if s.way == way and s.facts in sizes and s.reason]:
            shown = f"does not fit ({' and '.join(f'{size:,}' for size in refused)})"
            parts.append(f'<text class="small" x="{_LEFT + 8}" y="{y + 4}">{shown}</text>')
    return "".join(parts)


def _dot(share: Share, y: float, colour: str) -> str:
    return (
        f'<g class="{colour}"><line class="interval" x1="{_x(share.low):.1f}" x2="{_x(share.high):.1f}" '
        f'y1="{y:g}" y2="{y:g}"/><circle cx="{_x(share.share):.1f}" cy="{y:g}" r="3.5"/></g>'
    )


def _x(share: float) -> float:
    return _LEFT + (WIDTH - _LEFT - 20) * share
