"""Whether memories may go to the teacher that writes more questions for them: the user is asked each time.

Not here: what is sent (sleep/augment.py), or that nothing is without a yes (sleep/preflight.py).
"""

from __future__ import annotations

import os
import sys

import typer

from engram.cli.output import say
from engram.config import Settings
from engram.errors import UsageError
from engram.synth.presets import Endpoint, endpoint_of

KEPT_HERE = "Nobody is there to be asked whether memories may go to the teacher: rules alone reword them."


def consented(settings: Settings, yes: bool) -> bool:
    """Whether the teacher may be shown memories, asked at the terminal unless `yes`, or the settings, say so
    already. False where none is to be asked. Raises UsageError where the user says no, or nobody is there."""
    endpoint = _teacher(settings)
    if endpoint is None:
        return False
    if yes or not settings.sleep.confirm_teacher:
        return True
    where = endpoint.host + (", on this machine" if endpoint.is_local else "")
    say(f"sleep.augment is teacher: your memories, as questions and answers, would go to {where}.")
    hint = "Add --yes if that is meant; --augment rules keeps everything here."
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to be asked whether they may.", hint)
    if not typer.confirm("Send them?", err=True):
        raise UsageError("Nothing was sent, and no night was begun.", hint)
    return True


def without_teacher(settings: Settings, yes: bool) -> Settings:
    """The settings of a night that begins by itself: where somebody would have to be asked, rules do it."""
    if settings.sleep.augment != "teacher" or yes or not settings.sleep.confirm_teacher:
        return settings
    say(KEPT_HERE)
    return settings.model_copy(update={"sleep": settings.sleep.model_copy(update={"augment": "rules"})})


def _teacher(settings: Settings) -> Endpoint | None:
    """Raises UsageError where the settings name none that could be asked."""
    if settings.sleep.augment != "teacher":
        return None
    if endpoint := endpoint_of(settings.teacher, os.environ):
        return endpoint
    raise UsageError(
        "sleep.augment is teacher, and no teacher is named.",
        "Set teacher in the section [teacher], or augment to rules.",
    )
