"""A conversation as the command needs it: ledger, recall and model opened, and closed at the end.

Not here: talking (chat_piped.py, chat_screen.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from engram.answer.answerer import Answerer
from engram.answer.embedders import load_embedder
from engram.answer.exact import ExactMemory
from engram.answer.recall import Recall
from engram.chat.session import ChatSession
from engram.cli.by_day import look
from engram.cli.guarding import LazyGuard, guard_of
from engram.cli.output import BARE, err
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.home import Home
from engram.job import Job
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.training.versions import find_version
from engram.types import Tokenizer


@dataclass(frozen=True)
class Place:
    """What a conversation runs on. `database` is None where nothing was written yet and nothing is to be."""

    home: Home
    settings: Settings
    job: Job
    session: ChatSession
    database: Database | None

    @property
    def ledger(self) -> Ledger | None:
        return Ledger(self.database, guard=guard_of(self.home)) if self.database else None

    def versions(self) -> list[str]:
        """Adapter versions of the base that answers."""
        if self.database is None:
            return []
        return [version.name for version in AdapterVersions(self.database).list_versions(self.job.base.id)]

    def wear(self, adapter: str | None) -> None:
        """Answer with another version from now on: a name, `none`, or None for the one in service."""
        self.session.answerer = load_answerer(self.job, adapter, self.session.answerer.exact)


def open_recall(database: Database, settings: Settings, tokenizer: Tokenizer) -> Recall:
    """What finds notes for a question."""
    index = MemoryIndex(database, load_embedder(settings.recall))
    return Recall(index, tokenizer, settings.recall)


@contextmanager
def open_place(
    settings: Settings, home: Home, adapter: str | None, seed: int, note: Callable[[str], None]
) -> Iterator[Place]:
    """Everything opened. Incognito, a home that is not there is not made. Raises EngramError."""
    with ExitStack() as stack:
        job = stack.enter_context(open_job(settings, home, quiet=True))
        database = None
        if not settings.chat.incognito or home.database.exists():
            database = stack.enter_context(Database.open(home.create().database))
        guard = LazyGuard(lambda: settings.privacy)
        ledger = Ledger(database, guard=guard) if database else None
        exact = open_exact(ledger, job) if ledger and settings.chat.lookup else None
        for sentence in look(job, adapter):
            note(sentence)
        answerer = load_answerer(job, adapter, exact)
        recall = (
            open_recall(database, settings, job.base.renderer.tokenizer)
            if database and settings.chat.recall
            else None
        )
        session = ChatSession(answerer, ledger, recall, settings.chat, seed=seed, note=note)
        yield Place(home, settings, job, session, database)


def open_exact(ledger: Ledger, job: Job) -> ExactMemory:
    """The facts of a ledger, for the model of a job."""
    return ExactMemory(ledger, job.home, job.base.renderer, job.backend.name, job.settings.lookup)


def load_answerer(job: Job, adapter: str | None, exact: ExactMemory | None = None) -> Answerer:
    """The base with this version. Raises UnknownName, AdapterError, ModelError."""
    folder = None if adapter == BARE else find_version(job.home, job.base, adapter)
    with err.status(f"Loading {job.base.id} ...") if err.is_terminal else nullcontext():
        return Answerer(job.load(folder), adapter=folder.name if folder else "", exact=exact)
