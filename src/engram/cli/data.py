"""`engram data`: build training data from patterns, check pattern files, count and inspect data sets.

Not here: inspecting (inspect_data.py), synthetic data (synth.py), or the work itself (lessons).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engram.cli import inspect_data, synth
from engram.cli.guarding import LazyGuard
from engram.cli.options import with_settings
from engram.cli.output import out, print_json, say
from engram.config import Settings
from engram.home import Home
from engram.lessons.build import build_lessons
from engram.lessons.bulk import build_bulk, check_bulk, is_bulk
from engram.lessons.dataset import read_dataset, stats, write_dataset
from engram.lessons.reader import read_patterns, shipped_sets
from engram.lessons.screening import Screening, screen_lessons

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
Files = Annotated[
    list[Path] | None, typer.Argument(help="Pattern files or folders; without any, the shipped sets.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def group() -> None:
    """Build, check, inspect and count training data."""


@app.command()
@with_settings("data")
def build(
    settings: Settings,
    home: Home,
    files: Files = None,
    out_folder: Annotated[Path, typer.Option("--out", help="The data folder to write.")] = Path(
        "engram-data"
    ),
    json: JsonOption = False,
) -> None:
    """Write train.jsonl, valid.jsonl and test.jsonl; nothing is written if anything is wrong.

    JSONL files are streamed, so that a million patterns need little memory.
    """
    paths = files or shipped_sets()
    screening = Screening(LazyGuard(lambda: settings.privacy)) if files else None  # ours are nobody's data
    if is_bulk(paths):
        manifest = build_bulk(paths, settings.data, out_folder, screening)
    else:
        lessons = build_lessons(read_patterns(paths), settings.data)
        manifest = write_dataset(out_folder, screen_lessons(lessons, screening) if screening else lessons)
    if json:
        print_json(manifest)
        return
    counts = ", ".join(f"{count:,} {split}" for split, count in manifest["counts"].items())
    out.print(f"{out_folder}: {counts} rows.")
    for note in manifest["notes"]:
        say(note)


@app.command()
def check(files: Files = None, json: JsonOption = False) -> None:
    """Read pattern files and report the problems of all of them at once."""
    taught, held_out = _count(files or shipped_sets())
    if json:
        print_json({"patterns": taught + held_out, "taught": taught, "held_out": held_out})
    else:
        out.print(f"No problems: {taught:,} patterns to teach, {held_out:,} held out.")


def _count(paths: list[Path]) -> tuple[int, int]:
    """How many patterns are taught and held out; JSONL is streamed."""
    if is_bulk(paths):
        return check_bulk(paths)
    patterns = read_patterns(paths)
    held_out = sum(pattern.holdout for pattern in patterns)
    return len(patterns) - held_out, held_out


@app.command("stats")
def show_stats(
    folder: Annotated[Path, typer.Argument(help="A folder that `data build` wrote.")],
    json: JsonOption = False,
) -> None:
    """Rows, patterns and lengths by split."""
    found = stats(read_dataset(folder))
    if json:
        print_json(found)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in (
        "split",
        "rows",
        "patterns",
        "categories",
        "prompt mean",
        "longest",
        "answer mean",
        "longest",
    ):
        table.add_column(column, justify="left" if column == "split" else "right")
    for split, row in found.items():
        table.add_row(split, *_cells(row))
    out.print(table)
    out.print("Lengths are in characters.")


app.command("inspect")(inspect_data.command)
app.command("synth")(synth.command)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    prompt, answer = row["prompt_characters"], row["answer_characters"]
    numbers = (row["rows"], row["patterns"], len(row["categories"]))
    lengths = (prompt["mean"], prompt["longest"], answer["mean"], answer["longest"])
    return tuple(f"{value:,}" for value in (*numbers, *lengths))
