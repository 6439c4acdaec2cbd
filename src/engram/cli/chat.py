"""`engram chat`: talk to the model; what is said is written down, and found again.

Not here: the conversation itself (chat), or how it looks (chat_screen.py, chat_piped.py).
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engram.cli.chat_piped import talk
from engram.cli.chat_place import Place, open_place
from engram.cli.chat_screen import show_head, whisper
from engram.cli.options import with_settings
from engram.cli.output import say
from engram.config import Settings
from engram.home import Home

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "chat")
def command(
    settings: Settings,
    home: Home,
    adapter: Annotated[
        str | None,
        typer.Option(help="A version, or none; without it, the one in service.", rich_help_panel="General"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of sampling, where temperature is not 0.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object for each turn read.")] = False,
) -> None:
    """Talk to the model; what is said is written down, and found again later.

    At a terminal, /help shows what else can be done. In a pipe, each line is a turn.
    """
    alone = json or not (sys.stdin.isatty() and sys.stdout.isatty())
    with open_place(settings, home, adapter, seed, say if alone else whisper) as place:
        if alone:
            if hasattr(sys.stdin, "reconfigure"):  # bytes that are no text must not end a conversation
                sys.stdin.reconfigure(errors="replace")
            talk(place.session, sys.stdin, json, place.database)
        else:
            _meet(place)


def _meet(place: Place) -> None:
    """A conversation with a person; what that needs is loaded only now."""
    from engram.cli.chat_talk import Talk

    answerer, ledger = place.session.answerer, place.ledger
    entries = ledger.stats().entries if ledger else 0
    show_head(place.job.base.id, answerer.adapter, entries, place.session.incognito)
    Talk(place).run()
