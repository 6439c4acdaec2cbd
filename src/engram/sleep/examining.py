"""The exam of a night put to base, adapter in service and candidate, each asked once even if the night is
broken off: what was answered is kept in the journal.

Not here: the questions (exam.py), or what follows from the answers (gate.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from engram.job import Job, Trained
from engram.measure.probes import Probe
from engram.sleep.evidence import Evidence
from engram.sleep.exam import Answered, NightExam, evidence, problems_of, take, take_base, what_counts
from engram.sleep.journal import Journal
from engram.sleep.nights import Night
from engram.training.publish import publish_adapter
from engram.training.versions import find_version


def examine(job: Job, night: Night, exam: NightExam, trained: Trained, journal: Journal) -> Evidence:
    """All that the gate is shown. Raises what loading and answering raise."""
    if problems := problems_of(trained.weights):
        return Evidence(problems=tuple(problems), rebuild=night.rebuild, tries=night.tries)
    with journal.stage("measure") as counts:
        counts["answers"] = 2 * len(exam.probes) + len(exam.again)
        base = _watched(job, "Base", len(exam.skills), lambda told: take_base(job, exam, told))
        folder = find_version(job.home, job.base, night.service) if night.service else None
        ask = _Asking(job, exam, journal)
        before = ask("before", exam.probes, folder, night.service)
        again = ask("again", exam.again, folder, night.service)
        staged = trained.run / "adapter"
        shutil.rmtree(staged, ignore_errors=True)
        digest = publish_adapter(trained.weights, {"staged": True}, staged)
        after = ask("after", exam.probes, staged, digest)
        shutil.rmtree(staged)
    return evidence(exam, base, before, again, after, night.rebuild, night.tries)


class _Asking:
    """The exam put to one model after the other; what was answered is kept in the journal."""

    def __init__(self, job: Job, exam: NightExam, journal: Journal) -> None:
        self._job, self._exam, self._journal = job, exam, journal

    def __call__(self, name: str, probes: tuple[Probe, ...], adapter: Path | None, digest: str) -> Answered:
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
