"""A training run rehearsed: all that can be refused is refused now, and what it would take is estimated.

Nothing is written but the measured costs of this machine, into the cache of a home that exists. Not here:
the arithmetic (training/estimate.py), the trial steps (training/calibration.py), or printing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engram.disk import to_json, write_file
from engram.errors import EngramError, StorageError
from engram.job import Job, check_run, identify_run, name_run, training_set
from engram.lessons.build import build_lessons
from engram.lessons.leaks import check_leaks
from engram.lessons.reader import read_patterns
from engram.lessons.rows import Row
from engram.lessons.screening import screen_lessons
from engram.machine import available_memory, cpu_name, is_busy, usable_cores, versions
from engram.teaching import are_shipped, check_out, make_exam
from engram.training.calibration import SHAPES, calibration_from_json
from engram.training.checkpoint import RunFolder
from engram.training.estimate import Calibration, Estimate, estimate, fit_costs, keeping_of
from engram.training.setup import train_spec
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule
from engram.training.workload import RunWork, count_run

Measure = Callable[[Job], Calibration]
FRESH_SECONDS = 15 * 60
"""So long measured costs are used: a machine's speed changes by a third within the hour, with heat and with
what else it does, and trial steps take half a minute."""
_LIBRARIES = ("torch", "transformers", "peft", "mlx", "mlx-lm", "numpy")
_NO_COST = ("iters", "epochs", "batch_size", "grad_accumulation_steps", "learning_rate", "warmup", "seed")


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run that nothing speaks against, and what it would take. `computing` says on what; `notes` what else
    a person should know; `free_bytes` of disk."""

    name: str
    taught: int
    validating: int
    replayed: int
    longest: int
    work: RunWork
    estimate: Estimate
    computing: dict[str, str]
    free_bytes: int
    notes: tuple[str, ...]


def plan_run(
    job: Job,
    train_rows: Sequence[Row],
    valid_rows: Sequence[Row],
    name: str,
    resume: bool,
    measure: Measure,
    cost: Calibration | None = None,
) -> PlannedRun:
    """Check everything that a run is checked for before its first step, and estimate it.

    `measure` takes trial steps, if this machine's costs are not known yet. Raises what the run would raise:
    UsageError, LessonError, SettingsError, ModelError, OutOfMemory, StorageError.
    """
    check_out(job.home.root)
    check_run(job.home, name, resume)
    began, rule, settings = time.perf_counter(), AutoRule(), job.settings.train
    data = training_set(job, train_rows, valid_rows)
    gathering = time.perf_counter() - began
    if resume:
        RunFolder.resume(job.home.run(name), identify_run(job, data, rule))  # reads, and compares
    calibration = cost or known_costs(job, measure)
    computing = job.computing()
    keeping = keeping_of(job.base.config, settings, computing["backend"], computing["dtype"])
    costs = fit_costs(calibration, keeping)
    work = count_run(data, settings, rule, costs.grouped)
    figures = estimate(work, calibration, costs, keeping, settings.save_every, gathering)
    free = _check_room(job.home.root, figures)
    return _planned(job, name, data, work, figures, free, _notes(job, work, figures, resume))


def plan_teach(
    job: Job, files: Sequence[Path], out: Path, run_id: str | None, resume: bool, measure: Measure
) -> PlannedRun:
    """The same for `teach`, whose lessons and exam are checked as well; the exam's time is not estimated.

    Raises what `plan_run` raises, and LeakFound.
    """
    name = name_run(job.home, run_id, resume)
    check_out(out)
    lessons = build_lessons(read_patterns(files), job.settings.data)
    if not are_shipped(files):
        lessons = screen_lessons(lessons, job.screening())
    check_leaks(lessons.train, (*lessons.valid, *lessons.test))
    exam = make_exam(job, lessons.test, lessons.train)
    plan = plan_run(job, lessons.train, lessons.valid, name, resume, measure)
    asked = f"Not included: the exam of {len(exam.probes):,} questions, before and after training."
    return replace(plan, notes=(*lessons.notes, *exam.notes, *plan.notes, asked))


def _planned(
    job: Job,
    name: str,
    data: TrainingSet,
    work: RunWork,
    figures: Estimate,
    free_bytes: int,
    notes: tuple[str, ...],
) -> PlannedRun:
    return PlannedRun(
        name=name,
        taught=len(data.train),
        validating=len(data.valid),
        replayed=len(data.replay),
        longest=max(len(row.ids) for row in data.train),
        work=work,
        estimate=figures,
        computing=job.computing(),
        free_bytes=free_bytes,
        notes=notes,
    )


def known_costs(job: Job, measure: Measure) -> Calibration:
    """This machine's costs for this model and adapter: from the home's cache, or measured now.

    They are kept only where there is a home, and not when the machine was busy with something else.
    """
    file = job.home.cache / "costs" / f"{costs_digest(job)}.json"
    with contextlib.suppress(OSError, ValueError, EngramError):
        if time.time() - file.stat().st_mtime < FRESH_SECONDS:
            return calibration_from_json(json.loads(file.read_bytes()))
    if busy := is_busy():
        job.watcher.note("This machine is busy with something else: the times may be far off.")
    job.watcher.stage("Trial steps")
    calibration = measure(job)
    if job.home.root.is_dir() and not busy:
        with contextlib.suppress(OSError, StorageError):  # then they are measured again next time
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(file, to_json(asdict(calibration)))
    return calibration


def costs_digest(job: Job) -> str:
    """What measured costs depend on: machine, libraries, model, and the settings that shape a step."""
    train = job.settings.train.model_dump(mode="json")
    spec = asdict(train_spec(job.settings.train))
    parts: dict[str, Any] = {
        "shapes": [asdict(shape) for shape in SHAPES],
        "machine": [cpu_name(), usable_cores(), os.environ.get("OMP_NUM_THREADS", "")],
        "libraries": versions(_LIBRARIES),
        "computing": job.computing(),
        "base": job.base.revision,
        "adapter": {key: value for key, value in spec.items() if key not in _NO_COST},
        "replays": train["replay"] > 0,
    }
    return hashlib.sha256(to_json(parts)).hexdigest()[:32]


def _check_room(place: Path, figures: Estimate) -> int:
    """Bytes free where the home lies, or will. Raises StorageError when the run needs more."""
    nearest = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    if free < figures.disk_bytes:
        raise StorageError(
            f"The run would need {figures.disk_bytes / 1e9:.2f} GB of disk, and {free / 1e9:.2f} GB are free "
            f"at {place}.",
            "Free some space, or choose another --home.",
        )
    return free


def _notes(job: Job, work: RunWork, figures: Estimate, resume: bool) -> tuple[str, ...]:
    notes = []
    if work.at_most:
        notes.append("With --iters auto a run ends earlier when nothing improves; these are upper bounds.")
    if job.settings.train.memory == "engram":
        notes.append("Times are a LoRA adapter's: a memory module takes less, as it changes the last block.")
    if resume:
        notes.append("The figures are those of the whole run, the part that is done included.")
    free, on_cpu = available_memory(), job.computing()["device"] == "cpu"
    if on_cpu and free is not None and figures.memory_bytes is not None and figures.memory_bytes > free:
        notes.append(
            f"Only {free / 1e9:.1f} GB of memory are available now: lower --batch-size or --max-seq-length, "
            "raise --grad-accumulation-steps, or close something."
        )
    if figures.memory_bytes is None:
        notes.append("The memory is not known: this backend does not say what it uses.")
    return tuple(notes)
