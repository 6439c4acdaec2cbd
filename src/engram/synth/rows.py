"""Conversations as rows for training and evaluation, without repetitions, and nothing asked in both.

Not here: where conversations come from (gathering.py, grammar.py), or files (folder.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engram.lessons.leaks import find_leaks, normalise
from engram.lessons.rows import Row, Split
from engram.lessons.schema import fold
from engram.synth.asks import Part
from engram.synth.replies import Conversation

REPEATED = "that repeat an earlier one"
SHARED = "for evaluation that share a question, or a long passage, with one for training"

_SPLIT: dict[Part, Split] = {"train": "train", "test": "unseen"}


@dataclass(frozen=True, slots=True)
class Made:
    """A conversation: what it is about, where it is from, and what it is for."""

    messages: Conversation
    topic: str
    source: str
    part: Part


@dataclass(frozen=True, slots=True)
class Parted:
    """The rows of both files, and how many conversations were left out, by reason."""

    train: tuple[Row, ...]
    test: tuple[Row, ...]
    left_out: Counter[str]


def parted(made: Iterable[Made]) -> Parted:
    """Rows for both files. Left out are repetitions, and of evaluation what training gives away: any turn of
    the user that stands there too, and what counts as a leak (lessons/leaks.py)."""
    left_out: Counter[str] = Counter()
    rows = [Row(one.messages, one.topic, one.source, _SPLIT[one.part]) for one in made]
    once = _once(rows)
    left_out[REPEATED] = len(rows) - len(once)
    train = [row for row in once if row.split == "train"]
    test = [row for row in once if row.split != "train"]
    trained = {said for row in train for said in asked(row)}
    given_away = {leak.evaluation.source for leak in find_leaks(train, test)}
    kept = [row for row in test if row.source not in given_away and trained.isdisjoint(asked(row))]
    left_out[SHARED] = len(test) - len(kept)
    return Parted(tuple(train), tuple(kept), +left_out)


def asked(row: Row) -> set[str]:
    """What the user says in a row, turn by turn, with case, white space and punctuation folded."""
    return {normalise(turn.content) for turn in row.messages if turn.role == "user"}


def to_jsonl(rows: Sequence[Row]) -> bytes:
    """In chat form, one row a line: messages, category, source."""
    lines = (
        json.dumps(
            {
                "messages": [{"role": turn.role, "content": turn.content} for turn in row.messages],
                "category": row.category,
                "source": row.source,
            },
            ensure_ascii=False,
        )
        for row in rows
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _once(rows: Iterable[Row]) -> list[Row]:
    """The first of rows that differ in case and white space only."""
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        first.setdefault(tuple(fold(turn.content) for turn in row.messages), row)
    return list(first.values())
