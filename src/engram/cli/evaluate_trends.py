"""`engram eval trends`: how nights went over time, as a table, as JSON, and as a picture.

Not here: the figures (sleep/trends.py, sleep/retained.py), or the picture (sleep/trend_page.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engram.cli.evaluation import figures_table
from engram.cli.main import visible
from engram.cli.output import out, print_json
from engram.cli.remembered import HomeOption, JsonOption
from engram.disk import write_file
from engram.errors import UsageError
from engram.home import Home
from engram.measure.verdict import percent
from engram.sleep.retained import by_base, matrix, retained
from engram.sleep.trend_lines import Trend, day_labels
from engram.sleep.trend_page import told, trend_html, trend_svg
from engram.sleep.trends import all_trends

MOST_COLUMNS = 8
"""Nights of the matrix at the terminal, the latest."""
_MAKERS = {".html": trend_html, ".svg": trend_svg}
_OUTCOMES = {"accept": "not put in service", "reject": "refused", "not_enough_evidence": "cannot tell"}


def trends(
    picture: Annotated[
        Path | None, typer.Option("--out", help="Draw it into this file: .html or .svg.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """How nights went: accuracy, loss, and what each version still knew of each night."""
    make = _MAKERS.get(picture.suffix.lower()) if picture else None
    if picture and not make:
        raise UsageError(f"{picture.name} is neither .html nor .svg.", "Name the file so.")
    lines = all_trends(Home.find(home))
    if picture and make:
        write_file(picture, make(lines).encode())
    if json:
        print_json(_json(lines))
    elif not lines:
        out.print("No night has ended yet: engram sleep.")
    else:
        _print(lines)
    if picture and not json:
        out.print(f"\nPicture:  {picture}", soft_wrap=True)


def _json(lines: Sequence[Trend]) -> dict[str, object]:
    return {
        "nights": [asdict(line) for line in lines],
        "bases": [
            {"base": base, "matrix": asdict(matrix(nights)), "retained": asdict(retained(nights))}
            for base, nights in by_base(lines).items()
        ],
    }


def _print(lines: Sequence[Trend]) -> None:
    table = figures_table("night", "version", "memories", "new", "earlier", "skills", "loss")
    for line in lines:
        shares = (_share(line, part) for part in ("new", "old", "skills"))
        loss = "–" if line.loss_after is None else f"{line.loss_after:.3f}"
        outcome = line.version or _OUTCOMES.get(line.outcome, line.outcome)
        table.add_row(line.day, visible(outcome), f"{line.memories:,}", *shares, loss)
    out.print(table)
    out.print("Answered right by the adapter of each night: its memories, earlier ones, skills.")
    bases = by_base(lines)
    for base, nights in bases.items():
        if len(bases) > 1:
            out.print(f"\n[{visible(base)}]")
        _print_matrix(nights)
        for name, text in told(retained(nights)):
            out.print(f"{name:<24} {text}", soft_wrap=True)


def _print_matrix(lines: Sequence[Trend]) -> None:
    known = matrix(lines)
    if not known.nights:
        return
    days = day_labels(lines)
    shown = known.nights[-MOST_COLUMNS:]
    out.print("\nWhat each version knew of the memories of each night")
    table = figures_table("", *(days[night] for night in shown))
    for version, row in zip(known.versions, known.rows, strict=True):
        cells = (percent(share.accuracy) if share else "" for share in row[-MOST_COLUMNS:])
        table.add_row(visible(version), *cells)
    out.print(table)


def _share(line: Trend, part: str) -> str:
    return percent(line.parts[part].after) if part in line.parts else "–"
