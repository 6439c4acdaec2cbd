"""What the commands about memory share: opening the ledger, the options, and entries as lines for a terminal.

Not here: the commands (memory.py, remember.py, forget.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from engram.cli.guarding import guard_of
from engram.cli.main import visible
from engram.home import Home
from engram.store import facts
from engram.store.database import Database
from engram.store.entries import CHAT, REMEMBER, Entry, LedgerStats, local
from engram.store.fact_options import FactOptions
from engram.store.ledger import Ledger
from engram.store.tags import STORED_TAGS

HomeOption = Annotated[Path | None, typer.Option("--home", help="Where memories and adapters lie.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
SessionOption = Annotated[int | None, typer.Option("--session", help="Only this conversation.")]
SourceOption = Annotated[
    str | None, typer.Option("--source", help="Only from there: chat, pasted, remember or import:NAME.")
]
BeforeOption = Annotated[
    str | None,
    typer.Option("--before", help="Only what was said before this day, or moment.", metavar="DATE"),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Only what was said on this day, or moment, or later.", metavar="DATE"),
]

NOTHING_YET = "Nothing is written down yet. Begin with engram chat, or engram remember KEY VALUE."
WHO = {"user": "you", "assistant": "model", "tool": "tool"}
LINE = 100
"""Characters of a text that a list shows."""


@contextmanager
def reading(home: Path | None) -> Iterator[Ledger | None]:
    """The ledger of a home; None, and nothing is made, where there is none yet."""
    place = Home.find(home)
    if not place.database.exists():
        yield None
        return
    with Database.open(place.database) as database:
        yield Ledger(database)


@contextmanager
def writing(home: Path | None) -> Iterator[tuple[Home, Ledger]]:
    """A home and its ledger, made if need be."""
    place = Home.find(home).create()
    with Database.open(place.database) as database:
        yield place, Ledger(database, guard=guard_of(place))


def versions(ledger: Ledger, entry: Entry) -> list[Entry]:
    """All values of a fact's key, or all versions of a message, oldest first."""
    return (
        facts.history(ledger, entry.key, entry.options.namespace)
        if entry.kind == "fact"
        else ledger.versions(entry.id)
    )


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON values, tags in their order; a fact with how it is looked up."""
    tags = [tag for tag in STORED_TAGS if tag in entry.tags]
    shown = asdict(entry) | {"tags": tags, "flags": sorted(entry.flags)}
    options = shown.pop("options")
    return shown | options if entry.kind == "fact" else shown


def who(entry: Entry) -> str:
    """Who said it, and how it came here where that is not the usual way."""
    name = "thought" if entry.kind == "thought" else WHO.get(entry.speaker, visible(entry.speaker))
    return name if entry.source in (CHAT, REMEMBER) else f"{name}, {visible(entry.source)}"


def content(entry: Entry) -> str:
    """What it says; a fact with its key."""
    return f"{entry.key} = {entry.text}" if entry.kind == "fact" else entry.text


def marks(entry: Entry) -> str:
    """Tags, flags and rating, each with a space before it."""
    rating = {1: " +good", -1: " +bad"}.get(entry.rating, "")
    flags = f" !{','.join(sorted(entry.flags))}" if entry.flags else ""
    return "".join(f" #{tag}" for tag in STORED_TAGS if tag in entry.tags) + flags + rating


def line(entry: Entry) -> str:
    """One line for a list: number, when, who, and the beginning of what was said."""
    when = f"{local(entry.said_at):%Y-%m-%d %H:%M}"
    return f"{entry.id:>6}  {when}  {who(entry):<6}  {short(content(entry))}{marks(entry)}"


def details(entry: Entry, adapters: Sequence[str]) -> list[tuple[str, str]]:
    """Everything about an entry; rows without a value are left out."""
    found = [
        ("entry", f"{entry.id} ({entry.kind})"),
        ("said", f"{local(entry.said_at):%Y-%m-%d %H:%M:%S} by {who(entry)}"),
        ("session", str(entry.session or "")),
        ("model", " with ".join(name for name in (entry.model, entry.adapter) if name)),
        ("marks", marks(entry).strip()),
        ("replaces", str(entry.replaces or "")),
        ("adapters", ", ".join(adapters)),
        ("key", visible(entry.key)),
        *options_shown(entry.options),
        ("text", visible(entry.text)),
    ]
    return [(name, value) for name, value in found if value]


def options_shown(options: FactOptions) -> list[tuple[str, str]]:
    """How a fact is looked up, where that is not the usual way."""
    found = [
        ("namespace", options.namespace),
        ("aliases", ", ".join(map(visible, options.aliases))),
        ("answers", "" if options.probability is None else f"with probability {options.probability:g}"),
        ("after it", "" if options.end == "stop" else "the model goes on"),
    ]
    return [(name, value) for name, value in found if value]


def figures(stats: LedgerStats, size: int) -> list[tuple[str, str]]:
    """The counts of `engram memory stats`; `size` in bytes."""
    kinds = ", ".join(count(number, kind) for kind, number in stats.by_kind.items())
    speakers = ", ".join(
        f"{WHO.get(name, visible(name))} {number:,}" for name, number in stats.by_speaker.items()
    )
    sources = ", ".join(f"{visible(name)} {number:,}" for name, number in stats.by_source.items())
    found = [
        ("entries", f"{stats.entries:,} ({kinds})" if stats.entries else "0"),
        ("said by", speakers),
        ("from", sources),
        ("sessions", f"{stats.sessions:,}" if stats.sessions else ""),
        ("tagged", f"{stats.tagged:,}" if stats.tagged else ""),
        ("forgotten", f"{stats.forgotten:,}" if stats.forgotten else ""),
        ("since", f"{local(stats.first_at):%Y-%m-%d}" if stats.first_at else ""),
        ("last", f"{local(stats.last_at):%Y-%m-%d %H:%M}" if stats.last_at else ""),
        ("size", f"{size / 1e6:.1f} MB"),
    ]
    return [(name, value) for name, value in found if value]


def day(entry: Entry) -> str:
    """When it was said, as a date."""
    return f"{local(entry.said_at):%Y-%m-%d}"


def short(text: str, most: int = LINE) -> str:
    """A text in one line, cut if it is long, without anything that a terminal would obey."""
    flat = visible(" ".join(text.split()))
    return flat if len(flat) <= most else flat[: most - 3] + "..."


def count(number: int, one: str, many: str = "") -> str:
    """`1 turn`, `1,204 turns`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
