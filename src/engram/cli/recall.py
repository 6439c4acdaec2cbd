"""`engram recall`: which memories a model would be shown for a question, and why these.

No model answers here, only its tokenizer is read. Not here: finding them (answer/recall.py).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engram.answer.embedders import load_embedder
from engram.answer.recall import Recall, Recalled
from engram.api import find_base
from engram.cli.main import visible
from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.cli.remembered import NOTHING_YET, reading
from engram.config import Settings
from engram.home import Home
from engram.store.index import MemoryIndex

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model.model", "model.backend", "recall")
def command(
    settings: Settings,
    home: Home,
    question: Annotated[str, typer.Argument(help="What the model would be asked.")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Show the notes that a model would see before a question, newest last, with the number of each entry.

    Nothing is written down, and no model is loaded.
    """
    with reading(home.root) as ledger:
        if ledger is None:
            found, told = Recalled(), False
        else:
            index = MemoryIndex(ledger.database, load_embedder(settings.recall))
            tokenizer = find_base(settings.model, settings.model.backend).renderer.tokenizer
            found = Recall(index, tokenizer, settings.recall).recalled(question, now=ledger.clock())
            told = index.stats().entries > 0
    _tell(found, told, json)


def _tell(found: Recalled, told: bool, json: bool) -> None:
    if json:
        frame = found.message.content if found.message else None
        print_json({"notes": [asdict(note) for note in found.notes], "frame": frame})
        return
    for note in found.notes:
        out.print(f"{note.entry_id:>6}  {note.score:4.0%}  {visible(note.line)}", soft_wrap=True)
    if not found.notes:
        out.print("Nothing that was said has to do with it." if told else NOTHING_YET)
