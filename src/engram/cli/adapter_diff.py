"""`engram adapters diff`: two versions beside each other, without loading either.

Settings, what was taught, and what was measured when each was made. Not here: asking both the same questions
anew (`engram eval`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engram.cli.adapter_facts import change, measured, settings_of
from engram.cli.forget import spans
from engram.cli.output import out, print_json
from engram.cli.remembered import HomeOption, JsonOption
from engram.home import Home
from engram.sleep.bundle import Delta
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.provenance import entries_of
from engram.training.versions import verify_version

Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. `entries` are numbers of the ledger, `patterns` digests of taught patterns."""

    version: AdapterVersion
    settings: dict[str, str]
    entries: tuple[int, ...]
    patterns: tuple[str, ...]
    figures: dict[str, Delta | None]


def command(
    first: Annotated[str, typer.Argument(help="A version, or its short form, such as v1.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two versions: settings, what they were taught, what was measured, digests."""
    place = Home.find(home).create()
    with Database.open(place.database) as database:
        sides = [_side(place, database, name) for name in (first, second)]
    one, two = sides
    if json:
        print_json(_as_json(one, two))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", one.version.name, two.version.name):
        table.add_column(column, overflow="fold")
    for row in _rows(one, two):
        table.add_row(*row)
    out.print(table)
    same = one.version.digest == two.version.digest
    out.print("The weights are the same." if same else "The weights differ.")


def _side(place: Home, database: Database, name: str) -> Side:
    """Everything about one, its files checked. Raises UnknownName, AdapterError."""
    version = AdapterVersions(database).get(name)
    manifest = verify_version(place, version)
    sources = manifest.get("sources")
    return Side(
        version,
        settings_of(manifest),
        tuple(entries_of(database, version.name)),
        tuple(map(str, sources)) if isinstance(sources, list) else (),
        measured(place.adapter(version.name), manifest),
    )


def _rows(one: Side, two: Side) -> Iterator[Row]:
    """Name and both values: what always counts, settings that differ, and all figures."""
    yield "made", _made(one), _made(two)
    yield "digest", one.version.digest[:16], two.version.digest[:16]
    yield "after", one.version.parent or "-", two.version.parent or "-"
    for name in sorted({*one.settings, *two.settings}):
        values = one.settings.get(name, "-"), two.settings.get(name, "-")
        if values[0] != values[1]:
            yield name, *values
    yield from _taught(one, two)
    for name in dict.fromkeys([*one.figures, *two.figures]):
        yield name, _figure(one, name), _figure(two, name)


def _taught(one: Side, two: Side) -> Iterator[Row]:
    """What each was taught, by number, and what only one of them was."""
    if one.entries or two.entries:
        yield "entries taught", str(len(one.entries)), str(len(two.entries))
        yield "only here", _only(one.entries, two.entries), _only(two.entries, one.entries)
    if one.patterns or two.patterns:
        mine, theirs = {*one.patterns}, {*two.patterns}
        yield "patterns taught", str(len(mine)), str(len(theirs))
        yield "only here", str(len(mine - theirs)), str(len(theirs - mine))


def _made(side: Side) -> str:
    return side.version.created_at[:16].replace("T", " ")


def _figure(side: Side, name: str) -> str:
    return change(side.figures[name]) if name in side.figures else "-"


def _only(these: Sequence[int], others: Sequence[int]) -> str:
    return spans(tuple(sorted({*these} - {*others}))) or "none"


def _as_json(one: Side, two: Side) -> dict[str, Any]:
    sides = [
        {
            **asdict(side.version),
            "settings": side.settings,
            "entries": side.entries,
            "entries_only_here": sorted({*side.entries} - {*other.entries}),
            "patterns": len(side.patterns),
            "patterns_only_here": len({*side.patterns} - {*other.patterns}),
            "figures": {name: asdict(delta) if delta else None for name, delta in side.figures.items()},
        }
        for side, other in ((one, two), (two, one))
    ]
    return {"same_weights": one.version.digest == two.version.digest, "versions": sides}
