"""A conversation and the version that answers in it: may it still, how long does it take, does it fail.

What is written down are numbers, and only of what is written down itself. Not here: what follows from them
(sleep/by_day.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from engram.chat.session import ChatSession
from engram.errors import AdapterError, ModelError, OutOfMemory, StorageError
from engram.job import Job
from engram.sleep.falling_back import fall_back, told
from engram.store.answers import Made, note_answer
from engram.store.database import Database


def look(job: Job, adapter: str | None) -> list[str]:
    """Before a conversation with what serves: if that does badly, what served before takes its place, which
    is said in sentences. A version that was named by the user (`adapter`) is theirs to wear."""
    if adapter is not None or job.settings.chat.incognito:
        return []
    return told(fall_back(job.home, job.base.id, job.settings.sleep))


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
