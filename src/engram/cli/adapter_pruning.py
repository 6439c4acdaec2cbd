"""`engram adapters pin`, `unpin` and `prune`: which versions are kept. Not here: which one serves."""

from __future__ import annotations

from typing import Annotated

import typer

from engram.cli.output import out, print_json
from engram.cli.remembered import HomeOption, JsonOption, count
from engram.home import Home
from engram.settings_file import read_settings
from engram.store import pruning
from engram.store.database import Database

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
NameArgument = Annotated[str, typer.Argument(help="A version, or its short form, such as v1.")]


@app.command()
def pin(name: NameArgument, home: HomeOption = None) -> None:
    """Keep a version, however old it gets."""
    with Database.open(Home.find(home).create().database) as database:
        version = pruning.pin(database, name)
    out.print(f"{version.name} is pinned: it is kept until you unpin it.")


@app.command()
def unpin(name: NameArgument, home: HomeOption = None) -> None:
    """Keep a version no longer than others."""
    with Database.open(Home.find(home).create().database) as database:
        version = pruning.unpin(database, name)
    out.print(f"{version.name} is not pinned.")


@app.command()
def prune(
    keep: Annotated[
        int | None,
        typer.Option(
            min=0, help="How many of the newest stay, of each base; without it, sleep.keep in engram.toml."
        ),
    ] = None,
    forgotten: Annotated[
        bool,
        typer.Option("--forgotten", help="Also newer ones that were trained on something forgotten since."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Delete old versions for good; pinned ones and those in service always stay."""
    place = Home.find(home)
    newest = read_settings(place.settings).sleep.keep if keep is None else keep
    gone = pruning.prune(place, newest, forgotten=forgotten, dry_run=dry_run)
    if json:
        print_json({"keep": newest, "dry_run": dry_run, "pruned": gone})
    elif gone:
        out.print(f"{'Would go' if dry_run else 'Deleted'}: {', '.join(gone)}.", soft_wrap=True)
    else:
        out.print(f"Nothing to delete: the newest {count(newest, 'version')} and pinned ones stay.")
