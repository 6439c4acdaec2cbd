"""The memory exam: facts told in one session, corrected in a second, asked in later ones, by recall alone.

Each list in memory_lists/ holds 50 facts of different kinds in free wording, their corrections, and 50
questions about what nobody told. `report` asks in wordings that the embedded model knows; `free` and `free-2`
ask as it comes, the second in words that share little with what was told; the tuning lists were looked at
while recall was made, so they prove nothing. Not here: finding (store/, answer/recall.py), and whether the
right chunk is found among thousands (retrieval.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from engram.answer.answerer import Answerer
from engram.answer.embedders import load_embedder
from engram.answer.recall import Recall, Recalled
from engram.config import RecallSettings
from engram.errors import UnknownName
from engram.measure.metrics import DONT_KNOW, holds_value, whole_words
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.types import Message, Sampling

LISTS = ("report", "free", "free-2", "tuning", "tuning-2")
SAMPLING = Sampling(max_tokens=48)
STARTED = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """What is told and asked, the value that is right then, its correction and the value right after it."""

    kind: str
    told: str
    ask: str
    value: str
    corrected: str
    newer: str


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what came of it. `part` is told, corrected or never."""

    part: str
    kind: str
    question: str
    expected: str
    notes: tuple[str, ...]
    answer: str
    right: bool

    @property
    def noted(self) -> bool:
        """Whether a note held the right value."""
        return any(holds_value(note, self.expected) for note in self.notes)


def load_list(name: str) -> tuple[list[Fact], list[str]]:
    """The facts of a shipped list, and the questions about what nobody told. Raises UnknownName."""
    if name not in LISTS:
        raise UnknownName(f"There is no list {name!r}.", f"There are: {', '.join(LISTS)}.")
    text = (resources.files("engram.measure") / "memory_lists" / f"{name}.jsonl").read_text("utf-8")
    rows: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    return [Fact(**r) for r in rows if r["kind"] != "never"], [r["ask"] for r in rows if r["kind"] == "never"]


def examine_memory(answerer: Answerer, folder: Path, settings: RecallSettings, name: str) -> list[Row]:
    """Tell a list to a new ledger below `folder`, and ask for it. Raises UnknownName, StorageError."""
    facts, never = load_list(name)
    with Database.open(folder / f"{name}.db") as database:
        mind = _Mind(answerer, database, settings)
        mind.tell([fact.told for fact in facts])
        rows = [_row("told", fact, fact.value, "", *mind.ask(fact.ask)) for fact in facts]
        for question in never:
            recalled, answer = mind.ask(question)
            right = answer.startswith(DONT_KNOW)
            rows.append(Row("never", "never", question, DONT_KNOW, _texts(recalled), answer, right))
        mind.tell([fact.corrected for fact in facts])
        rows += [_row("corrected", fact, fact.newer, fact.value, *mind.ask(fact.ask)) for fact in facts]
    return rows


def shares(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """For each part: n, the share answered right, and the share whose notes held the right value (of what was
    never told: the share without any note)."""
    found = {}
    for part in ("told", "corrected", "never"):
        of_part = [row for row in rows if row.part == part]
        noted = [not row.notes if part == "never" else row.noted for row in of_part]
        found[part] = {
            "n": len(of_part),
            "right": sum(row.right for row in of_part) / max(1, len(of_part)),
            "noted": sum(noted) / max(1, len(of_part)),
        }
    return found


class _Mind:
    """A ledger, an index and a model; each telling is a session of its own, a day apart."""

    def __init__(self, answerer: Answerer, database: Database, settings: RecallSettings) -> None:
        self._now = STARTED
        self._answerer = answerer
        self._ledger = Ledger(database, clock=lambda: self._now)
        index = MemoryIndex(database, load_embedder(settings))
        self._recall = Recall(index, answerer.model.base.renderer.tokenizer, settings)

    def tell(self, turns: Sequence[str]) -> None:
        session = self._ledger.begin_session()
        for text in turns:
            self._now += timedelta(minutes=2)
            self._ledger.append(
                NewEntry("turn", "user", "chat", text, session=session),
                NewEntry("turn", "assistant", "chat", "Noted.", session=session),
            )
        self._now += timedelta(days=1)

    def ask(self, question: str) -> tuple[Recalled, str]:
        """The first question of a new session, and its answer."""
        recalled = self._recall.recalled(question, now=self._now)
        messages = [*([recalled.message] if recalled.message else []), Message("user", question)]
        return recalled, self._answerer.answer(messages, SAMPLING).text


def _row(part: str, fact: Fact, expected: str, older: str, recalled: Recalled, answer: str) -> Row:
    """Right is an answer with the value as whole words, and without the one that it replaced."""
    stale = bool(older) and holds_value(whole_words(expected).sub("", answer), older)
    right = holds_value(answer, expected) and not stale
    return Row(part, fact.kind, fact.ask, expected, _texts(recalled), answer, right)


def _texts(recalled: Recalled) -> tuple[str, ...]:
    return tuple(note.text for note in recalled.notes)
