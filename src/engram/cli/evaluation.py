"""What the ways of `engram eval` share: what was asked for, and the sides to measure, one after the other.

Not here: what is measured of a side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from engram.answer.answerer import Answerer
from engram.answer.exact import ExactMemory
from engram.cli.chat_place import open_exact
from engram.cli.output import BARE, say
from engram.cli.remembered import reading
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.errors import UsageError
from engram.home import Home
from engram.job import Job
from engram.training.versions import find_version

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a call of `engram eval` asks for. `adapter` is a version, BARE, or None for what serves."""

    settings: Settings
    home: Home
    suite: str | None = None
    data: Path | None = None
    adapter: str | None = None
    one_side: bool = False
    out: Path | None = None
    json: bool = False
    lookup: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The job, the version measured (None: only the bare model is), and the exact memory that answers."""

    job: Job
    version: Path | None
    exact: ExactMemory | None = None

    @property
    def adapter(self) -> str | None:
        return self.version.name if self.version else None

    @property
    def words(self) -> str:
        return f"{self.job.base.id} with {self.adapter}" if self.adapter else f"{self.job.base.id}, bare"

    def sides(self, one_side: bool, total: int, what: str) -> Iterator[tuple[str, Answerer, Told]]:
        """ "before" is the bare model, "after" the version; each with whom to tell how many are done."""
        if self.version is None or not one_side:
            yield self._side("before", None, total, what)
        if self.version:
            yield self._side("after", self.version, total, what)

    def _side(self, name: str, version: Path | None, total: int, what: str) -> tuple[str, Answerer, Told]:
        self.job.watcher.stage(name.capitalize())
        answerer = Answerer(self.job.load(version), (), version.name if version else "", self.exact)
        return name, answerer, lambda done: self.job.watcher.update(done, total, what)


@contextmanager
def opened(wanted: Wanted) -> Iterator[Opened]:
    """The model, and the version that is meant. Raises UnknownName, ModelError, AdapterError."""
    with open_job(wanted.settings, wanted.home, quiet=wanted.json) as job, exact_of(wanted, job) as exact:
        if exact:
            say("The exact memory of this home answers too: these are not figures of weights alone.")
        bare = wanted.adapter == BARE
        version = None if bare else find_version(wanted.home, job.base, wanted.adapter)
        yield Opened(job, version, exact)


@contextmanager
def exact_of(wanted: Wanted, job: Job) -> Iterator[ExactMemory | None]:
    """The exact memory of the home, where it is asked for. Raises StorageError."""
    with reading(wanted.home.root if wanted.lookup else None) as ledger:
        yield open_exact(ledger, job) if ledger and wanted.lookup else None


def refuse_lookup(wanted: Wanted, what: str) -> None:
    """Raises UsageError where --lookup was given, and `what` asks nothing."""
    if wanted.lookup:
        raise UsageError(f"--lookup does not go with {what}.", "It answers questions; leave it out.")


def refuse_out(wanted: Wanted, what: str) -> None:
    """Raises UsageError where --out was given, and `what` writes no files."""
    if wanted.out:
        raise UsageError(f"--out does not go with {what}.", "Use --json, which has all of it.")


def figures_table(*columns: str) -> Table:
    """A table with names at the left and figures at the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table
