"""Who writes more questions for memories, as the setting `sleep.augment` says: rules, the model, a teacher.

What a model or a teacher wrote is kept in the night's folder, which names the entries behind it first, so
that a broken-off night does not ask again and forgetting finds it. Not here: what is asked, and what of the
answers is taken (augment.py).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from engram.answer.answerer import Answerer
from engram.errors import UsageError
from engram.job import Job
from engram.lessons.screening import Screening
from engram.sleep.augment import Ask, Augmented, asker, augment
from engram.sleep.journal import Journal, digest
from engram.sleep.memories import Memory
from engram.store.derived import name_entries
from engram.synth.client import Client
from engram.synth.presets import endpoint_of

NOBODY = Augmented((), {})


def augmented(
    job: Job, remembered: Sequence[Memory], screening: Screening, journal: Journal, teacher: bool
) -> Augmented:
    """More questions for these memories; where the teacher may not be asked (`teacher`), rules write them.
    Raises ModelError, TeacherError, UsageError, StorageError."""
    way = job.settings.sleep.augment
    if way == "teacher" and not teacher:
        job.watcher.note("The teacher was not asked: rules alone reworded what is counted here.")
        way = "rules"
    if way == "none":
        return NOBODY
    ask = None
    if way != "rules":
        name_entries(journal.folder, (entry for memory in remembered for entry in memory.entries))
        ask = _kept(_writer(job), journal, remembered)
    return augment(remembered, way, ask, lambda text: screening.text(text))


def _writer(job: Job) -> Ask:
    """The base model, or the teacher of the settings."""
    if job.settings.sleep.augment == "model":
        return asker(Answerer(job.load()))
    settings = job.settings.teacher
    endpoint = endpoint_of(settings, os.environ)
    if endpoint is None:
        raise UsageError(
            "sleep.augment is teacher, and no teacher is named.",
            "Set teacher in the section [teacher], or augment to rules.",
        )
    job.watcher.note(f"To {urlsplit(endpoint.url).hostname}: your new and old memories, to be reworded.")
    return Client(endpoint, timeout=settings.timeout, max_tokens=settings.max_tokens).ask


def _kept(ask: Ask, journal: Journal, remembered: Sequence[Memory]) -> Ask:
    """Answers that were given once in this night are not asked for again."""

    def asked(prompts: Sequence[str]) -> list[str]:
        inputs = {"prompts": digest({"prompts": list(prompts)}), "memories": [asdict(m) for m in remembered]}
        answers: list[str] = journal.once("augmented", inputs, lambda: list(ask(prompts)))
        return answers

    return asked
