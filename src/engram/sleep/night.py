"""One night as a story: collect what was said, teach all of it, examine the result, and decide who serves.

What is learned is a function of the ledger up to the entry that was last when the night began. So a night
that was broken off, at whatever point, goes on from its run folder and ends with the same adapter. Whatever
happens, the adapter in service stays until the verdict is in. Not here: the decision (gate.py), the terminal
(cli).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from engram.answer.embedders import load_embedder
from engram.errors import AdapterError, Diverged, EngramError, Interrupted, LessonError, UsageError
from engram.job import Job, Trained, close_run, prepare_run, run_training
from engram.lessons.build import Shape
from engram.sleep.agenda import Agenda, make_agenda, too_few
from engram.sleep.alone import alone
from engram.sleep.evidence import Evidence
from engram.sleep.exam import make_exam
from engram.sleep.examining import examine
from engram.sleep.gate import GateVerdict, judge
from engram.sleep.journal import Journal
from engram.sleep.keeping import promote, record
from engram.sleep.nights import BEGUN, Night, begin, close
from engram.sleep.preflight import check_consent, check_room, check_tasks
from engram.sleep.recipe import as_long_as, kept_questions, nightly
from engram.sleep.sealing import decided
from engram.sleep.trends import catch_up
from engram.sleep.wishes import Wishes
from engram.store.adapters import check_tag
from engram.store.database import Database
from engram.store.derived import name_entries
from engram.store.index import MemoryIndex
from engram.store.ledger import Clock, now
from engram.store.pruning import prune
from engram.store.routes import record_routes
from engram.training.versions import find_version

_LAST = ("gate", "promote", "tidy")
"""Stages that take no time to speak of: once it is measured, no limit of time keeps a night from its end."""


@dataclass(frozen=True, slots=True)
class Morning:
    """What came of it. `version` is the new adapter where one was accepted; `learned` counts memories."""

    night: Night
    learned: int
    new: int
    verdict: GateVerdict
    evidence: Evidence
    version: str | None


def sleep(job: Job, wishes: Wishes | None = None, clock: Clock = now) -> Morning | None:
    """Sleep one night, or go on with one that was broken off; None where there is nothing to learn.

    Raises TrainingError, LeakFound, StorageError, AdapterError, UsageError; what was in service still is.
    """
    wishes = wishes or Wishes()
    check_tag(wishes.tag or "none")
    job = replace(job, settings=nightly(job.settings))
    job.home.create()
    with alone(job.home, clock):
        check_room(job)
        check_tasks(job)
        check_consent(job, wishes.teacher)
        night = begin(job, clock, wishes)
        folder = job.home.run(night.name)
        with _limited(job, wishes.max_minutes) as (limited, in_time), _forgetting(job, night):

            def check(stage: str) -> None:
                if stage not in _LAST:
                    in_time()
                if not (folder / BEGUN).exists():
                    raise _forgotten()

            return _go_through(limited, night, Journal(folder, job.watcher, check), wishes)


def _go_through(job: Job, night: Night, journal: Journal, wishes: Wishes) -> Morning | None:
    agenda = make_agenda(job, night, journal, wishes.teacher)
    if agenda is None:
        close(job.home, night)
        return None
    if waiting := too_few(agenda, night):
        close(job.home, night)
        return Morning(night, len(agenda.remembered), agenda.new, waiting, Evidence(), None)
    name_entries(job.home.run(night.name), agenda.lessons.entries)
    job.audit(agenda.screening, f"sleep:{night.name}")
    _note(job, agenda, journal)
    trained, shown = _try(job, night, agenda, journal)
    verdict, version = judge(shown), None
    decision = decided(verdict)
    with journal.stage("gate") as counts:
        counts["outcome"] = verdict.outcome
    if trained and verdict.outcome == "accept" and wishes.promote:
        with journal.stage("promote"):
            version = promote(job, night, agenda, trained, shown, decision, wishes.tag)
    record(job.home, night, shown, decision, version)
    _tidy(job, night, journal)
    return Morning(night, len(agenda.remembered), agenda.new, verdict, shown, version)


def _note(job: Job, agenda: Agenda, journal: Journal) -> None:
    """Write down where entries go, and let what was said be found, before anything long begins."""
    with journal.stage("index") as counts, Database.open(job.home.database) as database:
        record_routes(database, agenda.selected.routed)
        counts["chunks"] = MemoryIndex(database, load_embedder(job.settings.recall)).refresh()


def _tidy(job: Job, night: Night, journal: Journal) -> None:
    """What is needed no more goes; whatever fails here, the night is over."""
    try:
        with journal.stage("tidy") as counts:
            close_run(job.home.run(night.name))
            counts["pruned"] = len(prune(job.home, job.settings.sleep.keep))
            catch_up(job.home)
    except (EngramError, OSError) as error:
        job.watcher.note(f"The night is over, and was not tidied up; the next one does it: {error}")


def _try(job: Job, night: Night, agenda: Agenda, journal: Journal) -> tuple[Trained | None, Evidence]:
    """Tonight's candidate and how it did. A training whose loss broke twice is a candidate that is none."""
    if night.rival:  # else it would be found out only after the training
        find_version(job.home, job.base, night.rival)
    try:
        trained = _train(job, night, agenda, journal)
    except Diverged as error:
        return None, Evidence(problems=(str(error),), rebuild=night.rebuild, tries=night.tries)
    return trained, examine(job, night, make_exam(job, agenda.lessons, agenda.remembered), trained, journal)


