"""`engram memory export|verify|backup`: what is written down as rows, proved, and copied.

Not here: looking at it (memory.py).
"""

from __future__ import annotations

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

import typer

from engram.cli.output import out, print_json, say
from engram.cli.remembered import (
    NOTHING_YET,
    BeforeOption,
    HomeOption,
    JsonOption,
    SessionOption,
    SinceOption,
    SourceOption,
    count,
    reading,
)
from engram.disk import disk_errors
from engram.errors import UsageError
from engram.home import Home
from engram.store import export as export_module
from engram.store.backup import create_new
from engram.store.forgetting import finish


def export(
    session: SessionOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    before: BeforeOption = None,
    to: Annotated[Path | None, typer.Option("--out", help="A new file, instead of stdout.")] = None,
    home: HomeOption = None,
) -> None:
    """Conversations and facts as JSONL in chat form, one row each; engram train --data reads it."""
    with reading(home) as ledger:
        rows = []
        if ledger:
            found = ledger.entries(session=session, source=source, since=since, before=before)
            rows = list(export_module.rows(found, ledger.superseded()))
    text = "".join(json_module.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if to:
        write_new(to, text)
    else:
        sys.stdout.write(text)
    say(f"{count(len(rows), 'row')}." if rows else NOTHING_YET)


def verify(home: HomeOption = None, json: JsonOption = False) -> None:
    """Check that every entry is as it was written, and that none is missing. Exit code 1 otherwise.

    If an earlier forgetting was interrupted, it is finished first.
    """
    with reading(home) as ledger:
        finished = finish(Home.find(home), ledger.database) if ledger else 0
        found = ledger.verify() if ledger else None
    problems = list(found.problems) if found else []
    if json:
        figures = (
            {"entries": found.entries, "forgotten": found.forgotten}
            if found
            else {"entries": 0, "forgotten": 0}
        )
        print_json({"ok": not problems, **figures, "problems": problems})
    elif found is None:
        out.print(NOTHING_YET)
    elif not problems:
        forgotten = f", {found.forgotten:,} of them forgotten" if found.forgotten else ""
        out.print(f"Whole: {count(found.entries, 'entry', 'entries')}{forgotten}, each as it was written.")
    for problem in () if json else problems:
        out.print(f"!!  {problem}", soft_wrap=True)
    if finished:
        say(f"Finished {count(finished, 'forgetting')} that had been interrupted.")
    if problems:
        raise typer.Exit(1)


def backup(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Copy the whole database to a new file, as of this moment, and check the copy.

    To restore one, put it in the home as memory.db. What you forget later stays in the copy.
    """
    with reading(home) as ledger:
        if ledger is None:
            raise UsageError("There is nothing to copy.", NOTHING_YET)
        checked = ledger.backup(file)
    size = file.stat().st_size
    if json:
        print_json({"file": str(file), "entries": checked.entries, "bytes": size})
        return
    out.print(
        f"{file}: {count(checked.entries, 'entry', 'entries')}, {size / 1e6:.1f} MB, checked.", soft_wrap=True
    )


def write_new(file: Path, text: str) -> None:
    """Raises UsageError if there is such a file already, StorageError."""
    create_new(file)
    try:
        with disk_errors(file):
            file.write_text(text, encoding="utf-8")
    except BaseException:
        file.unlink(missing_ok=True)
        raise
