"""The whole loop on a model of the user's choice: a made-up day, one night, and the morning after.

It happens in a home of its own that is gone afterwards, so the result holds nothing of the user's and can be
shown to anybody. Not here: the days (made_up_days.py), or printing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engram import __version__
from engram.answer.answerer import Answerer
from engram.answer.embedders import load_embedder
from engram.answer.recall import Recall
from engram.config import Settings
from engram.home import Home
from engram.job import Job
from engram.machine import cpu_name, total_memory, usable_cores, versions
from engram.sleep.bundle import Delta, read_deltas
from engram.sleep.journal import read_journal
from engram.sleep.made_up_days import Day, Fact, day
from engram.sleep.night import Morning, sleep
from engram.sleep.recipe import nightly
from engram.sleep.wishes import Wishes
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger, now
from engram.training.versions import find_version
from engram.types import Message, Sampling

ASKED = 20
"""Facts that are asked for in plain words, with notes and without."""
_LIBRARIES = ("torch", "transformers", "peft", "mlx", "mlx-lm", "numpy")


@dataclass(frozen=True, slots=True)
class Checked:
    """Shares of `asked` plain questions answered right: by the bare base, by the base with notes, by the
    new adapter without notes (None where none was accepted)."""

    morning: Morning
    asked: int
    bare: float
    with_notes: float
    without_notes: float | None
    figures: Mapping[str, Delta]
    stages: tuple[dict[str, Any], ...]


def selfcheck(job: Job) -> Checked:
    """Live a day and a night on this job's base; its seed says which day. Raises what a night raises."""
    with tempfile.TemporaryDirectory() as aside:
        here = replace(job, home=Home(Path(aside) / "home").create(), settings=_alone(job.settings))
        today = day(1, job.settings.train.seed)
        tell(here, today)
        job.watcher.stage("Ask")
        facts = today.facts[:ASKED]
        base = Answerer(here.load())
        bare, noted = _right(base, facts, None), _right(base, facts, _notes(here, base))
        morning = sleep(here, Wishes())
        if morning is None:
            raise AssertionError("a made-up day has facts")
        learned = None
        if morning.version:
            adapted = Answerer(here.load(find_version(here.home, here.base, morning.version)))
            learned = _right(adapted, facts, None)
        folder = here.home.run(morning.night.name)
        stages = tuple(
            {"stage": r.stage, "seconds": r.seconds, "peak_bytes": r.peak_bytes, **r.counts}
            for r in read_journal(folder)
        )
        figures = read_deltas(folder)
    return Checked(morning, len(facts), bare, noted, learned, figures, stages)


def to_json(job: Job, found: Checked) -> dict[str, Any]:
    """The result with all that it depends on; no path and no text."""
    return {
        "engram": __version__,
        "base": {"id": job.base.id, "revision": job.base.revision, "architecture": job.base.architecture},
        "computing": job.computing(),
        "machine": {"processor": cpu_name(), "cores": usable_cores(), "memory_bytes": total_memory()},
        "libraries": versions(_LIBRARIES),
        "settings": nightly(job.settings).train.model_dump(mode="json"),
        "outcome": found.morning.verdict.outcome,
        "checks": [asdict(check) for check in found.morning.verdict.checks],
        "figures": {name: asdict(figure) for name, figure in found.figures.items()},
        "asked": found.asked,
        "bare": found.bare,
        "with_notes": found.with_notes,
        "without_notes": found.without_notes,
        "stages": list(found.stages),
    }


def _alone(settings: Settings) -> Settings:
    """The settings, but nobody else is asked for anything."""
    changed = settings.sleep.model_copy(update={"augment": "rules", "harness": ""})
    return settings.model_copy(update={"sleep": changed})


def tell(job: Job, today: Day) -> None:
    """Write a made-up day into the job's ledger: facts as said, habits as confirmed answers."""
    with Database.open(job.home.database) as database:
        ledger = Ledger(database)
        session = ledger.begin_session()
        for fact in today.facts:
            ledger.append(NewEntry("turn", "user", "chat", fact.told, session=session))
        for habit in today.habits:
            said = NewEntry("turn", "user", "chat", habit.said, session=session)
            answer = NewEntry("turn", "assistant", "chat", habit.wanted, session=session)
            ledger.rate(ledger.append(said, answer)[1].id, 1)


def _notes(job: Job, answerer: Answerer) -> Callable[[str], Sequence[Message]]:
    """Notes for a question, as chat finds them."""

    def found(question: str) -> Sequence[Message]:
        with Database.open(job.home.database) as database:
            index = MemoryIndex(database, load_embedder(job.settings.recall))
            recall = Recall(index, answerer.model.base.renderer.tokenizer, job.settings.recall)
            message = recall.recalled(question, now=now()).message
        return [message] if message else []

    return found


def _right(
    answerer: Answerer, facts: Sequence[Fact], notes: Callable[[str], Sequence[Message]] | None
) -> float:
    """The share of these questions whose answer holds the value."""
    right = 0
    for fact in facts:
        messages = [*(notes(fact.asked) if notes else ()), Message("user", fact.asked)]
        right += fact.value.lower() in answerer.answer(messages, Sampling(max_tokens=48)).text.lower()
    return right / len(facts)
