"""`engram schedule`: let the night come by itself. Not here: the files and who is told (schedule)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from engram.cli.output import out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption
from engram.home import Home
from engram.schedule import texts, tonight
from engram.schedule.installing import Kind, System, check, choose_kind, install, is_loaded, remove
from engram.schedule.plan import Plan, make_plan, timer_name
from engram.store.entries import local

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
AtOption = Annotated[str, typer.Option("--at", help="Time of day, of 24 hours.", metavar="HH:MM")]
WithOption = Annotated[
    Kind | None, typer.Option("--with", help="Who wakes it up; without it, what this machine has.")
]
LINGER = (
    "systemd runs it while you are logged in. So that it runs without you as well: loginctl enable-linger"
)


@app.callback()
def group() -> None:
    """Let the night come by itself, once a day."""


@app.command("install")
def install_command(
    at: AtOption = "03:00",
    kind: WithOption = None,
    show: Annotated[
        bool, typer.Option("--print", help="Only show what would be written, and where.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Sleep every day at this time; again with another time, at that one.

    A night is put off while the machine runs on its battery or the disk is nearly full, and made up for when
    it was off. Written are files of yours alone: launchd's on macOS, systemd's on Linux, or your crontab.
    """
    place, system = Home.find(home), System.mine()
    plan, kind = make_plan(place, at), kind or choose_kind(system)
    if show:
        _show(system, plan, kind, json)
        return
    check(system, plan, kind)
    install(system, plan, kind)
    if (earlier := tonight.read_timetable(place)) and earlier.kind != kind:
        remove(system, plan.name, earlier.kind)
    tonight.write_timetable(place, f"{plan.at:%H:%M}", kind)
    if kind == "systemd" and not json:
        say(LINGER)
    status(home, json)


@app.command()
def status(home: HomeOption = None, json: JsonOption = False) -> None:
    """When the next night is due, and how the last one that was scheduled ended."""
    place = Home.find(home)
    timetable, last = tonight.read_timetable(place), tonight.last_attempt(place)
    loaded = bool(timetable and is_loaded(System.mine(), timer_name(place), timetable.kind))
    following = timetable.next(datetime.now().astimezone()) if timetable else None
    if json:
        print_json(
            {
                "timetable": timetable and asdict(timetable),
                "loaded": loaded,
                "next": following and following.isoformat(timespec="minutes"),
                "last": last and asdict(last),
            }
        )
        return
    if timetable is None or following is None:
        out.print("No night is scheduled: engram schedule install --at 03:00")
    else:
        out.print(f"Every day at {timetable.at}, by {timetable.kind}; next {following:%Y-%m-%d %H:%M}.")
        if not loaded:
            out.print(
                f"But {timetable.kind} does not know of it: engram schedule install --at {timetable.at}"
            )
    if last:
        out.print(f"Last: {local(last.at):%Y-%m-%d %H:%M}, {last.outcome}. {last.why}".rstrip())


@app.command("remove")
def remove_command(home: HomeOption = None, json: JsonOption = False) -> None:
    """Let the night come only when you say so."""
    place = Home.find(home)
    timetable = tonight.read_timetable(place)
    if timetable:
        remove(System.mine(), timer_name(place), timetable.kind)
        tonight.remove_timetable(place)
    if json:
        print_json({"removed": timetable is not None})
    else:
        out.print("Removed: no night is scheduled." if timetable else "No night is scheduled.")


def _show(system: System, plan: Plan, kind: Kind, json: bool) -> None:
    files: dict[str, Any] = {str(path): text.decode() for path, text in system.files(plan, kind).items()}
    if kind == "cron":
        files["crontab"] = texts.cron_lines(plan)
    if json:
        print_json({"kind": kind, "files": files})
        return
    for path, text in files.items():
        say(f"{path}:")
        typer.echo(text, nl=not text.endswith("\n"))  # to the letter: tabs and brackets too
