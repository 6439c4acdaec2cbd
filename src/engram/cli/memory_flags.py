"""`engram memory unflag`: what the guard took for unsafe, and is not. Not here: what a flag does (store)."""

from __future__ import annotations

from typing import Annotated

import typer

from engram.cli.output import out, print_json
from engram.cli.remembered import NOTHING_YET, HomeOption, JsonOption, as_json, line, reading
from engram.errors import UnknownName
from engram.store.unflagging import unflag


def command(
    ids: Annotated[list[int], typer.Argument(help="Numbers, as engram memory list shows them.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take the flags off entries that the guard took for unsafe: they are found and learned from again."""
    with reading(home) as ledger:
        if ledger is None:
            raise UnknownName(f"There is no entry {ids[0]}.", NOTHING_YET)
        with ledger.database.write():  # all of them or none
            found = [unflag(ledger, id) for id in dict.fromkeys(ids)]
    if json:
        print_json([as_json(entry) for entry in found])
        return
    for entry in found:
        out.print(line(entry), soft_wrap=True)
    out.print("No longer flagged: found, and learned from, like what was never flagged.")
