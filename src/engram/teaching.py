"""The main job as a story: lessons, a baseline, training, the same exam again, a comparison, a version.

Everything it does stands in other rooms; here is only the order. Not here: putting the new version in service
(`engram adapters use`), printing, or choosing backend and base (both are handed in).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from engram.answer.answerer import Answerer
from engram.answer.exact import ExactMemory
from engram.disk import disk_errors
from engram.errors import AdapterError, UsageError
from engram.job import Job, Trained, close_run, name_run, prepare_run, run_training
from engram.lessons.build import Lessons
from engram.lessons.dataset import cached_lessons
from engram.lessons.leaks import check_leaks
from engram.lessons.reader import shipped_sets
from engram.lessons.rows import Row
from engram.measure.advice import advice, seen
from engram.measure.asking import readable
from engram.measure.comparison import Comparison, compare
from engram.measure.html import render_html
from engram.measure.measurement import Measurement, measure
from engram.measure.probes import Probe, load_suite, load_texts, overlap, probes_from_rows, subset
from engram.measure.record import comparison_json
from engram.measure.writer import WAY_OUT, write_outputs
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.training.publish import publish_adapter
from engram.training.state import TrainResult
from engram.training.versions import publish_version, verify_version

SMALLEST_REPORT = 100_000
"""Bytes that there must be room for before it is worth starting."""


@dataclass(frozen=True, slots=True)
class Exam:
    """What both sides are asked: probes of all four splits, texts for perplexity; `notes` for a reader."""

    probes: tuple[Probe, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taught:
    """Everything that `teach` made."""

    comparison: Comparison
    version: AdapterVersion
    out: Path
    result: TrainResult
    notes: tuple[str, ...]


def teach(
    job: Job, files: Sequence[Path], out: Path, run_id: str | None = None, resume: bool = False
) -> Taught:
    """Teach the patterns in `files` to the base, measure what it learned, and report in `out`.

    Raises LessonError, LeakFound, TrainingError, StorageError; then no version appears, and what was in
    service still is. Whatever can be refused is refused before the baseline is taken.
    """
    job.home.create()
    name = name_run(job.home, run_id, resume)
    check_out(out)
    job.watcher.stage("Lessons")
    lessons = guarded_lessons(job, files, f"teach:{name}")
    check_leaks(lessons.train, (*lessons.valid, *lessons.test))
    exam = make_exam(job, lessons.test, lessons.train)
    run = prepare_run(job, lessons.train, lessons.valid, name, resume)
    with job.resumable(name):
        baseline = take_exam(job, exam, "Before")
        trained = run_training(job, run)
        tuned = take_exam(job, exam, "After", trained)
        comparison = compare(baseline, tuned, describe(job, lessons, trained))
        write_outputs(out, comparison, trained.curve)
        provenance = lineage(job, lessons, trained) | measured(comparison)
        version = publish_version(
            job.home, job.base, trained.weights, provenance, _keepsakes(comparison, trained)
        )
    close_run(trained.run)
    notes = (*exam.notes, *remarks(lessons, trained.result, comparison))
    return Taught(comparison, version, out, trained.result, notes)


def guarded_lessons(job: Job, files: Sequence[Path], place: str) -> Lessons:
    """The lessons of these files after the guard, which writes down what it did on the way to `place`. Our
    own sets are as they are: their numbers and addresses are nobody's."""
    screening = None if are_shipped(files) else job.screening()
    lessons = cached_lessons(files, job.settings.data, job.home.cache / "lessons", screening)
    if screening and place:
        job.audit(screening, place)
    return lessons


def are_shipped(files: Sequence[Path]) -> bool:
    """Whether all of these are sets of ours."""
    return {file.resolve() for file in files} <= {file.resolve() for file in shipped_sets()}


def remarks(lessons: Lessons, result: TrainResult, comparison: Comparison) -> tuple[str, ...]:
    """What else a person should know: what was left out, how often each pattern was seen, what might help."""
    patterns = len({row.source for row in lessons.train})
    often = seen(patterns, len(lessons.train), result.passes)
    return (*lessons.notes, *result.notes, often, *advice(comparison, patterns))


