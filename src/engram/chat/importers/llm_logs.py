"""The log of simonw's `llm` tool: logs.db, in its layout of 2023-2026 and the later one with message trees.

A log may hold both; a thread of the later one that goes on with an older conversation has its name. Not here:
opening (llm_database.py) and the two layouts (llm_responses.py, llm_threads.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import apsw

from engram.chat.importers import llm_responses, llm_threads
from engram.chat.importers.conversation import Conversation, Refused
from engram.chat.importers.llm_database import opened
from engram.errors import ArtifactError

UNREADABLE = "conversations that the database cannot read"


def check(path: Path) -> None:
    """Raise ArtifactError if the database is not such a log."""
    with opened(path) as log:
        if not (llm_responses.present(log) or llm_threads.present(log)):
            raise ArtifactError(
                f"{path.name} is a database, but no log of the llm tool.",
                "Known is its logs.db, with the tables responses, or threads, messages and parts.",
            )


def read_all(path: Path) -> Iterator[Conversation | Refused]:
    """The conversations of both layouts. Raises ArtifactError."""
    with opened(path) as log:
        if llm_responses.present(log):
            for id, rows in llm_responses.conversations(log):
                yield _one(id, partial(llm_responses.read, log, id, rows))
        if llm_threads.present(log):
            for id, thread in llm_threads.threads(log):
                yield _one(id, partial(llm_threads.read, log, id, thread))


def _one(id: str, read: Callable[[], Conversation]) -> Conversation | Refused:
    try:
        return read()
    except (apsw.Error, UnicodeDecodeError):
        return Refused(f"conversation {id:.60}", UNREADABLE)
