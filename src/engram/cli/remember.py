"""`engram remember`: one fact, written down at once. Not here: many (memory_facts.py), facts in free talk."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from engram.cli.fact_remarks import remarks, replaced, shortest_key
from engram.cli.output import out, print_json, say
from engram.cli.remembered import HomeOption, JsonOption, as_json, day, short, writing
from engram.errors import UsageError
from engram.store import facts
from engram.store.facts import Remembered, Told
from engram.store.tags import check_tags, may_store, parse_tags

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(
    key: Annotated[str, typer.Argument(help='What it is about, such as "my dog\'s name".')],
    value: Annotated[str, typer.Argument(help="What is to be remembered.")],
    alias: Annotated[
        list[str] | None,
        typer.Option("--alias", help="Another name of the key; may be repeated. In place of earlier ones."),
    ] = None,
    probability: Annotated[
        float | None,
        typer.Option("--p", help="How likely the answer is the fact, between 0 and 1; 1 is always."),
    ] = None,
    end: Annotated[
        Literal["stop", "release"] | None,
        typer.Option("--end", help="After the fact: stop, or let the model go on (release)."),
    ] = None,
    namespace: Annotated[
        str, typer.Option("--namespace", help="Keys of one namespace are told apart from those of others.")
    ] = "",
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="no-train, no-rag or no-memory; may be repeated.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Remember a fact. A newer value takes the place of the older one, which is kept as history.

    A question that ends with the key, or the key alone, is answered with the value, word for word. What is
    not given stays as it was.
    """
    text, written = parse_tags(value)
    chosen = written | check_tags(tags or [])
    if not may_store(chosen):
        raise UsageError("What is tagged #private is never written down.", "Leave the tag out to keep it.")
    aliases = tuple(alias) if alias else None
    told = Told(key, text, aliases, probability, end, namespace, chosen)
    with writing(home) as (place, ledger):
        (found,) = facts.remember_all(ledger, [told])
        sentences = [*replaced(found), *remarks(ledger, found, shortest_key(place))]
    _tell(found, sentences, json)


def _tell(found: Remembered, sentences: list[str], json: bool) -> None:
    entry, before = found.entry, found.before
    if json:
        replaced = as_json(before) if before and found.changed else None
        print_json({"entry": as_json(entry), "replaced": replaced, "remarks": sentences})
        return
    known = "remembered" if found.changed else f"known since {day(entry)}"
    out.print(f"{short(entry.key)} = {short(entry.text)}: {known} (entry {entry.id}).")
    for sentence in sentences:
        say(sentence)
