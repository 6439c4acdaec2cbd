"""`engram adapters`: which versions there are, what is known of one, and which one answers."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engram.cli import convert, verify
from engram.cli.output import BARE, out, print_json
from engram.cli.remembered import count
from engram.home import Home
from engram.models.catalogue import CATALOGUE, DEFAULT, hub_id_of
from engram.models.resolve import resolve
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.provenance import forgotten_in
from engram.training.versions import verify_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
HomeOption = Annotated[Path | None, typer.Option("--home", help="Where memories and adapters lie.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def group() -> None:
    """List, show and choose adapter versions."""


@app.command("list")
def list_versions(home: HomeOption = None, json: JsonOption = False) -> None:
    """All versions, oldest first; the one in service is marked."""
    place = Home.find(home)
    found, serving, forgotten = _read(place)
    rows: list[dict[str, Any]] = [
        asdict(v) | {"in_service": v.name in serving, "forgotten": forgotten.get(v.name, 0)} for v in found
    ]
    if json:
        print_json(rows)
    elif not rows:
        out.print("No adapter yet. `engram teach` makes one.")
    else:
        out.print(_table(place, rows))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A version, such as v1.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Where a version comes from and what was measured; its files are checked."""
    place = Home.find(home).create()
    with Database.open(place.database) as database:
        versions = AdapterVersions(database)
        version = versions.get(name)
        serving = versions.in_service(version.base_id) == version
        forgotten = forgotten_in(database).get(version.name, 0)
    manifest = verify_version(place, version)
    if json:
        print_json(asdict(version) | {"in_service": serving, "forgotten": forgotten, "manifest": manifest})
        return
    lines = {
        "version": version.name + (" (in service)" if serving else ""),
        "base": f"{version.base_id}, revision {version.base_revision[:12]}",
        "made": version.created_at,
        "digest": f"{version.digest[:16]} (all files checked)",
        "patterns": str(len(sources) if isinstance(sources := manifest.get("sources"), list) else 0),
        "steps": str(manifest.get("steps", "")),
    }
    if forgotten:
        lines["flagged"] = _forgotten(forgotten)
    lines |= {split: _change(figures) for split, figures in _splits(manifest).items()}
    for key, value in lines.items():
        out.print(f"{key:<10} {value}", soft_wrap=True)
    out.print(f"{'report':<10} {place.adapter(name) / 'report.html'}", soft_wrap=True)


@app.command()
def use(
    name: Annotated[str, typer.Argument(help=f"A version, or {BARE} for the bare base.")],
    model: Annotated[str, typer.Option(help=f"Whose adapter to take off, with {BARE}.")] = DEFAULT,
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
        versions.use(name)
    out.print(f"{version.base_id} now answers with {name}.")


app.command("convert")(convert.command)
app.command("verify")(verify.command)


def _base_id(versions: AdapterVersions, model: str) -> str:
    """What a base is called in the table: also one that is gone from this machine, or a folder's path."""
    known = {version.base_id for version in versions.list_versions()}
    return hub_id_of(model) if model in CATALOGUE or model in known else resolve(model).id


def _read(place: Home) -> tuple[list[AdapterVersion], set[str], dict[str, int]]:
    """Versions, names of those in service, and how many forgotten entries some were trained on."""
    if not place.database.exists():
        return [], set(), {}
    with Database.open(place.database) as database:
        versions = AdapterVersions(database)
        found = versions.list_versions()
        serving = {s.name for base in {v.base_id for v in found} if (s := versions.in_service(base))}
        forgotten = forgotten_in(database)
    return found, serving, forgotten


def _table(place: Home, rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("version", "base", "made", "recall", "retention", ""):
        table.add_column(column)
    for row in rows:
        splits = _splits(_manifest(place, row["name"]))
        marks = ["in service" if row["in_service"] else "", _forgotten(row["forgotten"])]
        table.add_row(
            row["name"],
            row["base_id"],
            row["created_at"][:16].replace("T", " "),
            _share(splits.get("recall")),
            _share(splits.get("retention")),
            "; ".join(filter(None, marks)),
        )
    return table


def _forgotten(number: int) -> str:
    return f"trained on {count(number, 'forgotten entry', 'forgotten entries')}" if number else ""


def _manifest(place: Home, name: str) -> dict[str, Any]:
    """What the manifest says, unchecked; nothing if it cannot be read."""
    try:
        manifest = json_module.loads((place.adapter(name) / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _splits(manifest: dict[str, Any]) -> dict[str, dict[str, Any] | None]:
    """The figures of each split; None where it was not measured, or where they are no figures."""
    splits = manifest.get("splits")
    if not isinstance(splits, dict):
        return {}
    return {name: figures if _are_figures(figures) else None for name, figures in splits.items()}


def _are_figures(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    shares = (value.get("baseline"), value.get("tuned"))
    return isinstance(value.get("n"), int) and all(isinstance(s, int | float) and 0 <= s <= 1 for s in shares)


def _share(figures: dict[str, Any] | None) -> str:
    return f"{100 * figures['tuned']:.1f}%" if figures else "-"


def _change(figures: dict[str, Any] | None) -> str:
    if not figures:
        return "not measured"
    return f"{100 * figures['baseline']:.1f}% -> {100 * figures['tuned']:.1f}% (n = {figures['n']})"
