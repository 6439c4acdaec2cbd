"""`engram status`: one screen: what serves, what waits, how the last night went, when the next is due.

Not here: what is gathered (sleep/morning.py, doctor/alerts.py, schedule/tonight.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

import typer

from engram.cli.output import out, print_json
from engram.cli.remembered import NOTHING_YET, HomeOption, JsonOption, count
from engram.config import Settings
from engram.doctor.alerts import alerts
from engram.errors import ModelError
from engram.home import Home
from engram.models.catalogue import hub_id_of
from engram.models.resolve import resolve
from engram.schedule.tonight import FAILED, PUT_OFF, Attempt, Timetable, last_attempt, read_timetable
from engram.settings_file import read_settings
from engram.sleep.falling_back import FellBack, fall_back
from engram.sleep.falling_back import told as fell_back_told
from engram.sleep.morning import PastNight, Waiting, past_nights, told, told_figure, told_waiting, waiting
from engram.store import service
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.entries import LedgerStats, local
from engram.store.ledger import Ledger
from engram.store.service import Served

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Status:
    """`serves` is None where the base never had an adapter; `next` the next scheduled night, local time;
    `taken_back` a version that did badly, and `fell_back` says that this was noticed just now."""

    base: str
    serves: Served | None
    short: str
    memories: LedgerStats
    waiting: Waiting
    last_night: PastNight | None
    nights: int
    timetable: Timetable | None
    next: str
    last_attempt: Attempt | None
    warnings: list[str]
    fell_back: FellBack | None = None
    taken_back: str | None = None


@app.command()
def command(
    model: Annotated[
        str | None, typer.Option(help="Of which base; without it, the one in engram.toml, or seedling.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What serves, what waits to be learned, and how the last night went."""
    place = Home.find(home)
    if not place.database.exists():
        if json:
            print_json({"home": False, "message": NOTHING_YET})
        else:
            out.print(NOTHING_YET)
        return
    found = gather(place, read_settings(place.settings), model)
    if json:
        print_json({"home": True, **asdict(found)})
        return
    for name, value in lines(found):
        out.print(f"{name:<11} {value}", soft_wrap=True)


def gather(place: Home, settings: Settings, model: str | None = None) -> Status:
    """Everything, read anew, once a version that does badly is out of service. Raises StorageError."""
    base = _base_id(model or settings.model.model)
    fell_back = fall_back(place, base, settings.sleep)
    with Database.open(place.database) as database:
        serves = service.history(database, base)[-1:]
        short = AdapterVersions(database).short_names()
        memories = Ledger(database).stats()
        rebuild = service.rebuild_due(database, base)
        taken_back = service.taken_back(database, base)
    name = (serves[0].name if serves else None) or ""
    nights, timetable = past_nights(place), read_timetable(place)
    following = timetable.next(datetime.now().astimezone()) if timetable else None
    return Status(
        base,
        serves[0] if serves else None,
        short.get(name, ""),
        memories,
        waiting(place, name, rebuild),
        nights[-1] if nights else None,
        len(nights),
        timetable,
        following.isoformat(timespec="minutes") if following else "",
        last_attempt(place),
        alerts(place, base, settings.sleep.least_disk_mb * 1_000_000),
        fell_back,
        taken_back,
    )


def _base_id(model: str) -> str:
    """What the base is called in the tables; a model that is not here is called as it was asked for."""
    try:
        return resolve(model).id
    except ModelError:
        return hub_id_of(model)


def lines(found: Status) -> Iterator[tuple[str, str]]:
    """The screen, a name and a sentence each; a name is left out where it stands above."""
    yield "serves", _serves(found)
    yield from _taken_back(found)
    yield "memories", _memories(found.memories)
    yield "waiting", told_waiting(found.waiting)
    yield from _last_night(found)
    yield from _next_night(found)
    for number, warning in enumerate(found.warnings):
        yield "" if number else "warning", warning


def _serves(found: Status) -> str:
    if found.serves is None or found.serves.name is None:
        return f"{found.base}, without an adapter"
    short = f" ({found.short})" if found.short else ""
    since = f", since {_when(found.serves.since)}" if found.serves.since else ""
    return f"{found.base} with {found.serves.name}{short}{since}"


def _taken_back(found: Status) -> Iterator[tuple[str, str]]:
    if found.fell_back:
        for sentence in fell_back_told(found.fell_back):
            yield "", sentence
    elif found.taken_back:
        yield "", f"{found.taken_back} did badly and was taken out of service; it is back with:"
        yield "", f"engram adapters use {found.taken_back}"


def _memories(stats: LedgerStats) -> str:
    if not stats.entries:
        return "none yet"
    kinds = ", ".join(count(number, kind) for kind, number in stats.by_kind.items())
    return f"{kinds}, the last of {_when(stats.last_at)}" + (
        f"; {stats.forgotten:,} forgotten" if stats.forgotten else ""
    )


def _last_night(found: Status) -> Iterator[tuple[str, str]]:
    night = found.last_night
    if night is None:
        yield "last night", "there was none yet"
        return
    first, *more = told(night)
    yield "last night", f"{_when(night.ended)}. {first}"
    for sentence in more:
        yield "", sentence
    for name, delta in night.figures.items():
        yield "", told_figure(name, delta)


def _next_night(found: Status) -> Iterator[tuple[str, str]]:
    if found.timetable is None:
        yield "next night", "when you say so: engram sleep, or engram schedule install --at 03:00"
    else:
        yield "next night", f"{found.next[:16].replace('T', ' ')}, by {found.timetable.kind}"
    last = found.last_attempt
    if last and last.outcome in (PUT_OFF, FAILED):
        yield (
            "",
            f"The one of {_when(last.at)} was {last.outcome}: {last.why}".replace("was failed", "failed"),
        )


def _when(moment: str) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}"
