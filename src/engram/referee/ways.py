"""Every way to remember, made ready with the same facts: what answers, what stands before it, what it cost.

None gets less than it needs: an adapter trains until it has learned, or until a limit that grows with the
facts; retrieval is the one that chat uses, and what does not fit says so. What was told and corrected reaches
each in the order in which it was told. Not here: the facts (facts.py), or asking (asking.py).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engram.answer.answerer import Answerer
from engram.answer.embedders import load_embedder
from engram.answer.exact import ExactMemory
from engram.answer.prompt import room_for_prompt
from engram.answer.recall import HEADER, Recall
from engram.config import ALL_LINEAR, Settings, TrainSettings
from engram.disk import to_json, write_file
from engram.home import Home
from engram.job import Job, train_adapter
from engram.lessons.build import bare_row, build_lessons
from engram.lessons.rows import Row
from engram.lessons.schema import Pattern
from engram.referee.facts import Fact
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.facts import Told, remember_all
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.training.publish import publish_adapter
from engram.training.stopping import AutoRule
from engram.types import Message

MOST_TOKENS = 48
"""Of an answer."""
FIRST_DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FEW_FACTS = 500
"""For so many the limit of `engram teach` is enough. With that limit alone, beside replay, the embedded model
had seen 1,000 facts some twenty times each and knew none of them."""
STEPS_A_FACT = 3.6
"""The limit for more, beside replay or not: with twelve wordings and steps of 8 rows each fact is seen 29
times."""
MANY = {"target_modules": (ALL_LINEAR,), "anchor_weight": 2.0, "learning_rate": 1e-3}
"""For more than FEW_FACTS: the room they need, a pull that lets them in, and half the rate, with which the
embedded model learned 1,000 facts in fewer steps and with less harm (one run each, docs/lab.md)."""
_COST = "cost.json"


@dataclass(frozen=True, slots=True)
class Ready:
    """A way that can be asked. `notes` are what stands before the model when it is asked this; `seconds` is
    what remembering took, `bytes` what it keeps on disk."""

    answerer: Answerer
    notes: Callable[[str], Message | None]
    seconds: float
    bytes: int


class DoesNotFit(Exception):
    """This way cannot hold so many facts; the message says why."""


Prepare = Callable[[Job, Sequence[Fact], Path], Ready]


def no_notes(question: str) -> Message | None:
    """Nothing stands before the question."""
    return None


def base_alone(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """The base, which was told nothing."""
    return Ready(Answerer(job.load()), no_notes, 0.0, 0)


def in_context(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """Everything that was told, every time, as notes. Raises DoesNotFit."""
    lines = [f"[{day:%Y-%m-%d}] user: {fact.sentence}" for day, part in _days(facts) for fact in part]
    message = Message("system", "\n".join([HEADER, *lines]))
    answerer = Answerer(job.load())
    longest = len(answerer.prompt([message, Message("user", max((f.question for f in facts), key=len))]))
    room = room_for_prompt(job.base.context, MOST_TOKENS)
    if longest > room:
        raise DoesNotFit(f"{longest:,} tokens, and there is room for {room:,}")
    return Ready(answerer, lambda question: message, 0.0, len(message.content.encode()))


def retrieval(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """The ledger and its search, as chat uses them."""
    return _remembering(job, facts, folder, Answerer(job.load()), _say)


def lookup(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """Facts remembered on purpose, and the exact memory that chat uses; no notes."""
    ready = _remembering(job, facts, folder, Answerer(job.load()), _remember)
    return replace(ready, notes=no_notes)


def together(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """Exact memory, notes, and an adapter that was trained as `engram teach` does."""
    learned = lora_replay(job, facts, folder.parent / "lora-replay")
    ready = _remembering(job, facts, folder, learned.answerer, _remember)
    return replace(ready, seconds=ready.seconds + learned.seconds, bytes=ready.bytes + learned.bytes)


def _remembering(
    job: Job,
    facts: Sequence[Fact],
    folder: Path,
    answerer: Answerer,
    tell: Callable[[Ledger, Sequence[Fact]], None],
) -> Ready:
    """A ledger that was told all of it in order, its search index, and what it knows word for word."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    home = Home(folder / "home").create()
    database = Database.open(home.database)
    database.compact()
    empty = _size(home.root)
    began = time.perf_counter()
    days = _days(facts)
    for day, part in days:
        tell(Ledger(database, clock=lambda: day), part)  # noqa: B023
    index = MemoryIndex(database, load_embedder(job.settings.recall))
    index.refresh()
    renderer = job.base.renderer
    exact = ExactMemory(Ledger(database), home, renderer, job.backend.name, job.settings.lookup)
    exact.refresh()
    seconds = time.perf_counter() - began
    database.compact()  # or the write-ahead log counts, which is emptied sooner or later
    recall = Recall(index, renderer.tokenizer, job.settings.recall)
    now = days[-1][0] + timedelta(days=1)
    answerer = Answerer(answerer.model, exact=exact)
    return Ready(answerer, lambda q: recall.recalled(q, now=now).message, seconds, _size(home.root) - empty)


