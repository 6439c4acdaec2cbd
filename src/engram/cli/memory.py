"""`engram memory`: looking at what is written down. Not here: export, backup and checks (memory_files.py)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from engram.cli import memory_facts, memory_files, memory_flags, memory_index, memory_route
from engram.cli.output import out, print_json
from engram.cli.remembered import (
    NOTHING_YET,
    BeforeOption,
    HomeOption,
    JsonOption,
    SessionOption,
    SinceOption,
    SourceOption,
    as_json,
    details,
    figures,
    line,
    reading,
    versions,
)
from engram.errors import UnknownName
from engram.store import provenance
from engram.store.entries import Entry, clean
from engram.store.index import MemoryIndex
from engram.store.tags import check_tags

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def group() -> None:
    """Look at what is written down, export it, check it, and copy it."""


@app.command("list")
def list_entries(
    session: SessionOption = None,
    kind: Annotated[
        Literal["turn", "fact", "thought"] | None,
        typer.Option("--kind", help="Only turns, only facts, or only what a model thought."),
    ] = None,
    speaker: Annotated[
        Literal["user", "assistant", "tool"] | None,
        typer.Option("--speaker", help="Only what one of them said."),
    ] = None,
    source: SourceOption = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only what has this tag.")] = None,
    since: SinceOption = None,
    before: BeforeOption = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many, the latest; 0 is all.", min=0)] = 20,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What was said and remembered, newest last."""
    with reading(home) as ledger:
        found = (ledger.entries if ledger else _none)(
            session=session,
            kind=kind,
            speaker=speaker,
            source=source,
            tag=next(iter(check_tags([tag]))) if tag else None,
            since=since,
            before=before,
            limit=limit or None,
            newest_first=True,
        )
        told = bool(ledger and ledger.entries(limit=1))
    _tell(found[::-1], json, "Nothing matches." if told else NOTHING_YET, sessions=True)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1)] = 8,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Find what was said by anyone: the best matches, best first."""
    with reading(home) as ledger:
        found = []
        if ledger:
            index = MemoryIndex(ledger.database, memory_index.embedder_of(home))
            index.refresh()
            matches = index.search(clean(query), limit, now=ledger.clock(), for_recall=False)
            found = [ledger.get(match.entry_ids[0]) for match in matches]
        told = bool(ledger and ledger.entries(limit=1))
    _tell(found, json, "Nothing matches." if told else NOTHING_YET)


@app.command()
def show(
    id: Annotated[int, typer.Argument(help="The number of an entry.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """One entry in full, with earlier and later versions of it, and the adapters that were trained on it."""
    with reading(home) as ledger:
        if ledger is None:
            raise UnknownName(f"There is no entry {id}.", NOTHING_YET)
        entry = ledger.get(id)
        history = versions(ledger, entry)
        adapters = provenance.trained_on(ledger.database, [id])
    if json:
        shown = {"history": [as_json(each) for each in history], "adapters": list(adapters)}
        print_json(as_json(entry) | shown)
        return
    for name, value in details(entry, adapters):
        out.print(f"{name:<10} {value}", soft_wrap=True)
    for each in history if len(history) > 1 else ():
        out.print(f"{'history' if each == history[0] else '':<10} {line(each)}", soft_wrap=True)


@app.command()
def stats(home: HomeOption = None, json: JsonOption = False) -> None:
    """How much is written down, by whom, and since when."""
    with reading(home) as ledger:
        found = ledger.stats() if ledger else None
        size = ledger.database.file.stat().st_size if ledger else 0
    if json:
        print_json(asdict(found) | {"bytes": size} if found else None)
    elif found is None or not (found.entries or found.forgotten):
        out.print(NOTHING_YET)
    else:
        for name, value in figures(found, size):
            out.print(f"{name:<10} {value}", soft_wrap=True)


app.add_typer(memory_index.app, name="index")
app.add_typer(memory_facts.app, name="facts")
app.command("export")(memory_files.export)
app.command("verify")(memory_files.verify)
app.command("backup")(memory_files.backup)
app.command("route")(memory_route.route)
app.command("unflag")(memory_flags.command)


def _none(**_: object) -> list[Entry]:
    return []


def _tell(found: list[Entry], json: bool, otherwise: str, sessions: bool = False) -> None:
    """One line each; with `sessions`, a line before those of a conversation."""
    if json:
        print_json([as_json(entry) for entry in found])
    last = None
    for entry in () if json else found:
        if sessions and entry.session and entry.session != last:
            out.print(f"session {entry.session}")
        last = entry.session
        out.print(line(entry), soft_wrap=True)
    if not (json or found):
        out.print(otherwise)
