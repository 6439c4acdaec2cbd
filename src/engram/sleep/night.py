"""One night as a story: collect what was said, teach all of it, examine the result, and decide who serves.

What is learned is a function of the ledger up to the entry that was last when the night began. So a night
that was broken off goes on from its run folder and ends with the same adapter; checkpoints lie there until it
is over. Whatever happens, the adapter in service stays until the verdict is in. Not here: the decision
(gate.py), the terminal (cli).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engram.disk import to_json, write_file
from engram.errors import AdapterError, SettingsError
from engram.home import Home
from engram.job import Job, Trained, close_run, prepare_run, run_training
from engram.lessons.leaks import check_leaks
from engram.measure.measurement import finite
from engram.measure.probes import Probe
from engram.sleep.curriculum import Curriculum, curriculum
from engram.sleep.evidence import Evidence
from engram.sleep.exam import Answered, NightExam, evidence, make_exam, problems_of, take, take_base
from engram.sleep.gate import Check, GateRules, GateVerdict, judge
from engram.sleep.memories import Memory, memories, screened
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.derived import name_entries
from engram.store.ledger import Clock, Ledger, now
from engram.store.provenance import entries_of, record_entries
from engram.training.publish import publish_adapter
from engram.training.versions import find_version, publish_version

BEGUN, VERDICT = "night.json", "verdict.json"
PREFIX = "night-"


@dataclass(frozen=True, slots=True)
class Night:
    """What one night is about. `through` is the last entry that it looks at, `service` the adapter in
    service when it began ("" for the bare base)."""

    name: str
    through: int
    service: str
    base: str


@dataclass(frozen=True, slots=True)
class Morning:
    """What came of it. `version` is the new adapter where one was accepted; `learned` counts memories."""

    night: Night
    learned: int
    new: int
    verdict: GateVerdict
    evidence: Evidence
    version: str | None


def sleep(job: Job, promote: bool = True, clock: Clock = now) -> Morning | None:
    """Sleep one night, or go on with one that was broken off; None where there is nothing to learn.

    Raises TrainingError, LeakFound, StorageError, AdapterError; then what was in service still is.
    """
    job.home.create()
    job.watcher.stage("Collect")
    night = _begin(job, clock)
    remembered, taught = collect(job.home, night)
    screening = job.screening()
    remembered = screened(remembered, screening)
    if not remembered:
        close(job.home, night)
        return None
    lessons = curriculum(remembered, taught, job.settings.data)
    if waiting := too_few(lessons):
        close(job.home, night)
        return Morning(night, len(remembered), _facts(lessons.new), waiting, Evidence(), None)
    name_entries(job.home.run(night.name), lessons.entries)
    check_leaks(lessons.lessons.train, (*lessons.lessons.valid, *lessons.lessons.test))
    job.audit(screening, f"sleep:{night.name}")
    trained = _train(job, night, lessons)
    exam = make_exam(job, lessons)
    shown = _examine(job, night, exam, trained)
    verdict = judge(shown)
    job.watcher.stage("Decide")
    version = None
    if verdict.outcome == "accept" and promote:
        version = _promote(job, lessons, trained, shown, verdict)
    _record(job.home, night, shown, verdict, version)
    close_run(trained.run)
    return Morning(night, len(remembered), _facts(exam.new), verdict, shown, version)


def too_few(lessons: Curriculum, rules: GateRules | None = None) -> GateVerdict | None:
    """The verdict where no training could bring enough evidence; None where there is enough to ask about."""
    facts, needed = _facts(lessons.new), (rules or GateRules()).facts
    if facts >= needed:
        return None
    sentence = f"{facts} of {needed} new memories so far: too few to tell whether they were learned."
    return GateVerdict("not_enough_evidence", (Check("gain", "cannot tell", sentence),))


def _facts(probes: Sequence[Probe]) -> int:
    """How many memories are asked about."""
    return len({probe.cluster for probe in probes})


def collect(home: Home, night: Night) -> tuple[list[Memory], list[int]]:
    """All that can be learned, and the entries that the adapter in service was taught."""
    with Database.open(home.database) as database:
        entries = [entry for entry in Ledger(database).entries() if entry.id <= night.through]
        taught = entries_of(database, night.service) if night.service else []
    return memories(entries), taught


def nights(home: Home) -> list[Path]:
    """The folders of all nights, oldest first."""
    found = [file.parent for file in home.runs.glob(f"{PREFIX}*/{BEGUN}")]
    return sorted(found, key=lambda folder: (folder.name.split("-")[1], len(folder.name), folder.name))


def close(home: Home, night: Night) -> None:
    """A night that came to nothing leaves nothing."""
    shutil.rmtree(home.run(night.name), ignore_errors=True)


def _begin(job: Job, clock: Clock) -> Night:
    """The night that was broken off, if it was about this base and this adapter; else a new one."""
    with Database.open(job.home.database) as database:
        in_service = AdapterVersions(database).in_service(job.base.id)
        ((through,),) = database.rows("SELECT entries FROM ledger_head")
    service = in_service.name if in_service else ""
    for folder in nights(job.home):
        if not (folder / VERDICT).exists():
            night = _read(folder)
            if night and (night.service, night.base) == (service, job.base.revision):
                return night
            shutil.rmtree(folder)
    night = Night(_name(job.home, clock), through, service, job.base.revision)
    job.home.run(night.name).mkdir(mode=0o700)
    write_file(job.home.run(night.name) / BEGUN, to_json(asdict(night)))
    return night


def _read(folder: Path) -> Night | None:
    try:
        return Night(**json.loads((folder / BEGUN).read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _name(home: Home, clock: Clock) -> str:
    day = f"{PREFIX}{clock().astimezone():%Y%m%d}"
    number = 1
    while home.run(f"{day}-{number}").exists():
        number += 1
    return f"{day}-{number}"


def _train(job: Job, night: Night, lessons: Curriculum) -> Trained:
    """Train, or go on training; a night that already has its adapter trains one step no more."""
    rows = lessons.lessons.train, lessons.lessons.valid
    folder = job.home.run(night.name)
    try:
        run = prepare_run(job, *rows, night.name, resume=(folder / "plan.json").exists())
    except SettingsError as error:
        job.watcher.note(f"Training begins anew: {error.message}")
        (folder / "plan.json").unlink()
        close_run(folder)
        run = prepare_run(job, *rows, night.name)
    with job.resumable(night.name):
        return run_training(job, run)


def _examine(job: Job, night: Night, exam: NightExam, trained: Trained) -> Evidence:
    if problems := problems_of(trained.weights):
        nothing = Answered({}, float("nan"))
        empty = NightExam((), (), (), (), ())
        return evidence(empty, nothing, nothing, nothing, nothing, problems)
    base = _watched(job, "Base", len(exam.skills), lambda told: take_base(job, exam, told))
    folder = find_version(job.home, job.base, night.service) if night.service else None
    before = _watched(
        job, "Before", len(exam.probes), lambda told: take(job, exam, exam.probes, folder, told)
    )
    again = take(job, exam, exam.again, folder, lambda done: None)
    staged = trained.run / "adapter"
    shutil.rmtree(staged, ignore_errors=True)
    publish_adapter(trained.weights, {"staged": True}, staged)
    after = _watched(job, "After", len(exam.probes), lambda told: take(job, exam, exam.probes, staged, told))
    shutil.rmtree(staged)
    return evidence(exam, base, before, again, after)


def _watched(job: Job, stage: str, total: int, run: Callable[[Callable[[int], None]], Answered]) -> Answered:
    job.watcher.stage(stage)
    return run(lambda done: job.watcher.update(done, total, "answers"))


def _promote(job: Job, lessons: Curriculum, trained: Trained, shown: Evidence, verdict: GateVerdict) -> str:
    """A version with all that was decided by, and then the pointer to it."""
    _check_there(job.home, lessons)
    provenance = {
        "entries": list(lessons.entries),
        "train_settings": job.settings.train.model_dump(mode="json"),
        "computing": job.computing(),
        "steps": trained.result.steps,
        "verdict": verdict.outcome,
        **trained.certificate,
    }
    beside = {"evidence.json": to_json(_plain(shown)), "verdict.json": to_json(_plain(verdict))}
    version = publish_version(job.home, job.base, trained.weights, provenance, beside)
    with Database.open(job.home.database) as database:
        record_entries(database, version.name, lessons.entries)
        AdapterVersions(database).use(version.name)
    return version.name


def _check_there(home: Home, lessons: Curriculum) -> None:
    """Raises AdapterError where something was forgotten while it was trained on."""
    with Database.open(home.database) as database:
        there = {entry.id for entry in Ledger(database).entries()}
    if not there.issuperset(lessons.entries):
        raise AdapterError(
            "Something that tonight's adapter was trained on was forgotten meanwhile; it is not kept.",
            "Sleep again.",
        )


def _record(home: Home, night: Night, shown: Evidence, verdict: GateVerdict, version: str | None) -> None:
    """The bundle by which the decision can be judged again, and the verdict, which ends the night."""
    folder = home.run(night.name)
    write_file(folder / "evidence.json", to_json(_plain(shown)))
    write_file(folder / VERDICT, to_json({**_plain(verdict), "version": version}))


def _plain(value: Any) -> Mapping[str, Any]:
    """As JSON values; losses that are no number become None."""
    found: dict[str, Any] = finite(asdict(value))
    return found
