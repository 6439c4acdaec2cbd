"""`engram migrate`: the same memories on another base model, learned there anew and judged as ever.

Not here: the night (sleep/), or settings (config).
"""

from __future__ import annotations

from typing import Annotated

import typer

from engram.cli.companions import refuse_companions
from engram.cli.options import with_settings
from engram.cli.output import say
from engram.cli.sleep_report import NOTHING, tell_morning
from engram.cli.teacher_consent import consented
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.errors import GateRefused, NotEnoughEvidence, UsageError
from engram.home import Home
from engram.sleep.night import sleep
from engram.sleep.wishes import Wishes
from engram.store.adapters import AdapterVersions
from engram.store.database import Database

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "data", "train", "measure", "sleep")
def command(
    settings: Settings,
    home: Home,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before a teacher is.", rich_help_panel="General")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Learn everything that is remembered on another base model: engram migrate --model NEW.

    Notes need no migration; what an adapter learned does. The new one is compared with the bare new base;
    what serves on the old base goes on serving there.
    """
    refuse_companions("engram migrate")
    with open_job(settings, home, quiet=json) as job:
        with Database.open(home.create().database) as database:
            if there := AdapterVersions(database).in_service(job.base.id):
                raise UsageError(
                    f"{there.name} serves on {job.base.id} already.",
                    "Name another base with --model, or sleep, which learns what is new.",
                )
        morning = sleep(job, Wishes(rebuild=True, teacher=consented(settings, yes)))
    if morning is None:
        say(NOTHING)
        return
    tell_morning(morning, json)
    if morning.verdict.outcome != "accept":
        kind = GateRefused if morning.verdict.outcome == "reject" else NotEnoughEvidence
        raise kind(" ".join(morning.verdict.reasons), f"{job.base.id} answers bare, with notes.")
    say(f"To talk to it from now on: engram chat --model {job.base.id}, or model in engram.toml.")
