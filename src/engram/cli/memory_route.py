"""`engram memory route`: where entries go at night, and why; and the user's word on it.

Not here: the decision (routing), or the night.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engram.cli.output import out, print_json, say
from engram.cli.remembered import NOTHING_YET, HomeOption, JsonOption, content, count, reading, short
from engram.errors import UnknownName, UsageError
from engram.routing.route import route_entries
from engram.store.entries import Entry
from engram.store.ledger import Ledger
from engram.store.routes import (
    Routed,
    check_route,
    correct_route,
    corrections,
    count_routes,
    record_routes,
)

AUTOMATIC = "auto"


def route(
    id: Annotated[int | None, typer.Argument(help="The number of an entry; without it, the latest.")] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="Where it goes from now on: lora, retrieval, both, none; auto takes it back."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="List so many, the latest; 0 is all.", min=0)] = 20,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What is trained at night (lora), only found by search (retrieval), both, or neither; and why.

    What you say with --to counts for that entry, and teaches the router about others like it. Tags, and who
    said it, still decide what may be trained at all. No route takes anything out of the search.
    """
    with reading(home) as ledger:
        if ledger is None:
            if id is not None:
                raise UnknownName(f"There is no entry {id}.", NOTHING_YET)
            _tell_all([], {}, json)
            return
        if to is not None:
            correct_route(ledger.database, _given(ledger, id), None if to == AUTOMATIC else check_route(to))
        asked = ledger.get(id) if id is not None else None
        entries = ledger.entries()
        routes = _routes(ledger, entries)
    if asked is None:
        _tell_all(entries[-limit:], routes, json)
    else:
        _tell_one(asked, routes[asked.id], to, json)


def _given(ledger: Ledger, id: int | None) -> int:
    if id is None:
        raise UsageError("Say which entry goes there.", "For instance: engram memory route 12 --to retrieval")
    return ledger.get(id).id


def _routes(ledger: Ledger, entries: list[Entry]) -> dict[int, Routed]:
    """Where each entry goes, made anew and written down."""
    routed = route_entries(entries, corrections(ledger.database))
    record_routes(ledger.database, routed)
    return {one.entry: one for one in routed}


def _tell_all(entries: list[Entry], routes: dict[int, Routed], json: bool) -> None:
    counts = count_routes(routes.values())
    if json:
        print_json({"counts": counts, "routes": [asdict(routes[entry.id]) for entry in entries]})
    elif not routes:
        out.print(NOTHING_YET)
    else:
        for entry in entries:
            out.print(_line(entry, routes[entry.id]), soft_wrap=True)
        shares = ", ".join(f"{name} {number / len(routes):.0%}" for name, number in counts.items())
        say(f"Of {count(len(routes), 'entry', 'entries')}: {shares}.")


def _tell_one(entry: Entry, found: Routed, to: str | None, json: bool) -> None:
    if json:
        print_json(asdict(found))
        return
    out.print(_line(entry, found), soft_wrap=True)
    if to not in (None, AUTOMATIC, found.route):
        say("What is tagged, or was neither said nor confirmed by you, is not trained, whatever its route.")


def _line(entry: Entry, found: Routed) -> str:
    return f"{entry.id:>6}  {found.route:<9} {found.score:.2f}  {short(content(entry), 60)}  ({found.reason})"
