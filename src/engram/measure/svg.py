"""A small picture as SVG text: one before/after track. Colours come from the page's style sheet.

Not here: pages (html.py), or the curve of a training run (training/curve.py).
"""

from __future__ import annotations

from html import escape

from engram.measure.stats import Interval


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


def _at(share: float) -> str:
    return f"{100 * share:.2f}%"


def _band(kind: str, ci: Interval) -> str:
    y = 3 if kind == "before" else 18.5  # on either side of the rail, so that neither hides the other
    width = _at(ci.high - ci.low)
    return f'<rect class="band {kind}" x="{_at(ci.low)}" width="{width}" y="{y}" height="2.5"/>'
