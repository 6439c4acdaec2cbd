"""`engram models`: the catalogue, one base model, and the one command that downloads."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from engram.cli.output import out, print_json, say
from engram.models.catalogue import CATALOGUE
from engram.models.pull import pull as download
from engram.models.resolve import available_offline, resolve

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def group() -> None:
    """List, show and download base models."""


@app.command("list")
def list_models(json: JsonOption = False) -> None:
    """The catalogue. Any other Hub id or local folder works too."""
    here = available_offline()
    if json:
        print_json([asdict(entry) | {"here": key in here} for key, entry in CATALOGUE.items()])
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("key", "parameters", "context", "here", "notes"):
        table.add_column(column)
    for key, entry in CATALOGUE.items():
        size = (
            f"{entry.parameters / 1e6:,.0f} M"
            if entry.parameters >= 1e7
            else f"{entry.parameters / 1e6:.1f} M"
        )
        table.add_row(key, size, f"{entry.context:,}", "yes" if key in here else "", entry.notes)
    out.print(table)
    for name in here:
        if name not in CATALOGUE:
            out.print(f"also here: {name}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A key, a Hub id or a folder.")], json: JsonOption = False
) -> None:
    """What is known of a model that lies on this machine."""
    base = resolve(name)
    facts = {
        "id": base.id,
        "revision": base.revision,
        "architecture": base.architecture,
        "vocabulary": base.vocabulary_size,
        "context": base.context,
        "stop tokens": sorted(base.renderer.stop_ids),
        "template": base.renderer.digest[:16],
    }
    if json:
        print_json(facts)
        return
    for key, value in facts.items():
        out.print(f"{key:<13} {value}", soft_wrap=True)


@app.command("pull")
def pull_model(name: Annotated[str, typer.Argument(help="A key or a Hub id.")]) -> None:
    """Download a model from the Hub: the only command that uses the network."""
    base = download(name, say)
    out.print(f"{base.id} is here (revision {base.revision[:12]}).")
