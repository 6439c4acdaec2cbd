"""`engram recall`: which fact answers a question word for word, and which memories a model would be shown.

No model answers here, only its tokenizer is read. Not here: finding them (answer/recall.py, answer/exact.py).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engram.answer.embedders import load_embedder
from engram.answer.exact import ExactMemory
from engram.answer.recall import Recall, Recalled
from engram.api import find_base
from engram.chat.sources import told_exactly
from engram.cli.main import visible
from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.cli.remembered import NOTHING_YET, reading
from engram.config import Settings
from engram.home import Home
from engram.lookup.facts import Fact
from engram.store.index import MemoryIndex
from engram.types import Message

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model.model", "model.backend", "recall", "lookup")
def command(
    settings: Settings,
    home: Home,
    question: Annotated[str, typer.Argument(help="What the model would be asked.")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Show the notes that a model would see before a question, newest last, with the number of each entry.

    Before them, the fact that would answer it word for word, if there is one. Nothing is written down, and no
    model is loaded.
    """
    fact = None
    with reading(home.root) as ledger:
        if ledger is None:
            found, told = Recalled(), False
        else:
            base = find_base(settings.model, settings.model.backend)
            index = MemoryIndex(ledger.database, load_embedder(settings.recall))
            recall = Recall(index, base.renderer.tokenizer, settings.recall)
            found = recall.recalled(question, now=ledger.clock())
            told = index.stats().entries > 0
            exact = ExactMemory(ledger, home, base.renderer, settings.model.backend, settings.lookup)
            match = exact.find(base.renderer.prompt([Message("user", question)]), question)
            fact = match.fact if match else None
    _tell(fact, found, told, json)


def _tell(fact: Fact | None, found: Recalled, told: bool, json: bool) -> None:
    if json:
        frame = found.message.content if found.message else None
        notes = [asdict(note) for note in found.notes]
        print_json({"fact": fact and asdict(fact), "notes": notes, "frame": frame})
        return
    if fact:
        out.print(visible(f"answered {told_exactly(fact)}"), soft_wrap=True)
    for note in found.notes:
        out.print(f"{note.entry_id:>6}  {note.score:4.0%}  {visible(note.line)}", soft_wrap=True)
    if not (found.notes or fact):
        out.print("Nothing that was said has to do with it." if told else NOTHING_YET)
