"""`engram referee`: every way to remember, with the same facts and the same questions, in one table.

Not here: the ways, the questions and the table (referee/).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engram.cli.evaluation import figures_table
from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.disk import to_json, write_file
from engram.home import Home
from engram.referee import table
from engram.referee.asking import Score
from engram.referee.page import page
from engram.referee.referee import check_names, referee

SIZES = (100, 1_000)
FULL = 5_000

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "train")
def command(
    settings: Settings,
    home: Home,
    facts: Annotated[
        list[int] | None, typer.Option("--facts", help="How many facts; may be repeated. 100 and 1000.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="5,000 facts too, which takes hours.")] = False,
    way: Annotated[list[str] | None, typer.Option("--way", help="Only this one; may be repeated.")] = None,
    out_folder: Annotated[
        Path, typer.Option("--out", help="Where table, page and figures go; and what is done so far.")
    ] = Path("engram-referee"),
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Compare every way to remember: base alone, context, retrieval, LoRA, exact lookup, and together.

    Broken off, it goes on where it was with the same --out. The facts are made up from --seed; nothing of
    yours is read.
    """
    names = check_names(way or ())
    sizes = [*(facts or SIZES), *([FULL] if full else [])]
    seed = settings.train.seed
    with open_job(settings, home, quiet=json) as job:
        scores = referee(job, sizes, names, out_folder, seed)
        found = table.to_json(job, scores, seed)
        base = job.base.id
    write_file(out_folder / "referee.json", to_json(found))
    write_file(out_folder / "referee.md", table.markdown(scores).encode())
    write_file(out_folder / "referee.html", page(scores, base, seed).encode())
    if json:
        print_json(found)
    else:
        _print(scores, out_folder)


def _print(scores: Sequence[Score], folder: Path) -> None:
    for size in sorted({score.facts for score in scores}):
        rows = [score for score in scores if score.facts == size]
        out.print(f"\n{size:,} facts, answered right:")
        shares = figures_table("way", *table.HEADS.values())
        costs = figures_table("way", *table.COSTS)
        base = next((row for row in rows if row.way == "base"), None)
        for row in rows:
            if not row.reason:
                found = (row.shares.get(name) for name in table.HEADS)
                shares.add_row(row.way, *(f"{share.share:.0%}" if share else "" for share in found))
                costs.add_row(row.way, *table.costs(row, base).values())
        out.print(shares, costs)
        for row in rows:
            if row.reason:
                out.print(f"{row.way} {row.reason}.")
    out.print(f"Page:   {folder / 'referee.html'}", soft_wrap=True)
    out.print(f"Table:  {folder / 'referee.md'}", soft_wrap=True)
