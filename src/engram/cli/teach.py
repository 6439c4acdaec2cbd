"""`engram teach`: patterns in, a measured adapter version and a report out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engram.cli.calibrate import measure_apart
from engram.cli.calling import typed
from engram.cli.companions import refuse_companions
from engram.cli.dry_run import tell_plan
from engram.cli.figures import figures_json, print_figures
from engram.cli.options import DryRunOption, ResumeOption, RunOption, with_settings
from engram.cli.output import out, print_json, say
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.home import Home
from engram.lessons.reader import shipped_sets
from engram.planning import plan_teach
from engram.teaching import Taught, teach

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "data", "train", "measure", quick="Small and short: rank 8, 100 steps.")
def command(
    settings: Settings,
    home: Home,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Pattern files or folders; without any, the shipped sets.")
    ] = None,
    out_folder: Annotated[
        Path, typer.Option("--out", help="Where report.html and the figures go.", rich_help_panel="General")
    ] = Path("engram-report"),
    run: RunOption = None,
    resume: ResumeOption = False,
    dry_run: DryRunOption = False,
    json: Annotated[bool, typer.Option("--json", help="Figures as JSON.", rich_help_panel="General")] = False,
) -> None:
    """Teach a model a set of patterns and measure what it learned.

    Each pattern is an input and the output to answer it with. The model is asked before and after: what was
    taught, the same in other words, unseen members of the same families, and the skills it had.
    """
    refuse_companions("engram teach")
    with open_job(settings, home, quiet=json) as job:
        if dry_run:
            plan = plan_teach(job, files or shipped_sets(), out_folder, run, resume, measure_apart)
            return tell_plan(plan, json)
        taught = teach(job, files or shipped_sets(), out_folder, run, resume)
    _tell(taught, home, json)


def _tell(taught: Taught, home: Home, json: bool) -> None:
    if json:
        print_json(
            figures_json(taught.comparison)
            | {"version": taught.version.name, "report": str(taught.out), "notes": taught.notes}
        )
        return
    print_figures(out, taught.comparison)
    for note in taught.notes:
        say(note)
    training = taught.result
    out.print(
        f"Trained {training.passes:.3g} passes ({training.steps} steps, {training.seconds:.0f} s). "
        f"{training.stopped_because}",
    )
    out.print(f"Report:   {taught.out / 'report.html'}", soft_wrap=True)
    out.print(f"Version:  {taught.version.name}")
    out.print(f"Wear it:  {typed(home, 'adapters', 'use', taught.version.name)}", soft_wrap=True)
