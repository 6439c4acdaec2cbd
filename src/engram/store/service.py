"""What served for each base model, in order, and the way back to it.

Going back is never further than asked: one step to what served before, over versions that must not serve now
(trained on something forgotten since, or broken), to the bare base at the end. Not here: the versions
themselves (adapters.py), and whether a new one may serve (sleep/gate.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engram.errors import UsageError
from engram.store.database import Database

CHOSEN, NIGHT, BACK, FORGOTTEN, TAKEN_BACK = "chosen", "night", "rollback", "forgotten", "taken back"
"""Why something serves: a person chose it, a night promoted it, a person went back to it, or what served
before was trained on something forgotten, or did badly by day."""

Problem = Callable[[str], str]
"""What speaks against a version serving, as a sentence; "" where nothing does."""


@dataclass(frozen=True, slots=True)
class Served:
    """`name` answered for a base from `since` (UTC, ISO 8601; "" is not known) on; None is the bare base."""

    base_id: str
    name: str | None
    since: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """What serves after a step back, and what served before; None is the bare base. `skipped` are versions
    that were passed over, each with the reason."""

    base_id: str
    before: str | None
    after: str | None
    skipped: tuple[tuple[str, str], ...] = ()


def switch(database: Database, base_id: str, name: str | None, why: str, at: str) -> None:
    """Point to a version of this base, or to none, and write it down; nothing where it serves already."""
    with database.write():
        if serving(database, base_id) == name:
            return
        if name is None:
            database.rows("DELETE FROM adapter_in_service WHERE base_id = ?", (base_id,))
        else:
            database.rows(
                "INSERT INTO adapter_in_service (base_id, name) VALUES (?, ?) "
                "ON CONFLICT (base_id) DO UPDATE SET name = excluded.name",
                (base_id, name),
            )
        database.rows(
            "INSERT INTO adapter_served (base_id, name, since, why, through, answered) SELECT ?, ?, ?, ?, "
            "(SELECT entries FROM ledger_head), (SELECT coalesce(max(id), 0) FROM answer_made)",
            (base_id, name, at, why),
        )


def serving(database: Database, base_id: str) -> str | None:
    """The version that answers for a base; None is the bare base."""
    rows = database.rows("SELECT name FROM adapter_in_service WHERE base_id = ?", (base_id,))
    return rows[0][0] if rows else None


def history(database: Database, base_id: str) -> list[Served]:
    """What one can go back to, oldest first, and at the end what serves now; what was undone is left out."""
    return [served for _, served in _rows(database, base_id)]


def bases(database: Database) -> list[str]:
    """Bases for which anything ever served, the one that was switched last at the end."""
    rows = database.rows("SELECT base_id FROM adapter_served GROUP BY base_id ORDER BY max(id)")
    return [base_id for (base_id,) in rows]


def roll_back(database: Database, base_id: str, problem: Problem, at: str, why: str = BACK) -> Change:
    """Go back to what served before, over versions that have a problem; to the bare base at the end.

    Raises UsageError where the bare base serves and nothing served before.
    """
    with database.write():
        now, skipped = serving(database, base_id), dict[str, str]()
        earlier = [(id, s.name) for id, s in _rows(database, base_id)[:-1] if s.name != now]
        while earlier and (passed := earlier[-1][1]) is not None:
            if not (sentence := skipped.get(passed) or problem(passed)):
                break
            skipped[passed] = sentence
            earlier.pop()
        if now is None and not earlier:
            raise _nothing_before(base_id, skipped)
        first, target = earlier[-1] if earlier else (0, None)
        database.rows("UPDATE adapter_served SET undone = 1 WHERE base_id = ? AND id >= ?", (base_id, first))
        switch(database, base_id, target, why, at)
    return Change(base_id, now, target, tuple(skipped.items()))


def rebuild_due(database: Database, base_id: str) -> bool:
    """Whether what serves does so only because something that its successor was trained on was forgotten:
    until a night has trained that again, what else it had learned is missing."""
    rows = database.rows(
        "SELECT why FROM adapter_served WHERE base_id = ? ORDER BY id DESC LIMIT 1", (base_id,)
    )
    return rows == [(FORGOTTEN,)]


def taken_back(database: Database, base_id: str) -> str | None:
    """The version that was taken out of service for doing badly, as long as nothing was switched since."""
    rows = database.rows(
        "SELECT name, why FROM adapter_served WHERE base_id = ? ORDER BY id DESC LIMIT 2", (base_id,)
    )
    if len(rows) < 2 or rows[0][1] != TAKEN_BACK:
        return None
    return rows[1][0] if rows[1][0] != rows[0][0] else None  # else it was pruned since


def began(database: Database, base_id: str) -> tuple[int, int]:
    """The last entry and the last answer (store/answers.py) from before that began to serve which serves."""
    rows = database.rows(
        "SELECT through, answered FROM adapter_served WHERE base_id = ? ORDER BY id DESC LIMIT 1", (base_id,)
    )
    return rows[0] if rows else (0, 0)


def _nothing_before(base_id: str, skipped: Mapping[str, str]) -> UsageError:
    passed = "".join(f" {name} {sentence}." for name, sentence in skipped.items())
    return UsageError(
        f"There is nothing to go back to: {base_id} answers without an adapter already.{passed}",
        "engram adapters list shows what there is; engram adapters use NAME puts it in service.",
    )


def _rows(database: Database, base_id: str) -> list[tuple[int, Served]]:
    rows = database.rows(
        "SELECT id, base_id, name, since, why FROM adapter_served WHERE base_id = ? AND NOT undone "
        "ORDER BY id",
        (base_id,),
    )
    return [(id, Served(*rest)) for id, *rest in rows]
