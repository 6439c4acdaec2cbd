"""`engram privacy`: what is sensitive in a file or a home, and what the guard did. No values, only places.

Not here: the rules (privacy), and how a file or a home is read (privacy_scan.py).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from engram.cli.main import visible
from engram.cli.output import out, print_json
from engram.cli.privacy_scan import Place, scan
from engram.cli.remembered import HomeOption, JsonOption, count, reading
from engram.home import Home
from engram.store.redactions import redactions

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
SHOWN = 8
"""Places that a table names of each type; --json has them all."""


@app.callback()
def group() -> None:
    """Find secrets and personal data; see what was masked. Values are never shown."""


@app.command("scan")
def scan_command(
    path: Annotated[
        Path | None, typer.Argument(help="A file, a folder, or a home; without it, your home.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Find what is not masked in a file, a folder or a home; exit 1 if there is something.

    Of a home, every entry and every text file is read. Only types and places are shown, never a value.
    """
    found, looked = scan(path or Home.find(home).root)
    if json:
        print_json({"found": [{"type": p.type, "rule": p.rule, "where": p.where} for p in found], **looked})
    elif found:
        out.print(_table(found))
    else:
        out.print("Nothing found.")
    if not json:
        out.print(
            f"Looked at {count(looked['entries'], 'entry', 'entries')} and {count(looked['files'], 'file')}."
        )
    if found:
        raise typer.Exit(1)


@app.command()
def report(home: HomeOption = None, json: JsonOption = False) -> None:
    """What the guard masked, kept, dropped or flagged, on its way to where, by day."""
    with reading(home) as ledger:
        rows = redactions(ledger.database) if ledger else []
    if json:
        fields = ("made_at", "place", "entry", "type", "action", "count")
        print_json([{name: getattr(row, name) for name in fields} for row in rows])
        return
    if not rows:
        out.print("The guard has found nothing yet.")
        return
    summed = Counter[tuple[str, str, str, str]]()
    for row in rows:
        summed[row.made_at[:10], visible(row.place), row.type.replace("_", " "), row.action] += row.count
    table = _columns("day", "on its way to", "type", "action", "count")
    for key, number in sorted(summed.items()):
        table.add_row(*key, f"{number:,}")
    out.print(table)


def _table(found: list[Place]) -> Table:
    table = _columns("type", "count", "where")
    kinds = Counter(place.type for place in found)
    for kind, number in kinds.most_common():
        where = list(dict.fromkeys(visible(place.where) for place in found if place.type == kind))
        more = f", and {len(where) - SHOWN:,} more" if len(where) > SHOWN else ""
        table.add_row(kind.replace("_", " "), f"{number:,}", ", ".join(where[:SHOWN]) + more)
    return table


def _columns(*names: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right" if name == "count" else "left")
    return table
