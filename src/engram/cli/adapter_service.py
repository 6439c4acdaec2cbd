"""`engram adapters use`, `rollback`: which version answers. Not here: what is kept (adapter_pruning.py)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engram.cli.output import BARE, out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption
from engram.errors import UsageError
from engram.home import Home
from engram.models.catalogue import CATALOGUE, DEFAULT, hub_id_of
from engram.models.resolve import resolve
from engram.sleep.falling_back import problems
from engram.store import service
from engram.store.adapters import AdapterVersions
from engram.store.current import link_current
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import now
from engram.training.versions import verify_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
ForceOption = Annotated[
    bool, typer.Option("--force", help="Also a version trained on something forgotten since.")
]


@app.command()
def use(
    name: Annotated[str, typer.Argument(help=f"A version, or {BARE} for the bare base.")],
    model: Annotated[str, typer.Option(help=f"Whose adapter to take off, with {BARE}.")] = DEFAULT,
    force: ForceOption = False,
    home: HomeOption = None,
) -> None:
    """Put a version in service, or take the one in service off."""
    place = Home.find(home).create()
    with Database.open(place.database) as database:
        versions = AdapterVersions(database)
        if name == BARE:
            versions.use_bare(_base_id(versions, model))
            out.print(f"{model} now answers without an adapter.")
            return
        version = versions.get(name)
        verify_version(place, version)
        versions.use(version.name, even_forgotten=force)
    out.print(f"{version.base_id} now answers with {version.name}.")


@app.command()
def rollback(
    model: Annotated[
        str | None, typer.Option(help="Of which base; without it, the one that was switched last.")
    ] = None,
    force: ForceOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Go back to what served before; again, further back; at the end is the bare base.

    Versions that are broken, or trained on something forgotten since, are passed over.
    """
    place = Home.find(home).create()
    with Database.open(place.database) as database:
        base = _base_id(AdapterVersions(database), model) if model else _last_base(database)
        problem = problems(place, database, force)
        change = service.roll_back(database, base, problem, stamp(now()))
        link_current(database, place.adapters)
    if json:
        print_json(asdict(change))
        return
    for name, why in change.skipped:
        say(f"{name} was passed over: it {why}.")
    out.print(f"{base} now answers {_with(change.after)}; before, {_with(change.before)}.")


def _with(name: str | None) -> str:
    return f"with {name}" if name else "without an adapter"


def _last_base(database: Database) -> str:
    if not (bases := service.bases(database)):
        raise UsageError(
            "There is nothing to go back to: no adapter has served yet.",
            "engram adapters list shows what there is; engram adapters use NAME puts it in service.",
        )
    return bases[-1]


def _base_id(versions: AdapterVersions, model: str) -> str:
    """What a base is called in the table: also one that is gone from this machine, or a folder's path."""
    known = {version.base_id for version in versions.list_versions()}
    return hub_id_of(model) if model in CATALOGUE or model in known else resolve(model).id
