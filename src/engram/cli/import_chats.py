"""`engram import`: conversations from other programs' exports, written down once.

Not here: how they are read (chat/importers), and the table at the end (import_table.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from engram.chat.importers.detect import NAMES, Export, detect
from engram.chat.importers.importing import Importer, Summary
from engram.cli.guarding import guard_of
from engram.cli.import_table import as_json, sentence, table
from engram.cli.memory_index import embedder_of
from engram.cli.output import err, out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption, YesOption, count, reading, writing
from engram.errors import EngramError
from engram.home import Home
from engram.store.entries import moment
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.types import Guard

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(
    files: Annotated[
        list[Path], typer.Argument(help="Exports: zip, JSON, JSONL, logs.db, or a folder that was unpacked.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come.")] = False,
    source: Annotated[
        str | None, typer.Option("--source", help=f"Do not look, it is one of: {', '.join(NAMES)}.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only what was said on this day, or moment, or later.", metavar="DATE"),
    ] = None,
    yes: YesOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write down what was said in other programs: ChatGPT, Claude, Open WebUI, llm, ShareGPT, chat JSONL.

    What came before is left as it is, and so is what was forgotten since: importing twice changes nothing.
    """
    start = moment(since) if since else None
    exports = [export for file in files for export in detect(file, source)]
    for export in exports:
        say(sentence(export))
    _ask(yes or dry_run)
    with _ledger(home, dry_run) as ledger:
        summaries = _import(exports, ledger, guard_of(Home.find(home)), start, dry_run)
        _tell(exports, summaries, dry_run, json)
        if ledger and not dry_run:
            _index(ledger, home)
    if any(summary.problems for summary in summaries):
        raise typer.Exit(1)


def _ask(yes: bool) -> None:
    """Only where somebody is there to be asked: an import takes nothing away. Raises EngramError."""
    if not yes and sys.stdin.isatty() and not typer.confirm("Import this?", default=True, err=True):
        raise EngramError("Nothing was imported.")


@contextmanager
def _ledger(home: Path | None, dry_run: bool) -> Iterator[Ledger | None]:
    """The ledger to write to; for a dry run the one that is there, if any, and nothing is made."""
    if dry_run:
        with reading(home) as ledger:
            yield ledger
    else:
        with writing(home) as (_, found):
            yield found


def _import(
    exports: Sequence[Export], ledger: Ledger | None, guard: Guard, since: datetime | None, dry_run: bool
) -> list[Summary]:
    summaries: list[Summary] = []
    with _bar("importing", sum(export.size for export in exports), DownloadColumn()) as bar:
        task = bar.task_ids[0]
        for export in exports:
            importer = Importer(ledger, export.source, guard=guard, since=since, dry_run=dry_run)
            summaries.append(importer.summary)
            try:
                for found in export.read(
                    lambda size: bar.advance(task, size), importer.summary.problems.append
                ):
                    importer.add(found)
            except KeyboardInterrupt:
                _interrupted(summaries, dry_run)
    return summaries


def _interrupted(summaries: Sequence[Summary], dry_run: bool) -> None:
    read = sum(summary.conversations for summary in summaries)
    kept = "" if dry_run else ", and what was new of them is kept"
    raise EngramError(
        f"Interrupted: {count(read, 'conversation')} had been read{kept}.",
        "The same command goes on from there.",
    ) from None


def _bar(name: str, size: int, figures: ProgressColumn) -> Progress:
    """One bar with one task, on a terminal only."""
    columns = (TextColumn(name), BarColumn(bar_width=20), figures, TimeRemainingColumn(compact=True))
    bar = Progress(*columns, console=err, disable=not err.is_terminal, transient=True)
    bar.add_task("", total=size)
    return bar


def _tell(exports: Sequence[Export], summaries: Sequence[Summary], dry_run: bool, json: bool) -> None:
    if json:
        found = [as_json(export, summary) for export, summary in zip(exports, summaries, strict=True)]
        print_json({"dry_run": dry_run, "exports": found})
    else:
        for line in table(exports, summaries, dry_run):
            out.print(line, soft_wrap=True)


def _index(ledger: Ledger, home: Path | None) -> None:
    """So that the next chat finds it at once. Interrupting this loses nothing."""
    index = MemoryIndex(ledger.database, embedder_of(home))
    if not (behind := index.stats().behind):
        return
    with _bar("indexing", behind, MofNCompleteColumn()) as bar:
        try:
            index.refresh(lambda added: bar.update(bar.task_ids[0], completed=added))
        except KeyboardInterrupt:
            say("Not all of it is indexed; the next chat or search does the rest.")
