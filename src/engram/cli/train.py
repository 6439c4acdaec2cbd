"""`engram train`: an adapter from a data folder, without the exam that `engram teach` adds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.home import Home
from engram.job import CURVE, close_run, name_run, train_adapter
from engram.lessons.dataset import read_dataset
from engram.teaching import check_leaks, lineage
from engram.training.versions import publish_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "train", quick="Small and short: rank 8, 100 steps.")
def command(
    settings: Settings,
    home: Home,
    data: Annotated[Path, typer.Option(help="A folder that `data build` wrote.", rich_help_panel="General")],
    run: Annotated[str | None, typer.Option(help="A name for this run.", rich_help_panel="General")] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with --run after an interruption.", rich_help_panel="General"),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Train an adapter on a data folder and keep it as a version.

    It is not measured: `engram eval --adapter VERSION --data FOLDER` does that.
    """
    name = name_run(home.create(), run, resume)
    lessons = read_dataset(data)
    check_leaks(lessons.train, (*lessons.valid, *lessons.test))
    with open_job(settings, home, quiet=json) as job:
        trained = train_adapter(job, lessons.train, lessons.valid, name, resume)
        with job.resumable(name):
            version = publish_version(home, job.base, trained.weights, lineage(job, lessons, trained))
    close_run(trained.run)
    result = trained.result
    if json:
        print_json(
            {
                "version": version.name,
                "steps": result.steps,
                "passes": result.passes,
                "stopped_because": result.stopped_because,
                "first_valid_loss": result.first_valid_loss,
                "last_valid_loss": result.last_valid_loss,
                "run": trained.run.name,
                "curve": str(trained.run / CURVE),
            }
        )
        return
    out.print(f"Version:  {version.name}, after {result.passes:.3g} passes ({result.steps} steps).")
    if result.first_valid_loss and result.last_valid_loss is not None:
        fall = 1 - result.last_valid_loss / result.first_valid_loss
        out.print(
            f"Validation loss: {result.first_valid_loss:.3f} before, {result.last_valid_loss:.3f} after "
            f"({fall:.0%} down).",
        )
    out.print(result.stopped_because)
    out.print(f"Metrics:  {trained.run / 'metrics.jsonl'}", soft_wrap=True)
    out.print(f"Curve:    {trained.run / CURVE}", soft_wrap=True)
