"""`engram data inspect`: what a file or folder holds, and how a model would read and learn it.

Not here: reading (own_data.py), rendering and counting (inspection.py).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from engram.api import find_base
from engram.cli.main import visible
from engram.cli.options import with_settings
from engram.cli.output import out, print_json, say
from engram.config import Settings
from engram.home import Home
from engram.lessons.dataset import read_dataset
from engram.lessons.inspection import Example, Inspection, inspect_rows
from engram.lessons.own_data import OwnData, is_built, read_own_data

LISTED = 10  # rows that are named in a list
WIDTH = 30  # characters of the longest bar
SHOWN = 1500  # characters of an example, from its start and its end
OPEN, CLOSE = "⟦", "⟧"


@with_settings("model", "data", "train.max_seq_length", "train.too_long", profile=True)
def command(
    settings: Settings,
    home: Home,
    data: Annotated[Path, typer.Argument(help="A data file, or a folder of them.")],
    examples: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = 3,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show what a model would read and learn: examples, lengths, duplicates, what is too long.

    Tokens that are trained are highlighted, or stand between ⟦ and ⟧ where there are no colours. Nothing is
    trained, and the model's weights are not loaded.
    """
    found = OwnData(read_dataset(data), (), ()) if is_built(data) else read_own_data(data, settings.data)
    base = find_base(settings.model, settings.model.backend)
    limit = min(settings.train.max_seq_length, base.context)
    rows = (*found.lessons.train, *found.lessons.valid, *found.lessons.test)
    seen = inspect_rows(rows, base.renderer, limit, examples)
    if json:
        print_json(_json(found, seen) | {"notes": [*found.lessons.notes, *base.notes], "model": base.id})
        return
    for note in (*found.lessons.notes, *base.notes):
        say(note)
    _print(found, seen, settings.train.too_long)


def _json(found: OwnData, seen: Inspection) -> dict[str, Any]:
    return {
        "files": [asdict(file) for file in found.files],
        "rows": _counts(found),
        "duplicates": [{"row": later, "repeats": earlier} for later, earlier in found.duplicates],
        "tokens": _tokens(seen),
        "histogram": [{"from": low, "to": high, "rows": count} for low, high, count in seen.histogram()],
        "max_seq_length": seen.limit,
        "too_long": [asdict(row) for row in seen.too_long],
        "refused": [{"row": row, "why": why} for row, why in seen.refused],
        "examples": [asdict(example) for example in seen.examples],
    }


def _counts(found: OwnData) -> dict[str, int]:
    return {split: len(rows) for split, rows in found.lessons.by_split.items()}


def _tokens(seen: Inspection) -> dict[str, float]:
    lengths = seen.lengths or (0,)
    return {
        "shortest": min(lengths),
        "median": seen.median,
        "longest": max(lengths),
        "all": sum(lengths),
        "trained": sum(seen.trained),
    }


def _print(found: OwnData, seen: Inspection, too_long: str) -> None:
    counts = ", ".join(f"{count:,} {split}" for split, count in _counts(found).items())
    tokens = _tokens(seen)
    out.print(f"Rows:       {counts}")
    out.print(
        f"Tokens:     {tokens['shortest']:,} to {tokens['longest']:,} a row, median {tokens['median']:,g}; "
        f"{tokens['all']:,} in all, {tokens['trained']:,} of them trained"
    )
    _print_histogram(seen)
    _print_duplicates(found)
    _print_misfits(seen, too_long)
    for example in seen.examples:
        _print_example(example)


def _print_histogram(seen: Inspection) -> None:
    bars = seen.histogram()
    most = max((count for *_, count in bars), default=1)
    digits = len(f"{bars[-1][1]:,}") if bars else 1
    for low, high, count in bars:
        bar = "█" * -(-WIDTH * count // most)
        mark = (
            "  too long" if low > seen.limit else "  partly too long" if high > seen.limit and count else ""
        )
        out.print(f"  {low:>{digits},}-{high:<{digits},} {bar:<{WIDTH}} {count:,}{mark}")


def _print_duplicates(found: OwnData) -> None:
    if found.duplicates:
        out.print("Duplicates, left out:")
        _print_list([f"{later} repeats {earlier}" for later, earlier in found.duplicates])


def _print_misfits(seen: Inspection, too_long: str) -> None:
    """What the template refuses, and what is too long, with what would become of it."""
    if seen.refused:
        out.print("Refused by the chat template; training would not start:")
        _print_list([f"{row}: {why}" for row, why in seen.refused])
    if not seen.too_long:
        out.print(f"Too long:   none is longer than --max-seq-length {seen.limit:,}")
        return
    empty = sum(not row.kept for row in seen.too_long)
    fates = {
        "refuse": "training would not start; --too-long drop or cut would go on",
        "drop": "they would be left out",
        "cut": f"they would be cut, and {empty:,} left out because no answer begins before that",
    }
    out.print(f"Too long:   {len(seen.too_long):,} of more than {seen.limit:,} tokens: {fates[too_long]}")
    _print_list([f"{row.row}: {row.tokens:,} tokens" for row in seen.too_long])


def _print_list(lines: list[str]) -> None:
    for line in lines[:LISTED]:
        out.print(f"  {visible(line)}", soft_wrap=True)
    if len(lines) > LISTED:
        out.print(f"  ... and {len(lines) - LISTED:,} more")


def _print_example(example: Example) -> None:
    """A row with its trained tokens in colour, or in brackets where there is none."""
    colours = out.is_terminal and not out.no_color
    shown = Text()
    for text, trained in example.pieces:
        plain = visible(text)
        if trained and not colours:
            plain = f"{OPEN}{plain}{CLOSE}"
        shown.append(plain, style="bold green" if trained and colours else "")
    out.print(f"\n{example.row}: {example.tokens:,} tokens, {example.trained:,} trained", style="bold")
    if len(shown) > SHOWN:
        middle = f"\n... {len(shown) - SHOWN:,} characters ...\n"
        shown = Text.assemble(shown[: SHOWN // 2], (middle, "dim"), shown[-SHOWN // 2 :])
    out.print(shown, soft_wrap=True)
