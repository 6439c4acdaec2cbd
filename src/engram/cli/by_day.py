"""What a conversation adds to what is known of the version that answers: how long it took, or that it failed.

Numbers only, and none of what is not written down. Not here: what follows from them (sleep/by_day.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from engram.chat.session import ChatSession
from engram.errors import AdapterError, ModelError, OutOfMemory, StorageError
from engram.store.answers import Made, note_answer
from engram.store.database import Database


@contextmanager
def noting(session: ChatSession, database: Database | None) -> Iterator[None]:
    """Inside, something is asked. An answer that the user broke off, and errors that are not the model's,
    count for nothing; that it cannot be written down disturbs nobody."""
    began, before = time.perf_counter(), session.last
    try:
        yield
    except (ModelError, AdapterError, OutOfMemory):
        _note(session, database, Made(time.perf_counter() - began, failed=True))
        raise
    last = session.last
    if last is not None and last is not before and last.answer_id is not None and not last.answer.stopped:
        _note(session, database, Made(last.answer.seconds))


def _note(session: ChatSession, database: Database | None, made: Made) -> None:
    if database is None or session.incognito:
        return
    with suppress(StorageError):
        note_answer(database, session.answerer.model.base.id, session.answerer.adapter, made)
