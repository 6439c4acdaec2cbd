"""`engram sleep`: one night, from what was said to an adapter that serves, or the reason why not.

Not here: the night itself (sleep/), how it is told (sleep_report.py), or asking about rows (sleep_review.py).
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from engram.cli.companions import refuse_companions
from engram.cli.options import with_settings
from engram.cli.output import BARE, say
from engram.cli.sleep_report import morning_sentence, tell_morning, tell_put_off, tell_rehearsal
from engram.cli.sleep_review import review
from engram.cli.teacher_consent import consented, without_teacher
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.errors import GateRefused, NotEnoughEvidence, UsageError
from engram.home import Home
from engram.schedule.tonight import attempt, reason_to_wait
from engram.sleep.falling_back import fall_back, told
from engram.sleep.night import Morning, sleep
from engram.sleep.nights import unfinished
from engram.sleep.notify import notify
from engram.sleep.rehearsal import rehearse
from engram.sleep.wishes import Wishes

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_GENERAL = "General"


@app.command()
@with_settings("model", "data", "train", "measure", "sleep")
def command(
    settings: Settings,
    home: Home,
    promote: Annotated[
        bool, typer.Option(help="Put an accepted adapter in service.", rich_help_panel=_GENERAL)
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Train nothing; say what would be.", rich_help_panel=_GENERAL)
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(help="With --dry-run: a folder for the training data.", rich_help_panel=_GENERAL),
    ] = None,
    review_first: Annotated[
        bool,
        typer.Option("--review", help="Approve or veto what is new before.", rich_help_panel=_GENERAL),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Only go on with a broken-off night.", rich_help_panel=_GENERAL)
    ] = False,
    reset: Annotated[
        bool,
        typer.Option(
            "--reset", help="Start over: train all again, ask for no gain.", rich_help_panel=_GENERAL
        ),
    ] = False,
    max_minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="Stop after so long; the next call goes on.", rich_help_panel=_GENERAL),
    ] = None,
    tag: Annotated[str, typer.Option(help="A word for the version's name.", rich_help_panel=_GENERAL)] = "",
    adapter: Annotated[
        str | None,
        typer.Option(
            help=f"Compare with this version, or {BARE}; without it, with the one in service.",
            rich_help_panel=_GENERAL,
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before a teacher is.", rich_help_panel=_GENERAL)
    ] = False,
    scheduled: Annotated[
        bool, typer.Option("--scheduled", help="Only if a night is due and may be.", hidden=True)
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel=_GENERAL)] = False,
) -> None:
    """Learn what was said by day, and keep it only if the evidence says so.

    What you said or confirmed becomes questions and answers. An adapter is trained on all of them and
    compared with the one in service and with the bare base; it serves if it knows more and no less.
    """
    refuse_companions("engram sleep")
    _check(home, dry_run, write, review_first, resume, reset)
    if scheduled and (why := reason_to_wait(home, settings.sleep.least_disk_mb * 1_000_000)):
        tell_put_off(why, json)
        return
    beside = "" if adapter == BARE else adapter
    settings = without_teacher(settings, yes) if scheduled else settings
    teacher = (write is not None or not dry_run) and consented(settings, yes)
    wishes = Wishes(promote, reset, max_minutes, tag, beside=beside, teacher=teacher)
    if dry_run:
        with open_job(settings, home, quiet=json) as job:
            tell_rehearsal(rehearse(job, wishes, write), write, json)
        return
    if review_first:
        review(settings, home, wishes)
    with attempt(home) if scheduled else nullcontext():
        with open_job(settings, home, quiet=json) as job:
            for sentence in told(fall_back(home, job.base.id, settings.sleep)):
                say(sentence)
            morning = sleep(job, wishes)
        _conclude(morning, settings, json)


def _check(home: Home, dry_run: bool, write: Path | None, review: bool, resume: bool, reset: bool) -> None:
    if write is not None and not dry_run:
        raise UsageError("--write is for --dry-run.", "A night keeps no training data.")
    if dry_run and (resume or review):
        raise UsageError(
            "--dry-run begins no night, and so neither reviews nor goes on with one.", "Leave it out."
        )
    if resume and reset:
        raise UsageError("--resume goes on and --reset starts over.", "Leave one of them out.")
    if resume and not unfinished(home):
        raise UsageError("There is no night to go on with.", "Sleep without --resume.")


def _conclude(morning: Morning | None, settings: Settings, json: bool) -> None:
    """Tell it here and where the user wants to be told; what was not accepted is an error."""
    if problem := notify(settings.sleep.notify, morning_sentence(morning)):
        say(problem)
    tell_morning(morning, json)
    if morning and morning.verdict.outcome != "accept":
        kind = GateRefused if morning.verdict.outcome == "reject" else NotEnoughEvidence
        raise kind(" ".join(morning.verdict.reasons), "What was in service still is.")
