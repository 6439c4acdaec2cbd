"""`engram selfcheck`: does the whole loop work on this model and this machine; a result that can be shown.

Not here: the check (sleep/selfcheck.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.disk import to_json, write_file
from engram.home import Home
from engram.sleep import selfcheck

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "train", "measure")
def command(
    settings: Settings,
    home: Home,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write the result there, as JSON.", rich_help_panel="General")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Try the whole loop on a model: a made-up day, a night, and questions the next morning.

    It happens in a home of its own; nothing of yours is read, and the result holds no text, so that you can
    show it to others.
    """
    with open_job(settings, home, quiet=json) as job:
        found = selfcheck.to_json(job, selfcheck.selfcheck(job))
    if out_file:
        write_file(out_file, to_json(found))
    if json:
        print_json(found)
    else:
        _print(found, out_file)


def _print(found: dict[str, Any], out_file: Path | None) -> None:
    computing = found["computing"]
    out.print(f"{found['base']['id']}, {computing['backend']} on {computing['device']}, {computing['dtype']}")
    for what, share in (
        ("bare", found["bare"]),
        ("with notes", found["with_notes"]),
        ("after the night, without notes", found["without_notes"]),
    ):
        told = "no adapter was accepted" if share is None else f"{share:.0%} of {found['asked']} questions"
        out.print(f"  {what:<31} {told}")
    for check in found["checks"]:
        out.print(f"  {check['mark']:<11} {check['sentence']}", soft_wrap=True)
    for stage in found["stages"]:
        taken = f"{stage['seconds']:>7.1f} s, {stage['peak_bytes'] / 1e6:>6,.0f} MB at most"
        speed = f", {stage['tokens_per_second']:,} tokens/s" if "tokens_per_second" in stage else ""
        out.print(f"  {stage['stage']:<11} {taken}{speed}")
    if out_file:
        out.print(f"Written to {out_file}; it holds no text of yours.", soft_wrap=True)
