"""The referee's table as a page of its own: nothing fetched, no scripts.

Not here: the picture (picture.py), or the figures (asking.py).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from importlib import resources

from engram.referee.asking import Score
from engram.referee.picture import picture
from engram.referee.referee import WAYS
from engram.referee.table import HEADS, cells, costs

LEAD = "The same facts, the same questions, one rule for all: what each way to remember is good for."


def page(scores: Sequence[Score], base: str, seed: int) -> str:
    """All of it as HTML."""
    style = (resources.files("engram.measure") / "report.css").read_text(encoding="utf-8")
    image = base64.b64encode(picture(scores).encode()).decode()
    tables = "".join(_table([s for s in scores if s.facts == n]) for n in sorted({s.facts for s in scores}))
    asked = {score.way for score in scores}
    ways = "".join(f"<dt>{escape(w.title)}</dt><dd>{escape(w.means)}</dd>" for w in WAYS if w.name in asked)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Ways to remember</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n<header>\n"
        f'<p class="over">Engram · referee · {escape(base)}, seed {seed}</p>\n<h1>Ways to remember</h1>\n'
        f'<p class="lead">{escape(LEAD)}</p>\n</header>\n'
        f'<div class="curve"><img alt="Shares by way and column" src="data:image/svg+xml;base64,{image}">'
        f"</div>\n{tables}<h2>The ways</h2>\n<dl>{ways}</dl>\n"
        "<footer>Made by Engram on this machine.</footer>\n</main>\n</body>\n</html>\n"
    )


def _table(rows: Sequence[Score]) -> str:
    base = next((row for row in rows if row.way == "base"), None)
    some = next((row for row in rows if not row.reason), None)
    heads = ["way", *HEADS.values(), *(costs(some, base) if some else ())]
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    lines = []
    for row in rows:
        found = cells(row, base)
        if row.reason:
            rest = f'<td colspan="{len(heads) - 1}">{escape(row.reason)}</td>'
        else:
            rest = "".join(f"<td>{_cell(text)}</td>" for text in found[1:])
        lines.append(f"<tr><th>{escape(found[0])}</th>{rest}</tr>")
    title = f"<h2>{rows[0].facts:,} facts</h2>\n"
    return f'{title}<div class="scroll"><table>\n<tr>{head}</tr>\n{"".join(lines)}\n</table></div>\n'


def _cell(text: str) -> str:
    """n and interval on a line of their own."""
    share, bracket, rest = escape(text).partition(" (")
    return f"{share}<br><small>{rest.removesuffix(')')}</small>" if bracket else share
