"""`engram adapters`: which versions there are, and what is known of one.

Not here: which one serves (adapter_service.py), two beside each other (adapter_diff.py), other programs'
formats (convert.py), replaying certificates (verify.py).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engram.cli import adapter_diff, adapter_pruning, adapter_service, convert, verify
from engram.cli.adapter_facts import change, forgotten_line, manifest_of, measured, share
from engram.cli.output import out, print_json
from engram.cli.remembered import HomeOption, JsonOption
from engram.home import Home
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.provenance import entries_of, forgotten_in
from engram.store.pruning import pinned
from engram.training.versions import verify_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def group() -> None:
    """List, show, compare and choose adapter versions."""


@app.command("list")
def list_versions(home: HomeOption = None, json: JsonOption = False) -> None:
    """All versions, oldest first; the one in service is marked."""
    place = Home.find(home)
    rows = _read(place)
    if json:
        print_json(rows)
    elif not rows:
        out.print("No adapter yet. `engram teach` makes one.")
    else:
        out.print(_table(place, rows))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A version, or its short form, such as v1.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Where a version comes from and what was measured; its files are checked."""
    place = Home.find(home).create()
    with Database.open(place.database) as database:
        version = AdapterVersions(database).get(name)
        known = _known(database, version)
        entries = entries_of(database, version.name)
    manifest = verify_version(place, version)
    if json:
        print_json({**known, "entries": entries, "manifest": manifest})
        return
    sources = manifest.get("sources")
    lines = {
        "version": version.name + (" (in service)" if known["in_service"] else ""),
        "short": known["short"],
        "base": f"{version.base_id}, revision {version.base_revision[:12]}",
        "made": version.created_at,
        "before": version.parent or "",
        "digest": f"{version.digest[:16]} (all files checked)",
        "patterns": str(len(sources)) if isinstance(sources, list) else "",
        "entries": str(len(entries) or ""),
        "steps": str(manifest.get("steps", "")),
        "pinned": "it is kept, however old" if known["pinned"] else "",
        "flagged": forgotten_line(known["forgotten"]),
    }
    folder = place.adapter(version.name)
    lines |= {split: change(figures) for split, figures in measured(folder, manifest).items()}
    if (report := folder / "report.html").exists():
        lines["report"] = str(report)
    for key, value in lines.items():
        if value:
            out.print(f"{key:<10} {value}", soft_wrap=True)


app.add_typer(adapter_service.app)
app.add_typer(adapter_pruning.app)
app.command("diff")(adapter_diff.command)
app.command("convert")(convert.command)
app.command("verify")(verify.command)


def _read(place: Home) -> list[dict[str, Any]]:
    """Every version with all that the tables say of it."""
    if not place.database.exists():
        return []
    with Database.open(place.database) as database:
        return [_known(database, version) for version in AdapterVersions(database).list_versions()]


def _known(database: Database, version: AdapterVersion) -> dict[str, Any]:
    versions = AdapterVersions(database)
    return asdict(version) | {
        "short": versions.short_names().get(version.name, ""),
        "in_service": versions.in_service(version.base_id) == version,
        "pinned": version.name in pinned(database),
        "forgotten": forgotten_in(database).get(version.name, 0),
    }


def _table(place: Home, rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("version", "short", "base", "made", "recall", "retention", ""):
        table.add_column(column, no_wrap=column == "version")
    for row in rows:
        figures = measured(place.adapter(row["name"]), manifest_of(place, row["name"]))
        marks = ["in service"] * row["in_service"] + ["pinned"] * row["pinned"]
        table.add_row(
            row["name"],
            row["short"],
            row["base_id"],
            row["created_at"][:16].replace("T", " "),
            share(figures.get("recall") or figures.get("new memories")),
            share(figures.get("retention") or figures.get("skills")),
            "; ".join([*marks, *filter(None, [forgotten_line(row["forgotten"])])]),
        )
    return table
