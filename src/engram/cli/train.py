"""`engram train`: an adapter from data of one's own, without the exam that `engram teach` adds.

Not here: reading data (lessons), training (job.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engram.cli.calibrate import measure_apart
from engram.cli.companions import in_every_process
from engram.cli.dry_run import tell_plan
from engram.cli.options import DryRunOption, ResumeOption, RunOption, with_settings
from engram.cli.output import out, print_json, say
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.home import Home
from engram.job import CURVE, close_run, name_run, prepare_run, run_training
from engram.lessons.leaks import check_leaks
from engram.lessons.own_data import read_data
from engram.planning import plan_run
from engram.teaching import lineage
from engram.training.versions import publish_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "data", "train", quick="Small and short: rank 8, 100 steps.", profile=True)
@in_every_process
def command(
    settings: Settings,
    home: Home,
    data: Annotated[
        Path,
        typer.Option(
            help="JSON, JSONL, CSV or Parquet: a file, or a folder of them or from `data build`.",
            rich_help_panel="General",
        ),
    ],
    run: RunOption = None,
    resume: ResumeOption = False,
    dry_run: DryRunOption = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.", rich_help_panel="General")] = False,
) -> None:
    """Train an adapter on data of your own and keep it as a version.

    Rows are messages, prompt and completion, text, Alpaca or ShareGPT; their keys tell. It is not measured:
    `engram eval --adapter VERSION --data FOLDER` does that, on test rows.
    """
    name = name_run(home if dry_run else home.create(), run, resume)
    with open_job(settings, home, quiet=json) as job:
        screening = job.screening()
        lessons = read_data(data, settings.data, screening)
        for note in () if json else lessons.notes:
            say(note)
        check_leaks(lessons.train, (*lessons.valid, *lessons.test))
        if dry_run:
            plan = plan_run(job, lessons.train, lessons.valid, name, resume, measure_apart)
            return tell_plan(plan, json)
        job.audit(screening, f"train:{name}")
        prepared = prepare_run(job, lessons.train, lessons.valid, name, resume)
        with job.resumable(name):
            trained = run_training(job, prepared)
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
                "notes": [*lessons.notes, *job.base.notes, *prepared.data.notes, *result.notes],
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
