"""`engram doctor`: what can run on this machine, and whether the home is whole.

Not here: the checks themselves (doctor).
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from engram.cli.output import out, print_json, say
from engram.doctor import house, programs
from engram.doctor.decisions import decisions
from engram.doctor.findings import Check, Finding, examine
from engram.doctor.memory import memory
from engram.home import Home

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
MARKS = {"ok": "ok", "note": "--", "broken": "!!"}


@app.command()
def command(
    home: Annotated[Path | None, typer.Option("--home", help="Where memories and adapters lie.")] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Remove half-written leftovers that are older than a day.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check what can run here, which models are present, and whether the home is whole.

    Nothing is changed without --fix, and nothing that you said or taught is shown. Exit code 1 when something
    is broken.
    """
    place = Home.find(home)
    removed = house.remove_leftovers(place) if fix else []
    findings = examine(checks(place))
    broken = [finding for finding in findings if finding.state == "broken"]
    if json:
        print_json(
            {
                "ok": not broken,
                "findings": [asdict(finding) for finding in findings],
                "removed": [str(path) for path in removed],
            }
        )
    else:
        _tell(findings, removed)
    if broken:
        raise typer.Exit(1)


def checks(place: Home) -> list[tuple[str, Check]]:
    """Every check with the topic it is reported under if it fails."""
    return [
        ("system", programs.machine),
        ("disk", partial(programs.disk, place.root, programs.hub_cache())),
        ("libraries", programs.libraries),
        ("backends", programs.backends),
        ("models", programs.models),
        ("home", partial(house.home, place)),
        ("database", partial(house.database, place)),
        ("entries", partial(memory, place)),
        ("versions", partial(house.versions, place)),
        ("decisions", partial(decisions, place)),
        ("leftovers", partial(house.unfinished, place)),
    ]


def _tell(findings: list[Finding], removed: list[Path]) -> None:
    for path in removed:
        say(f"Removed {path}.")
    for finding in findings:
        out.print(f"{MARKS[finding.state]}  {finding.topic:<14} {finding.what}", soft_wrap=True)
        if finding.do:
            out.print(f"    {'':<14} -> {finding.do}", soft_wrap=True)
    broken = sum(finding.state == "broken" for finding in findings)
    out.print("All is well." if not broken else f"Broken: {broken}; see the lines marked !!.")