def check_out(folder: Path) -> None:
    """Raises StorageError if nothing can be written in `folder`, which need not exist; leaves nothing."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    with disk_errors(folder, WAY_OUT), TemporaryFile(dir=nearest) as trial:
        trial.write(bytes(SMALLEST_REPORT))


def make_exam(job: Job, test_rows: Sequence[Row], train_rows: Sequence[Row] = ()) -> Exam:
    """Probes from test rows, a stratified part of the rephrased ones and of the skill suite, or all of them.

    A skill question that is itself being taught measures no retention, and one that the base cannot read
    measures nothing: they are left out, and that is noted.
    """
    suite = load_suite("skills")
    taught = overlap(train_rows, suite)
    skills, notes = readable([probe for probe in suite if probe not in taught], job.base)
    if taught:
        notes = (f"{len(taught)} of the skill questions are taught themselves and were not asked.", *notes)
    measure = job.settings.measure
    taught_probes = probes_from_rows(test_rows)
    rephrased = [probe for probe in taught_probes if probe.split == "rephrased"]
    asked = {probe.id for probe in subset(rephrased, measure.rephrased_items)}
    chosen = [probe for probe in taught_probes if probe.split != "rephrased" or probe.id in asked]
    return Exam((*chosen, *subset(skills, measure.retention_items)), load_texts(), notes)


def readable_exam(job: Job, probes: Sequence[Probe]) -> Exam:
    """What the base can read of these probes. Raises UsageError if that is nothing."""
    asked, notes = readable(probes, job.base)
    for sentence in notes:
        job.watcher.note(sentence)
    if notes and not asked:
        raise UsageError(notes[0], "Measure this base on rows of your own, with --data.")
    return Exam(asked, load_texts(), notes)


def take_exam(job: Job, exam: Exam, stage: str, trained: Trained | None = None) -> Measurement:
    """Measure the bare base, or the base with what was just trained, loaded the way it will be served."""
    if trained is None:
        return examine(job, exam, stage)
    adapter = trained.run / "adapter"
    shutil.rmtree(adapter, ignore_errors=True)
    try:
        publish_adapter(trained.weights, {"staged": True}, adapter)
        return examine(job, exam, stage, adapter, "trained")
    finally:
        shutil.rmtree(adapter, ignore_errors=True)


def examine(
    job: Job,
    exam: Exam,
    stage: str,
    adapter: Path | None = None,
    name: str | None = None,
    exact: ExactMemory | None = None,
) -> Measurement:
    """Measure the base with the adapter in a folder, called `name` in the record, or bare; with an exact
    memory if one is handed in."""
    job.watcher.stage(stage)

    def watch(phase: str, done: int, total: int) -> None:
        job.watcher.update(done, total, phase)

    answerer = Answerer(job.load(adapter), exact=exact)
    return measure(answerer, exam.probes, exam.texts, job.settings.measure, watch, name)


def describe(job: Job, lessons: Lessons, trained: Trained) -> dict[str, Any]:
    """The `config` of comparison.json: how the adapter came about."""
    result = trained.result
    return {
        "base": job.base.id,
        "revision": job.base.revision,
        "backend": job.backend.name,
        "settings": job.settings.model_dump(mode="json"),
        "lessons": {
            "digest": lessons.digest,
            "counts": {split: len(rows) for split, rows in lessons.by_split.items()},
            "notes": list(lessons.notes),
        },
        "training": {
            "steps": result.steps,
            "passes": result.passes,
            "seconds": result.seconds,
            "tokens": result.tokens,
            "stopped_because": result.stopped_because,
            "first_valid_loss": result.first_valid_loss,
            "last_valid_loss": result.last_valid_loss,
            "notes": list(result.notes),
        },
    }


def lineage(job: Job, lessons: Lessons, trained: Trained) -> dict[str, Any]:
    """What manifest.json says of where a version comes from, besides its base."""
    return {
        "lessons": lessons.digest,
        "sources": sorted({row.source for row in lessons.train}),
        **_lessons_settings(job),
        "computing": job.computing(),
        "steps": trained.result.steps,
        **trained.certificate,
    }


def _lessons_settings(job: Job) -> dict[str, Any]:
    """The settings that decide what is learned from given rows. Where it is computed is not among them."""
    model = job.settings.model
    return {
        "train_settings": job.settings.train.model_dump(mode="json"),
        "model_settings": {
            "dtype": model.dtype,
            "load_in_4bit": model.load_in_4bit,
            "template": job.base.template,
        },
    }


def measured(comparison: Comparison) -> dict[str, Any]:
    """What manifest.json says of how a version did."""
    return {
        "splits": {name: change.to_json() if change else None for name, change in comparison.splits.items()}
    }


def _keepsakes(comparison: Comparison, trained: Trained) -> Mapping[str, bytes]:
    report = json.dumps(comparison_json(comparison), ensure_ascii=False, allow_nan=False)
    return {"report.json": report.encode(), "report.html": render_html(comparison, trained.curve).encode()}


@dataclass(frozen=True, slots=True)
class Lesson:
    """A version that was taught earlier, with the comparison that was made then (as JSON values)."""

    version: AdapterVersion
    folder: Path
    report: Mapping[str, Any]


def find_taught(job: Job, files: Sequence[Path]) -> Lesson | None:
    """The newest whole version that was taught exactly these patterns with exactly these settings, if any."""
    if not job.home.database.exists():
        return None
    lessons = guarded_lessons(job, files, "")
    wanted = {"lessons": lessons.digest, **_lessons_settings(job)}
    with Database.open(job.home.database) as database:
        versions = AdapterVersions(database).list_versions(job.base.id)
    for version in reversed(versions):
        folder = job.home.adapter(version.name)
        try:
            manifest = verify_version(job.home, version)
        except AdapterError:
            continue
        same = {key: manifest.get(key) for key in wanted} == wanted
        if same and "report.json" in manifest["files"] and version.base_revision == job.base.revision:
            return Lesson(version, folder, json.loads((folder / "report.json").read_bytes()))
    return None