def _train(job: Job, night: Night, agenda: Agenda, journal: Journal) -> Trained:
    """Train, or go on training; a night that already has its adapter trains one step no more."""
    lessons = agenda.lessons.lessons
    rows, folder = (lessons.train, lessons.valid), job.home.run(night.name)
    rule = as_long_as(len(agenda.remembered))
    wordings = Shape.of(len(agenda.remembered), job.settings.data).wordings
    kept = kept_questions(agenda.remembered, job.base, wordings)
    prepare = partial(prepare_run, rule=rule, replayed=kept)
    with journal.stage("train", digest=lessons.digest) as counts:
        try:
            run = prepare(job, *rows, night.name, (folder / "plan.json").exists())
        except LessonError:
            raise
        except UsageError as error:
            job.watcher.note(f"Training begins anew: {error.message}")
            (folder / "plan.json").unlink(missing_ok=True)
            close_run(folder)
            run = prepare(job, *rows, night.name)
        with job.resumable(night.name):
            trained = run_training(job, run)
        result = trained.result
        speed = round(result.tokens / result.seconds) if result.seconds else 0
        counts |= {"steps": result.steps, "tokens": result.tokens, "tokens_per_second": speed}
    return trained


@contextmanager
def _forgetting(job: Job, night: Night) -> Iterator[None]:
    """Inside, what fails because something was forgotten, and with it the night's folder, says so."""
    try:
        yield
    except (EngramError, OSError) as error:
        if (job.home.run(night.name) / BEGUN).exists():
            raise
        close(job.home, night)  # whatever was written since
        raise _forgotten() from error


def _forgotten() -> AdapterError:
    return AdapterError(
        "Something that tonight's adapter was trained on was forgotten meanwhile; nothing of it is kept.",
        "Sleep again.",
    )


@contextmanager
def _limited(job: Job, minutes: float | None) -> Iterator[tuple[Job, Callable[[], None]]]:
    """The job as it asks for a stop when the time is up, and a check for the time between stages."""
    end = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    told = replace(job, go_on=lambda name: "To go on from there: engram sleep.")

    @contextmanager
    def stop_requests() -> Iterator[Callable[[], bool]]:
        with job.stop_requests() as asked:
            yield lambda: asked() or time.monotonic() > end

    def check() -> None:
        if time.monotonic() > end:
            raise Interrupted(f"The {minutes:g} minutes of this night are over.", told.go_on(""))

    yield replace(told, stop_requests=stop_requests), check