def lora(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """An adapter, trained on the facts alone."""
    return _trained(_for_many(job, facts), facts, folder, {"memory": "lora", "replay": 0.0})


def lora_replay(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """An adapter, trained as `engram teach` does: beside questions that keep the base's skills."""
    return _trained(_for_many(job, facts), facts, folder, {"memory": "lora"})


def module(job: Job, facts: Sequence[Fact], folder: Path) -> Ready:
    """An Engram-style module, trained on each question as it stands."""
    return _trained(job, facts, folder, {"memory": "engram"})


def trained_with(settings: Settings, facts: int) -> Settings:
    """Those of `engram teach`, and for many facts what these need, below whatever was set."""
    if facts <= FEW_FACTS:
        return settings
    return settings.model_copy(update={"train": settings.train.with_defaults(**MANY)})


def _for_many(job: Job, facts: Sequence[Fact]) -> Job:
    return replace(job, settings=trained_with(job.settings, len(facts)))


def _trained(job: Job, facts: Sequence[Fact], folder: Path, train: Mapping[str, object]) -> Ready:
    adapter = folder / "adapter"
    if not (folder / _COST).exists():
        _train(job, facts, folder, adapter, train)
    seconds = json.loads((folder / _COST).read_bytes())["seconds"]
    size = sum(file.stat().st_size for file in adapter.glob("*.safetensors"))
    return Ready(Answerer(job.load(adapter)), no_notes, seconds, size)


def _train(job: Job, facts: Sequence[Fact], folder: Path, adapter: Path, train: Mapping[str, object]) -> None:
    """What is trained knows what was told last: it is trained anew, never on top of another."""
    chosen = TrainSettings.model_validate({**job.settings.train.model_dump(exclude_unset=True), **train})
    settings = job.settings.model_copy(update={"train": chosen})
    here = replace(job, settings=settings, home=Home(folder / "home").create())
    began = time.perf_counter()
    rows, valid = _rows(facts, settings)
    started = (here.home.run("facts") / "plan.json").exists()
    trained = train_adapter(here, rows, valid, "facts", started, as_long_as(len(facts)))
    publish_adapter(trained.weights, {"staged": True}, adapter)
    seconds = time.perf_counter() - began
    taken = {"seconds": seconds, "steps": trained.result.steps, "passes": trained.result.passes}
    write_file(folder / _COST, to_json(taken))


def as_long_as(facts: int) -> AutoRule:
    """How long training on so many facts may take."""
    rule = AutoRule()
    if facts <= FEW_FACTS:
        return rule
    steps = max(rule.max_steps, round(STEPS_A_FACT * facts))
    return replace(rule.times(facts / FEW_FACTS), max_steps=steps)


def _rows(facts: Sequence[Fact], settings: Settings) -> tuple[Sequence[Row], Sequence[Row]]:
    """What is trained, and what validates: for an adapter every question in several wordings, for a module,
    which knows nothing but what it was shown, as it stands."""
    patterns = [
        Pattern(fact.question, fact.sentence, "fact", False, "referee", f"fact {place}")
        for place, fact in enumerate(facts)
    ]
    if settings.train.memory == "engram":
        return [bare_row(pattern, "train") for pattern in patterns], ()
    lessons = build_lessons(patterns, settings.data)
    return lessons.train, lessons.valid


def _days(facts: Sequence[Fact]) -> list[tuple[datetime, list[Fact]]]:
    """What is told on the first day, and the day after what has changed."""
    first = [fact.before or fact for fact in facts]
    changed = [fact for fact in facts if fact.older]
    return [(FIRST_DAY, first), *([(FIRST_DAY + timedelta(days=1), changed)] if changed else [])]


def _say(ledger: Ledger, facts: Sequence[Fact]) -> None:
    """In conversation, a sentence a turn."""
    session = ledger.begin_session()
    for fact in facts:
        ledger.append(NewEntry("turn", "user", "chat", fact.sentence, session=session))


def _remember(ledger: Ledger, facts: Sequence[Fact]) -> None:
    """On purpose, as keys and values."""
    remember_all(ledger, [Told(fact.key, fact.value) for fact in facts])


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
