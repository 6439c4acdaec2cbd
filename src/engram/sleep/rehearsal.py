"""A night that trains nothing: what would be learned, and what speaks against it. Nothing is left behind.

With a folder to write to, the data set lies there afterwards, as `engram train --data` reads it; it holds
what the user said. Not here: the night (night.py).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from engram.job import Job
from engram.lessons.dataset import write_dataset
from engram.sleep.agenda import Agenda, make_agenda, too_few
from engram.sleep.journal import Journal
from engram.sleep.nights import Night, would_begin
from engram.sleep.preflight import check_consent
from engram.sleep.recipe import as_long_as, nightly
from engram.sleep.wishes import Wishes
from engram.store.ledger import Clock, now


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a night would be about. `agenda` is None where there is nothing to learn; `waiting` says why no
    training would come of it, "" where it would. `tokens` is the most that would be trained on; None where
    the settings say how many steps it takes."""

    night: Night
    agenda: Agenda | None
    waiting: str = ""
    tokens: int | None = None


def rehearse(job: Job, wishes: Wishes = Wishes(), write: Path | None = None, clock: Clock = now) -> Rehearsal:
    """Everything up to the first training step; the teacher of the settings is asked only where the rows are
    to be written. Raises what a night raises until there, and UsageError where `write` is in the way."""
    job.home.create()
    if write is not None:
        check_consent(job, wishes.teacher)
    job = replace(job, settings=nightly(job.settings))
    night = would_begin(job, clock, wishes)
    with tempfile.TemporaryDirectory() as aside:  # the journal of a rehearsal interests nobody
        agenda = make_agenda(job, night, Journal(Path(aside), job.watcher), write is not None)
    if agenda is None:
        return Rehearsal(night, None, "There is nothing to learn yet.")
    if write is not None:
        write_dataset(write, agenda.lessons.lessons)
    waiting = too_few(agenda, night)
    train = job.settings.train
    auto = train.iters == "auto" and train.epochs is None
    tokens = as_long_as(len(agenda.remembered)).max_tokens if auto else None
    return Rehearsal(night, agenda, waiting.reasons[0] if waiting else "", tokens)
