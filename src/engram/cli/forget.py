"""`engram forget`: shows what would go, asks, and forgets it for good. Not here: how that is done (store)."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from engram.cli.output import out, print_json, say
from engram.cli.remembered import (
    BeforeOption,
    HomeOption,
    JsonOption,
    SessionOption,
    SourceOption,
    YesOption,
    count,
    line,
    reading,
    versions,
)
from engram.errors import UsageError
from engram.home import Home
from engram.store.entries import Entry, local
from engram.store.forgetting import choose, finish, forget
from engram.store.ledger import Ledger
from engram.store.receipts import Outcome, Receipt

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SHOWN = 40
"""Entries listed before asking."""


@app.command()
def command(
    ids: Annotated[
        list[int] | None, typer.Argument(help="Numbers, as engram memory list shows them.")
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", help="Everything that contains this, also inside longer words.")
    ] = None,
    session: SessionOption = None,
    before: BeforeOption = None,
    source: SourceOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Forget for good: by number, or everything that meets the criteria given.

    It goes from the database, its index, training data and runs; a receipt says what was done.

    Adapters that were trained on it are marked and serve no more. Backups and exports cannot be reached.
    """
    given = {"query": query, "session": session, "before": before, "source": source}
    how = "+".join(name for name, value in given.items() if value is not None) or "ids"
    receipt = None
    with reading(home) as ledger:
        if ledger:
            place = Home.find(home)
            finish(place, ledger.database)  # what an interruption left
            chosen = choose(ledger, ids=ids or (), query=query, session=session, before=before, source=source)
            receipt = offer(place, ledger, chosen, how, yes)
    tell(receipt, json)


def offer(place: Home, ledger: Ledger, chosen: list[Entry], how: str, yes: bool) -> Receipt | None:
    """Show what would go, ask, and forget it; None if that is not wanted. Raises UsageError, StorageError."""
    _show(ledger, chosen)
    if not chosen or not _agreed(len(chosen), yes):
        return None
    return forget(place, ledger.database, chosen, how=how)


def _show(ledger: Ledger, chosen: list[Entry]) -> None:
    """What would go, and what would then be the latest version again."""
    for entry in chosen[:SHOWN]:
        say(line(entry))
    if len(chosen) > SHOWN:
        say(f"... and {len(chosen) - SHOWN:,} more.")
    going = {entry.id for entry in chosen}
    back = set()
    for entry in (entry for entry in chosen if entry.replaces is not None):
        known = [each.id for each in versions(ledger, entry)]
        kept = [id for id in known if id not in going]
        if kept and known[-1] in going:
            back.add(kept[-1])
    for id in sorted(back):
        say(f"Then this counts again: {line(ledger.get(id)).strip()}")


def _agreed(number: int, yes: bool) -> bool:
    """Whether the person says yes. Raises UsageError where nobody can be asked."""
    if yes:
        return True
    entries = count(number, "entry", "entries")
    if not sys.stdin.isatty():
        raise UsageError(
            f"{entries} would be forgotten, and nobody is there to ask.", "Add --yes if that is meant."
        )
    return typer.confirm(f"Forget {entries} for good?", err=True)


def tell(receipt: Receipt | None, json: bool) -> None:
    """The receipt on stdout; exit code 1 where something is left."""
    outcome = (receipt and receipt.outcome) or Outcome()
    if json:
        print_json(receipt and asdict(receipt))
    elif receipt is None:
        out.print("Nothing was forgotten.")
    else:
        for name, value in lines(receipt, outcome):
            out.print(f"{name:<10} {value}", soft_wrap=True)
    if outcome.left:
        raise typer.Exit(1)


def lines(receipt: Receipt, outcome: Outcome) -> list[tuple[str, str]]:
    """The receipt for a reader."""
    kinds = ", ".join(count(number, kind) for kind, number in receipt.counts.items())
    found = [("receipt", f"{receipt.id}, {local(receipt.made_at):%Y-%m-%d %H:%M}")]
    found.append(("forgotten", f"{kinds}: {spans(receipt.entries)}"))
    if outcome.removed:
        found.append(("deleted", ", ".join(outcome.removed)))
    size = f"{count(outcome.files, 'file')}, {outcome.bytes / 1e6:.1f} MB"
    result = "found in " + ", ".join(outcome.left) if outcome.left else "not a byte found"
    if outcome.passages:
        found.append(("searched", f"{size}, for {count(outcome.passages, 'passage')}: {result}"))
    else:
        found.append(("searched", "no: too short to be told from other text"))
    if outcome.echoes:
        found.append(
            ("repeated", f"other entries say the same: engram forget {' '.join(map(str, outcome.echoes))}")
        )
    if receipt.adapters:
        found.append(("adapters", f"{', '.join(receipt.adapters)}: trained on some of it, and marked"))
    for base, name in receipt.serving.items():
        now = f"with {name}" if name else "without an adapter"
        found.append(("serves", f"{base} answers {now}, until engram sleep has trained what is left"))
    return found


def spans(numbers: tuple[int, ...]) -> str:
    """`1-3, 7`: numbers in order, runs of them as ranges."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)
