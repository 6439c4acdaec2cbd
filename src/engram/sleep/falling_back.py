"""A version that does badly by day is taken out of service, and what served before it answers again.

Looked at when a conversation, a night or `engram status` begins, so nothing runs in between. Only what came
since the version began to serve counts: a person who puts it back is not overruled by what was known then.
Not here: the decision (by_day.py), the way back (store/service.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engram.config import SleepSettings
from engram.errors import AdapterError
from engram.home import Home
from engram.sleep.by_day import ANSWERS, RATED, ByDay, Limits, objections
from engram.store import service
from engram.store.adapters import AdapterVersions
from engram.store.answers import answers_made, ratings_of
from engram.store.current import link_current
from engram.store.database import Database
from engram.store.entries import stamp
from engram.store.ledger import Clock, now
from engram.store.provenance import forgotten_in
from engram.training.versions import verify_version


@dataclass(frozen=True, slots=True)
class FellBack:
    """What serves now instead, and why."""

    change: service.Change
    reasons: tuple[str, ...]


def fall_back(home: Home, base_id: str, settings: SleepSettings, clock: Clock = now) -> FellBack | None:
    """Take the version in service back where it does badly; None where all is well. Raises StorageError."""
    if not home.database.exists():
        return None
    limits = Limits(settings.bad_answers, settings.more_failures, settings.slower)
    with Database.open(home.database) as database:
        if not _objections(database, base_id, limits):
            return None
        with database.write():  # another program may have done it meanwhile
            if not (reasons := _objections(database, base_id, limits)):
                return None
            problem = problems(home, database)
            change = service.roll_back(database, base_id, problem, stamp(clock()), service.TAKEN_BACK)
        link_current(database, home.adapters)
    return FellBack(change, reasons)


def told(found: FellBack | None) -> list[str]:
    """What happened, why, and how it is undone, in sentences; nothing where nothing did."""
    if found is None:
        return []
    serving = found.change.after or "the bare base"
    return [
        f"{found.change.before} was taken out of service, and {serving} answers again.",
        *found.reasons,
        f"To have it back all the same: engram adapters use {found.change.before}",
    ]


def problems(home: Home, database: Database, even_forgotten: bool = False) -> Callable[[str], str]:
    """What speaks against a version serving: it is flagged, unless that is no matter, or a file of it is
    broken."""
    flagged = {} if even_forgotten else forgotten_in(database)
    versions = AdapterVersions(database)

    def problem(name: str) -> str:
        if number := flagged.get(name):
            return f"was trained on entries forgotten since ({number})"
        try:
            verify_version(home, versions.get(name))
        except AdapterError as error:
            return f"is broken ({error.message.rstrip('.')})"
        return ""

    return problem


def _objections(database: Database, base_id: str, limits: Limits) -> tuple[str, ...]:
    with database.read():
        past = service.history(database, base_id)
        if not past or not (name := past[-1].name):
            return ()
        before = next((served.name or "" for served in reversed(past[:-1]) if served.name != name), "")
        entry, answer = service.began(database, base_id)
        ratings = ratings_of(database, base_id, name, RATED, entry)
        ours = ByDay(ratings, answers_made(database, base_id, name, ANSWERS, answer))
        return objections(ours, ByDay((), answers_made(database, base_id, before, ANSWERS)), limits)
