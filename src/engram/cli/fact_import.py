"""`engram memory facts import`: files of facts, each written down as a whole or not at all.

Not here: reading the files (chat/fact_files.py), and what counts as the same fact (store/facts.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engram.chat.fact_files import read_facts
from engram.cli.fact_remarks import clashes_of, merged_spelling, short_keys, shortest_key
from engram.cli.guarding import guard_of
from engram.cli.output import err, out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption, count, reading, short, writing
from engram.errors import BadName
from engram.home import Home, check_name
from engram.store import facts
from engram.store.entries import IMPORTED
from engram.store.facts import Remembered, Told
from engram.store.tags import check_tags, tags_to_text

EXAMPLES = 5
"""Names that a sentence lists; --json has all."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file. `replaced` counts values in place of older ones; `merged` are spellings that
    count as one key, `short` names that answer only by themselves, `hidden` those that lead elsewhere."""

    file: str
    facts: int
    new: int
    replaced: int
    known: int
    merged: list[tuple[str, str]]
    short: list[str]
    hidden: list[str]


def command(
    files: Annotated[list[Path], typer.Argument(help="Facts as .csv, .tsv or .jsonl; patterns as .yaml.")],
    namespace: Annotated[
        str | None, typer.Option("--namespace", help="For facts whose file names none.")
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="For all of them: no-train, no-rag or no-memory.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be done.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write down the facts of files. Of each file all are, or, if anything is wrong in it, none.

    The first line of a CSV names its columns: key and value, and perhaps aliases (one to a line),
    probability, end, namespace, tags, said_at. A fact takes the place of an older one of its key; what is
    there already is not written twice. engram forget --source import:NAME takes a file's facts back.
    """
    given = frozenset(tags_to_text(check_tags(tags or [])).split())
    read = {file: _with(read_facts(file), namespace, given) for file in files}
    done = [_import(file, told, home, dry_run) for file, told in read.items()]
    if json:
        print_json({"dry_run": dry_run, "files": [asdict(each) for each in done]})
        return
    for each in done:
        _tell(each, dry_run)


def _with(told: Sequence[Told], namespace: str | None, tags: frozenset[str]) -> list[Told]:
    return [
        replace(fact, namespace=fact.namespace or namespace or "", tags=fact.tags | tags) for fact in told
    ]


def _import(file: Path, told: Sequence[Told], home: Path | None, dry_run: bool) -> Imported:
    """One file. Raises Withheld, StorageError; then none of it is written."""
    source, place = f"{IMPORTED}{_name(file)}", Home.find(home)
    with _bar(len(told)) as bar:

        def progress(done: int) -> None:
            bar.update(bar.task_ids[0], completed=done)

        if dry_run:
            with reading(home) as ledger:
                known = ledger.entries(kind="fact") if ledger else []
                found = facts.foresee(known, told, guard_of(place), source=source, progress=progress)
                return _summary(file, found, shortest_key(place), [])
        with writing(home) as (_, ledger):
            found = facts.remember_all(ledger, told, source=source, progress=progress)
            hidden = [clash.name for clash in clashes_of(ledger, [each.entry for each in found])]
            return _summary(file, found, shortest_key(place), hidden)


def _name(file: Path) -> str:
    """The file's name as an import may be called."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", file.stem)[:64].strip("-")
    try:
        return check_name("import", plain)
    except BadName:
        return "facts"


def _summary(file: Path, found: Sequence[Remembered], shortest: int, hidden: list[str]) -> Imported:
    kinds = Counter("new" if each.is_new else "replaced" if each.changed else "known" for each in found)
    merged = [pair for each in found if (pair := merged_spelling(each))]
    brief = [name for each in found for name in short_keys(each.entry, shortest)]
    return Imported(
        file.name, len(found), kinds["new"], kinds["replaced"], kinds["known"], merged, brief, hidden
    )


def _tell(done: Imported, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    out.print(
        f"{done.file}: {count(done.facts, 'fact')}; {would}new {done.new:,}, {would}replaced "
        f"{done.replaced:,}, known already {done.known:,}.",
        soft_wrap=True,
    )
    if done.merged:
        pairs = [f"{old} and {new}" for old, new in done.merged]
        say(f"Keys are compared without case; of these the later counts: {_some(pairs)}.")
    if done.short:
        say(f"Short keys, which answer only by themselves: {_some(done.short)}.")
    if done.hidden:
        say(f"Under these names another, newer fact answers: {_some(done.hidden)}.")


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(short(name, 40) for name in names[:EXAMPLES])
    more = len(names) - EXAMPLES
    return f"{listed} and {more:,} more" if more > 0 else listed


def _bar(size: int) -> Progress:
    """On a terminal only."""
    columns = (
        TextColumn("importing"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    bar = Progress(*columns, console=err, disable=not err.is_terminal, transient=True)
    bar.add_task("", total=size)
    return bar
