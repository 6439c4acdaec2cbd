"""The retrieval benchmark: is what was said found again, how fast, and nothing where nothing was said?

The same questions go to our index, to plain BM25 (FTS5 as it comes, over the raw turns) and to the notes that
a model would see. Not here: the world of facts and questions (retrieval_cases.py).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from engram.answer.embedders import load_embedder
from engram.answer.recall import Recall
from engram.config import RecallSettings
from engram.measure.retrieval_cases import Question, Way, World
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.types import Tokenizer

Finder = Callable[[str], Sequence[str]]
"""A question to the texts of what was found, best first."""

DEPTH = 10
"""How many results are asked for."""

STARTED = datetime(2026, 1, 5, 9, tzinfo=UTC)
WAYS: tuple[Way, ...] = ("lexical", "reworded", "unshared", "updated")


@dataclass(frozen=True, slots=True)
class Shares:
    """Of `n` questions of one way: the right chunk first, among the first five, and the mean of 1 / rank."""

    n: int
    at_1: float
    at_5: float
    mrr: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one finder did. `newest_first` is the share of updated facts whose newer value stood before the
    older one. Times are those of one question, in milliseconds."""

    name: str
    ways: dict[str, Shares]
    newest_first: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Notes:
    """What became notes: the share of questions of each way whose right value a note held, and of questions
    about what nobody said that got a note all the same (`false_near`, `false_far`)."""

    right: dict[str, float]
    false_near: float
    false_far: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A whole run. `chunks` is the number of chunks that were searched, `index_seconds` the time to index."""

    chunks: int
    planted: int
    index_seconds: float
    results: tuple[Result, ...]
    notes: Notes


def measure_retrieval(
    world: World,
    folder: Path,
    settings: RecallSettings,
    tokenizer: Tokenizer,
    rivals: dict[str, Finder] | None = None,
) -> Retrieval:
    """Tell a world to a new ledger below `folder` and ask its questions; `rivals` answer them too."""
    with Database.open(folder / "retrieval.db") as database:
        now = tell(Ledger(database), world.turns)
        index = MemoryIndex(database, load_embedder(settings))
        started = time.perf_counter()
        index.refresh()
        index_seconds = time.perf_counter() - started
        finders: dict[str, Finder] = {
            "engram": lambda question: [found.text for found in index.search(question, DEPTH, now=now)],
            "bm25": plain_bm25(database, world.turns),
            **(rivals or {}),
        }
        results = tuple(ask(name, finder, world.questions) for name, finder in finders.items())
        recall = Recall(index, tokenizer, settings)
        notes = _notes(lambda text: [n.text for n in recall.recalled(text, now=now).notes], world.questions)
        return Retrieval(index.stats().groups, world.planted, index_seconds, results, notes)


def tell(ledger: Ledger, turns: Sequence[str]) -> datetime:
    """Write turns down a minute apart; returns the moment after the last one."""
    for start in range(0, len(turns), 1000):
        ledger.append(
            *(
                NewEntry("turn", "user", "chat", text, said_at=_at(start + number).isoformat())
                for number, text in enumerate(turns[start : start + 1000])
            )
        )
    return _at(len(turns))


def plain_bm25(database: Database, turns: Sequence[str]) -> Finder:
    """FTS5's bm25 with its own tokenizer over the turns as they are, for any of the question's words."""
    database.rows("CREATE VIRTUAL TABLE temp.plain USING fts5 (text)")
    with database.write():
        for text in turns:
            database.rows("INSERT INTO temp.plain (text) VALUES (?)", (text,))

    def find(question: str) -> list[str]:
        match = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        rows = database.rows(
            "SELECT text FROM temp.plain WHERE plain MATCH ? ORDER BY rank LIMIT ?", (match, DEPTH)
        )
        return [text for (text,) in rows]

    return find


def ask(name: str, finder: Finder, questions: Sequence[Question]) -> Result:
    """All questions to one finder; the first is asked twice, so that nothing is loaded while it is timed."""
    finder(questions[0].text)
    found, seconds = [], []
    for question in questions:
        started = time.perf_counter()
        found.append(finder(question.text))
        seconds.append(time.perf_counter() - started)
    ways: dict[str, Shares] = {}
    for way in WAYS:
        ranks = [_rank(q, texts) for q, texts in zip(questions, found, strict=True) if q.way == way]
        ways[way] = _shares(ranks)
    pairs = [_order(q, texts) for q, texts in zip(questions, found, strict=True) if q.way == "updated"]
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return Result(name, ways, _mean(pairs), float(p50), float(p95))


def _notes(finder: Finder, questions: Sequence[Question]) -> Notes:
    notes = {question: finder(question.text) for question in questions}
    right: dict[str, float] = {
        way: _mean([any(q.answer in text for text in texts) for q, texts in notes.items() if q.way == way])
        for way in WAYS
    }
    near, far = (
        _mean([bool(texts) for q, texts in notes.items() if q.way == way])
        for way in ("never_near", "never_far")
    )
    return Notes(right, near, far)


def _rank(question: Question, texts: Sequence[str]) -> int | None:
    """At which place, from 1, the chunk with the right answer stands."""
    for place, text in enumerate(texts, start=1):
        if _is_right(question, text, question.answer):
            return place
    return None


def _order(question: Question, texts: Sequence[str]) -> bool:
    """Whether the newer value was found, and before the older one if that was found too."""
    newer, older = (
        next((place for place, text in enumerate(texts) if _is_right(question, text, value)), DEPTH)
        for value in (question.answer, question.older)
    )
    return newer < older


def _is_right(question: Question, text: str, value: str) -> bool:
    return (
        text.startswith(question.about) and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None
    )


def _shares(ranks: Sequence[int | None]) -> Shares:
    return Shares(
        len(ranks),
        _mean([rank == 1 for rank in ranks]),
        _mean([rank is not None and rank <= 5 for rank in ranks]),
        _mean([1 / rank if rank else 0.0 for rank in ranks]),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _at(number: int) -> datetime:
    return STARTED + timedelta(minutes=number)
