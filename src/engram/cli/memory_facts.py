"""`engram memory facts`: the facts that were told on purpose, by the thousand: list, import, export, delete.

Not here: one fact (remember.py), reading and writing the files (chat/fact_files.py), what a person is shown
of an import (fact_import.py).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from engram.chat.fact_files import as_row, write_lines, write_table
from engram.cli import fact_import, forget
from engram.cli.memory_files import write_new
from engram.cli.output import out, print_json, say
from engram.cli.remembered import (
    NOTHING_YET,
    HomeOption,
    JsonOption,
    YesOption,
    count,
    day,
    marks,
    options_shown,
    reading,
    short,
)
from engram.errors import UsageError
from engram.home import Home
from engram.store import facts
from engram.store.entries import Entry, written
from engram.store.forgetting import finish
from engram.store.ledger import Ledger

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

NamespaceOption = Annotated[
    str | None, typer.Option("--namespace", help='Only of this namespace; "" is the common one.')
]
QueryOption = Annotated[
    str | None,
    typer.Option("--query", help="Only what holds this in key, alias or value, whatever the case."),
]


@app.callback()
def group() -> None:
    """Facts that were told on purpose; a question for one of their keys is answered word for word."""


@app.command("list")
def list_facts(
    namespace: NamespaceOption = None,
    query: QueryOption = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many, the latest; 0 is all.", min=0)] = 20,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """The current facts, newest last. What is superseded stands in engram memory show."""
    with reading(home) as ledger:
        found = chosen(ledger, namespace, query)
    shown = found[-limit:] if limit else found
    if json:
        print_json([{"id": fact.id, **as_row(fact), "looked_up": facts.may_look_up(fact)} for fact in shown])
        return
    for fact in shown:
        out.print(_line(fact), soft_wrap=True)
    if len(shown) < len(found):
        say(f"{count(len(found) - len(shown), 'earlier fact')} not shown; --limit 0 shows all.")
    if not found:
        out.print("No fact is there." if ledger else NOTHING_YET)


@app.command("export")
def export(
    namespace: NamespaceOption = None,
    query: QueryOption = None,
    kind: Annotated[
        Literal["csv", "jsonl"] | None,
        typer.Option("--format", help="Without it, as --out ends; on stdout jsonl."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="A new file, instead of stdout.")] = None,
    home: HomeOption = None,
) -> None:
    """The current facts as CSV or JSONL, which engram memory facts import reads."""
    with reading(home) as ledger:
        found = chosen(ledger, namespace, query)
    table = kind == "csv" or (kind is None and to is not None and to.suffix.lower() == ".csv")
    text = write_table(found) if table else write_lines(found)
    if to:
        write_new(to, text)
    else:
        sys.stdout.write(text)
    say(f"{count(len(found), 'fact')}." if found else NOTHING_YET)


@app.command("delete")
def delete(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys, not aliases.")] = None,
    namespace: NamespaceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All facts, or all of --namespace.")] = False,
    yes: YesOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Forget facts for good, with every value they ever had: shown, asked, and with a receipt."""
    if everything == bool(keys):
        raise UsageError("Say which facts.", "Give their keys, or --all.")
    receipt = None
    with reading(home) as ledger:
        if ledger:
            place = Home.find(home)
            finish(place, ledger.database)  # what an interruption left
            gone = _with_history(ledger, keys or [], namespace)
            receipt = forget.offer(place, ledger, gone, "facts", yes)
    forget.tell(receipt, json)


app.command("import")(fact_import.command)


def chosen(ledger: Ledger | None, namespace: str | None, query: str | None) -> list[Entry]:
    """The current facts that meet these, in the order told."""
    found = facts.all_current(ledger) if ledger else []
    if namespace is not None:
        found = [fact for fact in found if fact.options.namespace == namespace]
    if query is None:
        return found
    word = query.casefold()
    return [fact for fact in found if any(word in text.casefold() for text in written(fact))]


def _with_history(ledger: Ledger, keys: list[str], namespace: str | None) -> list[Entry]:
    """Every value of these keys, or of all. Raises UsageError that names a key that is not there."""
    there = ledger.entries(kind="fact")
    if namespace is not None:
        there = [fact for fact in there if fact.options.namespace == namespace]
    if not keys:
        return there
    wanted = {facts.normal_key(key): key for key in keys}
    found = [fact for fact in there if facts.normal_key(fact.key) in wanted]
    missing = wanted.keys() - {facts.normal_key(fact.key) for fact in found}
    if missing:
        key = wanted[min(missing)]
        raise UsageError(f"There is no fact {short(key)!r}.", "engram memory facts list shows them.")
    return found


def _line(fact: Entry) -> str:
    options = "; ".join(f"{name} {value}" for name, value in options_shown(fact.options))
    away = "" if facts.may_look_up(fact) else "  (not looked up)"
    more = f"  [{options}]" if options else ""
    return f"{fact.id:>6}  {day(fact)}  {short(fact.key)} = {short(fact.text)}{more}{marks(fact)}{away}"
