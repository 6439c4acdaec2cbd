"""`engram sleep --review`: what is new is shown one by one, and what the user vetoes is never trained.

A veto is the tag #no-train on the entries behind it, so that it holds for every night. Not here: the night.
"""

from __future__ import annotations

import sys

from rich.prompt import Prompt

from engram.cli.output import err, say
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.errors import UsageError
from engram.home import Home
from engram.sleep.memories import Memory
from engram.sleep.rehearsal import rehearse
from engram.sleep.wishes import Wishes
from engram.store.database import Database
from engram.store.ledger import Ledger


def review(settings: Settings, home: Home, wishes: Wishes = Wishes()) -> None:
    """Ask about every new memory: yes, no, all of the rest, or quit. Raises UsageError without a terminal,
    and where the user quits."""
    if not sys.stdin.isatty():
        raise UsageError("--review asks, and there is no terminal here.", "Sleep without it.")
    with open_job(settings, home, quiet=True) as job:
        agenda = rehearse(job, wishes).agenda
    fresh = agenda.fresh if agenda else ()
    for number, memory in enumerate(fresh, 1):
        err.print(f"[{number}/{len(fresh)}] {memory.question}\n       {memory.answer}", soft_wrap=True)
        said = _ask()
        if said == "q":
            raise UsageError("The night was not begun.", "What you said no to is not trained, ever.")
        if said == "a":
            break
        if said == "n":
            _veto(home, memory)


def _ask() -> str:
    """y, n, a or q; a closed terminal is q."""
    try:
        return Prompt.ask("       learn it?", choices=["y", "n", "a", "q"], default="y", console=err)
    except EOFError:
        return "q"


def _veto(home: Home, memory: Memory) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        for number in memory.entries:
            ledger.set_tags(number, ledger.get(number).tags | {"no-train"})
    say(f"       #no-train: {', '.join(map(str, memory.entries))}")
