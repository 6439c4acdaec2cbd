"""`engram memory index`: looking after the search index, which is made from what is written down.

Not here: searching (memory.py, recall.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer

from engram.answer.embedders import load_embedder
from engram.cli.output import out, print_json
from engram.cli.remembered import HomeOption, JsonOption, count, writing
from engram.home import Home
from engram.settings_file import read_settings
from engram.store.index import MemoryIndex
from engram.types import Embedder

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def group() -> None:
    """Look after the search index. What is written down is never touched."""


@app.command()
def stats(home: HomeOption = None, json: JsonOption = False) -> None:
    """What the index holds."""
    with _index(home) as index:
        found = index.stats()
    if json:
        print_json(asdict(found))
        return
    lines = {
        "entries": f"{found.entries:,} indexed, {found.behind:,} to come",
        "chunks": f"{found.chunks:,}, of which {found.groups:,} say something of their own",
        "terms": f"{found.terms:,}",
        "vectors": f"{found.vectors:,}, {found.waiting:,} to come",
        "embedder": found.embedder or "none yet",
    }
    for name, value in lines.items():
        out.print(f"{name:<10} {value}", soft_wrap=True)


@app.command()
def rebuild(home: HomeOption = None, json: JsonOption = False) -> None:
    """Make the index anew from what is written down."""
    with _index(home) as index:
        index.rebuild()
        found = index.stats()
    _tell(
        {"entries": found.entries, "chunks": found.chunks},
        f"Indexed {count(found.entries, 'entry', 'entries')}.",
        json,
    )


@app.command()
def compact(home: HomeOption = None, json: JsonOption = False) -> None:
    """Write index and database file anew, without free space."""
    with _index(home) as index:
        before, after = index.compact()
    _tell(
        {"before": before, "after": after}, f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after.", json
    )


@app.command()
def prune(home: HomeOption = None, json: JsonOption = False) -> None:
    """Take out whatever is no longer written down; normally there is nothing."""
    with _index(home) as index:
        went = index.prune()
    _tell({"chunks": went}, f"Took out {count(went, 'chunk')}.", json)


@app.command()
def clear(home: HomeOption = None, json: JsonOption = False) -> None:
    """Empty the index; the next search, or chat, fills it again."""
    with _index(home) as index:
        went = index.stats().chunks
        index.clear()
    _tell({"chunks": went}, f"Took out {count(went, 'chunk')}; the next search fills the index again.", json)


def embedder_of(home: Path | None) -> Embedder | None:
    """The embedder that a home's settings name. Raises SettingsError, ModelError."""
    return load_embedder(read_settings(Home.find(home).settings).recall)


@contextmanager
def _index(home: Path | None) -> Iterator[MemoryIndex]:
    with writing(home) as (_, ledger):
        yield MemoryIndex(ledger.database, embedder_of(home))


def _tell(figures: dict[str, int], sentence: str, json: bool) -> None:
    if json:
        print_json(figures)
    else:
        out.print(sentence, soft_wrap=True)
