"""`engram remember`: one fact, written down at once. Not here: facts found in free talk."""

from __future__ import annotations

from typing import Annotated

import typer

from engram.cli.output import out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption, as_json, day, short, writing
from engram.errors import UsageError
from engram.store import facts
from engram.store.tags import check_tags, may_store, parse_tags

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(
    key: Annotated[str, typer.Argument(help='What it is about, such as "my dog\'s name".')],
    value: Annotated[str, typer.Argument(help="What is to be remembered.")],
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="no-train, no-rag or no-memory; may be repeated.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Remember a fact. A newer value takes the place of the older one, which is kept as history."""
    text, written = parse_tags(value)
    chosen = written | check_tags(tags or [])
    if not may_store(chosen):
        raise UsageError("What is tagged #private is never written down.", "Leave the tag out to keep it.")
    with writing(home) as (_, ledger):
        before = facts.current(ledger, key)
        entry = facts.remember(ledger, key, text, tags=chosen)
    replaced = before if before and before != entry else None
    if json:
        print_json({"entry": as_json(entry), "replaced": replaced and as_json(replaced)})
        return
    known = f"known since {day(entry)}" if entry == before else "remembered"
    out.print(f"{short(entry.key)} = {short(entry.text)}: {known} (entry {entry.id}).")
    if replaced:
        say(f"It was {short(replaced.text)} ({day(replaced)}, entry {replaced.id}); that stays as history.")
