"""A job as a command needs it: assembled from the settings and watched at the terminal.

Not here: the work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engram.api import assemble
from engram.cli.interrupts import stop_requests
from engram.cli.output import err, say
from engram.config import Settings
from engram.home import Home
from engram.job import Job, Nobody


@contextmanager
def open_job(settings: Settings, home: Home, quiet: bool = False) -> Iterator[Job]:
    """Base and backend as the settings say, watched by a progress bar on stderr unless `quiet`."""
    job = replace(assemble(settings, home), stop_requests=stop_requests)
    for sentence in () if quiet else job.base.notes:
        say(sentence)
    if quiet or not err.is_terminal:
        yield job if quiet else replace(job, watcher=PlainWatcher())
        return
    with TerminalWatcher() as watcher:
        yield replace(job, watcher=watcher)


class PlainWatcher(Nobody):
    """Stages and remarks as lines on stderr, for logs and pipes."""

    def stage(self, name: str) -> None:
        say(f"{name} ...")

    def note(self, sentence: str) -> None:
        say(sentence)


class TerminalWatcher:
    """One bar for each stage; finished stages stay as a line."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("[dim]{task.fields[note]}"),
            console=err,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> TerminalWatcher:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:  # after an error the bar stays where it was
            self._finish()
        self._progress.stop()

    def stage(self, name: str) -> None:
        self._finish()
        self._task = self._progress.add_task(name, total=None, note="")

    def update(self, done: int, total: int, note: str = "") -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, note=note)

    def note(self, sentence: str) -> None:
        self._progress.console.print(sentence)

    def _finish(self) -> None:
        if self._task is not None:
            task = self._progress.tasks[self._task]
            self._progress.update(self._task, completed=task.total or 1, total=task.total or 1, note="")
