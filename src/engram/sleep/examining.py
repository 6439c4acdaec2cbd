"""The exam of a night put to base, adapter in service and candidate, each asked once even if the night is
broken off: what was answered is kept in the journal.

Not here: the questions (exam.py), or what follows from the answers (gate.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from engram.answer.answerer import Answerer
from engram.job import Job, Trained
from engram.measure.harness import Task, ask_harness, read_tasks, task_digest
from engram.sleep.evidence import Evidence
from engram.sleep.exam import (
    Answered,
    NightExam,
    evidence,
    keep_skills,
    problems_of,
    take,
    take_skills,
    what_counts,
)
from engram.sleep.journal import Journal
from engram.sleep.nights import Night
from engram.sleep.questions import Question
from engram.training.publish import publish_adapter
from engram.training.versions import find_version


def examine(job: Job, night: Night, exam: NightExam, trained: Trained, journal: Journal) -> Evidence:
    """All that the gate is shown. Raises what loading and answering raise."""
    if problems := problems_of(trained.weights):
        return Evidence(problems=tuple(problems), rebuild=night.rebuild, tries=night.tries)
    with journal.stage("measure") as counts:
        counts["answers"] = len(exam.memories) + len(exam.again) + len(exam.all)
        asked = len(exam.standing.all)
        base = _watched(job, "Base", asked, lambda told: take_skills(job, exam, None, told))
        folder = find_version(job.home, job.base, night.rival) if night.rival else None
        serving = base
        if folder:
            serving = _watched(job, "Serving", asked, lambda told: take_skills(job, exam, folder, told))
        ask = _Asking(job, exam, journal)
        before = ask("before", exam.memories, folder, night.rival)
        before = Answered({**serving.right, **before.right}, serving.loss)
        again = ask("again", exam.again, folder, night.rival)
        staged = trained.run / "adapter"
        shutil.rmtree(staged, ignore_errors=True)
        digest = publish_adapter(trained.weights, {"staged": True}, staged)
        after = ask("after", exam.all, staged, digest)
        keep_skills(job, exam, staged, after)
        lost = _tasks_lost(job, journal, (folder, night.rival), (staged, digest))
        shutil.rmtree(staged)
    shown = evidence(exam, base, before, again, after, night.rebuild, night.tries)
    return replace(shown, harness_lost=lost)


def _tasks_lost(job: Job, journal: Journal, *sides: tuple[Path | None, str]) -> int:
    """How many of the user's own tasks the second side fails and the first does not; 0 where there are none.
    Raises LessonError where their file cannot be read."""
    if not job.settings.sleep.harness:
        return 0
    tasks = read_tasks(Path(job.settings.sleep.harness).expanduser())
    counts = {"tasks": task_digest(tasks), "base": job.base.revision, **job.computing()}
    done = []
    for name, (adapter, digest) in zip(("tasks-before", "tasks-after"), sides, strict=True):
        ask = partial(_ask_tasks, job, tasks, adapter)
        done.append(journal.once(name, {**counts, "adapter": digest}, ask))
    before, after = done
    return sum(before[task] and not after[task] for task in before)


def _ask_tasks(job: Job, tasks: Sequence[Task], adapter: Path | None) -> dict[str, bool]:
    job.watcher.stage("Own tasks")
    return dict(ask_harness(Answerer(job.load(adapter)), tasks))


class _Asking:
    """The exam put to one model after the other; what was answered is kept in the journal."""

    def __init__(self, job: Job, exam: NightExam, journal: Journal) -> None:
        self._job, self._exam, self._journal = job, exam, journal

    def __call__(self, name: str, probes: Sequence[Question], adapter: Path | None, digest: str) -> Answered:
        def make() -> object:
            return _watched(
                self._job,
                name.capitalize(),
                len(probes),
                lambda told: take(self._job, self._exam, probes, adapter, told),
            ).to_json()

        inputs = {**what_counts(self._job, probes), "adapter": digest}
        return Answered.from_json(self._journal.once(name, inputs, make))


def _watched(job: Job, stage: str, total: int, run: Callable[[Callable[[int], None]], Answered]) -> Answered:
    job.watcher.stage(stage)
    return run(lambda done: job.watcher.update(done, total, "answers"))
