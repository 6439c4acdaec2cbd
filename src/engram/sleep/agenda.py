"""What a night is about: from the ledger, up to where it was when the night began, to rows and questions.

Everything here is a function of the ledger and the settings, so it is made anew whenever it is needed, also
after a kill, and lies nowhere that forgetting would not reach. `--dry-run` ends here. Not here: what is a
memory (memories.py), what goes where (route.py), or training.
"""

from __future__ import annotations

from dataclasses import dataclass

from engram.home import Home
from engram.job import Job
from engram.lessons.leaks import check_leaks
from engram.lessons.screening import Screening
from engram.sleep.curriculum import Curriculum, curriculum
from engram.sleep.gate import Check, GateRules, GateVerdict
from engram.sleep.journal import Journal
from engram.sleep.memories import Memory, screened
from engram.sleep.nights import Night
from engram.sleep.rewording import augmented
from engram.sleep.selecting import Selected, select
from engram.store.database import Database
from engram.store.entries import Entry
from engram.store.ledger import Ledger
from engram.store.provenance import entries_of
from engram.store.routes import corrections, count_routes
from engram.store.unflagging import allowed


@dataclass(frozen=True, slots=True)
class Agenda:
    """All memories that may be trained, those of them that what it is compared with was not taught
    (`fresh`),
    and what is taught and asked of them; `screening` has what the guard did to them,
    and `selected` where every entry goes."""

    remembered: tuple[Memory, ...]
    fresh: tuple[Memory, ...]
    lessons: Curriculum
    screening: Screening
    selected: Selected

    @property
    def new(self) -> int:
        """How many new memories are asked about."""
        return len({probe.cluster for probe in self.lessons.new})


def make_agenda(job: Job, night: Night, journal: Journal, teacher: bool = False) -> Agenda | None:
    """What is to be learned; None where there is nothing. `teacher`: the one of the settings may be asked.
    Raises LeakFound, LessonError, StorageError."""
    with journal.stage("collect", through=night.through) as counts:
        entries, taught = collect(job.home, night)
        counts |= {"entries": len(entries)}
    with Database.open(job.home.database) as database:
        corrected, unflagged = corrections(database), allowed(database)
    with journal.stage("route", through=night.through, corrected=corrected) as counts:
        selected = select(entries, corrected)
        counts |= dict(count_routes(selected.routed)) | dict(selected.left_out)
    screening = job.screening()
    with journal.stage("filter", through=night.through, rules=screening.id) as counts:
        remembered = screened(selected.memories, screening, unflagged)
        counts |= {"memories": len(remembered)}
    if not remembered:
        return None
    with journal.stage("augment", through=night.through, way=job.settings.sleep.augment) as counts:
        variants = augmented(job, remembered, screening, journal, teacher)
        counts |= {"variants": len(variants.variants), **variants.refused}
    with journal.stage("build", through=night.through, rules=screening.id, taught=taught) as counts:
        lessons = curriculum(remembered, taught, job.settings.data, variants.variants)
        counts |= {"rows": len(lessons.lessons.train), "questions": len(lessons.new) + len(lessons.old)}
    with journal.stage("leak check", digest=lessons.lessons.digest):
        check_leaks(lessons.lessons.train, (*lessons.lessons.valid, *lessons.lessons.test))
    fresh = tuple(memory for memory in remembered if not set(memory.entries) <= set(taught))
    return Agenda(tuple(remembered), fresh, lessons, screening, selected)


def collect(home: Home, night: Night) -> tuple[list[Entry], list[int]]:
    """All entries that the night looks at, and those that the adapter which it is compared with
    was taught."""
    with Database.open(home.database) as database:
        entries = [entry for entry in Ledger(database).entries() if entry.id <= night.through]
        taught = entries_of(database, night.rival) if night.rival else []
    return entries, taught


def too_few(agenda: Agenda, night: Night, rules: GateRules | None = None) -> GateVerdict | None:
    """The verdict where no training could bring enough evidence; None where there is enough to ask about."""
    needed = (rules or GateRules()).facts
    if night.rebuild or agenda.new >= needed:
        return None
    sentence = f"{agenda.new} of {needed} new memories so far: too few to tell whether they were learned."
    return GateVerdict("not_enough_evidence", (Check("gain", "cannot tell", sentence),))
