"""How answers were made by day: how long each took, whether one came, and how the user rated them.

Numbers only; what was said is in the ledger, which has the ratings too. Not here: what follows from them
(sleep/by_day.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from engram.store.database import Database

KEPT = 2000
"""Answers that are kept, of all models together: years of nights are not compared, only neighbours."""


@dataclass(frozen=True, slots=True)
class Made:
    """One answer: the seconds it took, or that it `failed`."""

    seconds: float
    failed: bool = False


def note_answer(database: Database, base_id: str, adapter: str, made: Made) -> None:
    """Write down that this version ("" for the bare base) was asked. The oldest are dropped."""
    with database.write():
        database.rows(
            "INSERT INTO answer_made (base_id, adapter, seconds, failed) VALUES (?, ?, ?, ?)",
            (base_id, adapter, made.seconds, int(made.failed)),
        )
        database.rows("DELETE FROM answer_made WHERE id <= (SELECT max(id) FROM answer_made) - ?", (KEPT,))


def answers_made(
    database: Database, base_id: str, adapter: str, most: int, after: int = 0
) -> tuple[Made, ...]:
    """The latest answers of a version, at most so many, oldest first; only those `after` that one."""
    rows = database.rows(
        "SELECT seconds, failed FROM answer_made WHERE base_id = ? AND adapter = ? AND id > ? "
        "ORDER BY id DESC LIMIT ?",
        (base_id, adapter, after, most),
    )
    return tuple(Made(seconds, bool(failed)) for seconds, failed in reversed(rows))


def ratings_of(database: Database, base_id: str, adapter: str, most: int, after: int = 0) -> tuple[int, ...]:
    """How the user rated a version's latest answers, 1 or -1, at most so many rated ones, oldest first; only
    entries `after` that one."""
    rows = database.rows(
        "SELECT rating FROM entry WHERE speaker = 'assistant' AND model = ? AND adapter = ? AND id > ? "
        "AND rating <> 0 AND forgotten_at IS NULL ORDER BY id DESC LIMIT ?",
        (base_id, adapter, after, most),
    )
    return tuple(rating for (rating,) in reversed(rows))
