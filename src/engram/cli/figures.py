"""A comparison at the terminal: four figures before and after, and sentences. Used by teach, demo and eval.

Not here: the full report (measure).
"""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engram.measure.comparison import Change, Comparison
from engram.measure.record import comparison_json
from engram.measure.verdict import judge, percent, points
from engram.measure.words import SPLIT_NAMES

WORDS = {split: name.short for split, name in SPLIT_NAMES.items()}
BAR = 12


def figures_json(comparison: Comparison) -> dict[str, Any]:
    """The figures of comparison.json without the single answers."""
    whole = comparison_json(comparison)
    return {key: whole[key] for key in ("config", "improvement", "splits", "per_category", "verdict")}


def print_figures(console: Console, comparison: Comparison) -> None:
    """The four figures as a table, then the verdict, in at most 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("")
    table.add_column("asked", justify="right")
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    table.add_column("")
    for split, change in comparison.splits.items():
        if change:
            table.add_row(*_row(split, change))
    console.print(table)
    console.print(judge(comparison).headline)


def _row(split: str, change: Change) -> tuple[Text | str, ...]:
    colour = "green" if change.change > 0 else "red" if change.change < 0 else ""
    return (
        Text.assemble((f"{split:<10}", "bold"), (WORDS[split], "dim")),
        str(change.n),
        percent(change.baseline),
        Text(percent(change.tuned), style=f"bold {colour}"),
        Text.assemble(bar(change.tuned), " ", (points(change.change), colour)),
    )


def bar(share: float) -> Text:
    """A share as a bar of BAR cells."""
    filled = round(BAR * share)
    return Text.assemble(("█" * filled, "green"), ("░" * (BAR - filled), "dim"))
