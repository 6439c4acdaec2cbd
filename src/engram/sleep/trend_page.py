"""Nights over time as a picture, and as a page of its own around it: nothing fetched, no scripts.

Not here: the lines (trends.py), the figures (retained.py), or how a panel is drawn (measure).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources

from engram.measure.trend_pictures import Panel, Series, grid, lines, picture
from engram.sleep.retained import Retained, by_base, matrix, retained
from engram.sleep.trend_lines import Trend, day_labels

TITLE = "Nights"
LEAD = (
    "Each night's adapter on questions in wordings that were never trained. Hollow dots are nights whose "
    "adapter was not put in service."
)
_NAMES = {"new": "tonight's memories", "old": "earlier memories", "skills": "skills"}


def trend_svg(trends: Sequence[Trend]) -> str:
    """Accuracy, loss, and what each version still knew of each night."""
    return picture(_panels(trends), TITLE)


def trend_html(trends: Sequence[Trend]) -> str:
    """The same as a page, with the figures in words."""
    style = (resources.files("engram.measure") / "report.css").read_text(encoding="utf-8")
    image = base64.b64encode(trend_svg(trends).encode()).decode()
    alt = "Accuracy and loss by night, and what each version knew of each night"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n<header>\n"
        f'<p class="over">Engram · over time</p>\n<h1>{_count(len(trends))}</h1>\n'
        f'<p class="lead">{escape(LEAD)}</p>\n</header>\n'
        f'<div class="curve"><img alt="{alt}" src="data:image/svg+xml;base64,{image}"></div>\n'
        f"{''.join(_what_stayed(trends))}"
        "<footer>Made by Engram on this machine, from trends.jsonl.</footer>\n</main>\n</body>\n</html>\n"
    )


def told(found: Retained) -> list[tuple[str, str]]:
    """The figures with their names, for people; "–" for what takes more nights."""
    ages = (
        f"{'the morning after' if age == 0 else f'{age} later'} {100 * share.accuracy:.0f}% (n = {share.n:,})"
        for age, share in found.by_age.items()
    )
    return [
        ("average accuracy", _percent(found.average_accuracy)),
        ("backward transfer", _points(found.backward_transfer)),
        ("forgetting", _points(found.forgetting)),
        ("recall by age in nights", ", ".join(ages) or "–"),
    ]


def _what_stayed(trends: Sequence[Trend]) -> Iterator[str]:
    """The figures of each base, under its name where there are several."""
    bases = by_base(trends) or {"": []}
    for base, nights in bases.items():
        head = f"What stayed on {base}" if len(bases) > 1 else "What stayed"
        rows = (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told(retained(nights)))
        yield f"<h2>{escape(head)}</h2>\n<dl>{''.join(rows)}</dl>\n"


def _panels(trends: Sequence[Trend]) -> list[Panel]:
    """Three panels for each base; those of several say whose they are."""
    bases = by_base(trends) or {"": []}
    return [
        panel
        for base, nights in bases.items()
        for panel in _panels_of(nights, f" · {base}" if len(bases) > 1 else "")
    ]


def _panels_of(trends: Sequence[Trend], whose: str) -> list[Panel]:
    days = day_labels(trends)
    labels = [days[line.night] for line in trends]
    served = [bool(line.version) for line in trends]
    shares = [
        Series(name, tuple(line.parts[part].after if part in line.parts else None for line in trends))
        for part, name in _NAMES.items()
    ]
    loss = Series("nats per token", tuple(line.loss_after for line in trends))
    known = matrix(trends)
    cells = [[share.accuracy if share else None for share in row] for row in known.rows]
    return [
        lines(f"Answered right{whose}", labels, shares, served),
        lines(f"Loss on held-out text{whose}", labels, [loss], served, shares=False),
        grid(
            f"What each version knew of each night{whose}",
            known.versions,
            [days[n] for n in known.nights],
            cells,
        ),
    ]


def _count(nights: int) -> str:
    return "1 night" if nights == 1 else f"{nights:,} nights"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}%"


def _points(change: float | None) -> str:
    return "–" if change is None else f"{100 * change:+.1f} points"
