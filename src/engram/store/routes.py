"""Where each entry is to go (the room routing decides), and what the user said about that.

Routes are derived: a night, or `engram memory route`, writes them anew. Corrections are the user's and stay
until the entry is forgotten. Neither holds any text. Not here: the decision.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from engram.errors import UsageError
from engram.store.database import Database

Route = Literal["lora", "retrieval", "both", "none"]
ROUTES: tuple[Route, ...] = get_args(Route)


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an entry goes. `score` is how sure that is, from 0 to 1; `reason` is a clause without any word
    of the entry."""

    entry: int
    route: Route
    score: float
    reason: str


def check_route(name: str) -> Route:
    """Raises UsageError if there is no such route."""
    if name not in ROUTES:
        raise UsageError(f"There is no route {name!r}.", f"There are {', '.join(ROUTES)}.")
    return name


def record_routes(database: Database, routed: Iterable[Routed]) -> None:
    """Write down where entries go, in place of what was decided before. An entry that was forgotten in the
    meantime is left out."""
    with database.write():
        database.rows("DELETE FROM route")
        for one in routed:
            database.rows(
                "INSERT INTO route (entry, route, score, reason) SELECT ?, ?, ?, ? "
                "WHERE EXISTS (SELECT 1 FROM entry WHERE id = ? AND forgotten_at IS NULL)",
                (one.entry, one.route, one.score, one.reason, one.entry),
            )


def recorded_routes(database: Database) -> list[Routed]:
    """What was decided last, by entry."""
    rows = database.rows("SELECT entry, route, score, reason FROM route ORDER BY entry")
    return [
        Routed(int(entry), check_route(route), float(score), reason) for entry, route, score, reason in rows
    ]


def correct_route(database: Database, entry: int, route: Route | None) -> None:
    """The user says where an entry goes; None takes that back."""
    with database.write():
        database.rows("DELETE FROM route_correction WHERE entry = ?", (entry,))
        if route is not None:
            database.rows("INSERT INTO route_correction (entry, route) VALUES (?, ?)", (entry, route))


def corrections(database: Database) -> dict[int, Route]:
    """What the user said, by entry."""
    rows = database.rows("SELECT entry, route FROM route_correction ORDER BY entry")
    return {int(entry): check_route(route) for entry, route in rows}


def drop_routes(database: Database, entries: Iterable[int]) -> None:
    """Take out all about these entries, inside the transaction that is open."""
    numbers = json.dumps(list(entries))
    for table in ("route", "route_correction"):
        database.rows(f"DELETE FROM {table} WHERE entry IN (SELECT value FROM json_each(?))", (numbers,))


def count_routes(routed: Iterable[Routed]) -> dict[Route, int]:
    """How many entries go where."""
    found = Counter(one.route for one in routed)
    return {route: found[route] for route in ROUTES}
