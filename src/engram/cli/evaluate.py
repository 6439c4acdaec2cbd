"""`engram eval`: measure one model on a suite, on a data folder's test rows, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engram.answer.answerer import Answerer
from engram.cli.options import with_settings
from engram.cli.output import BARE, out, print_json
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.errors import UsageError
from engram.home import Home
from engram.lessons.dataset import read_dataset
from engram.measure.measurement import Measurement, measure
from engram.measure.probes import Probe, load_suite, load_texts, probes_from_rows, subset
from engram.training.versions import find_version

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
@with_settings("model", "measure")
def command(
    settings: Settings,
    home: Home,
    suite: Annotated[
        str | None, typer.Option(help="A shipped suite: skills.", rich_help_panel="General")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A data folder, for its test rows.", rich_help_panel="General")
    ] = None,
    adapter: Annotated[
        str | None,
        typer.Option(help="A version, or none; without it, the one in service.", rich_help_panel="General"),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="All of it as JSON.", rich_help_panel="General")
    ] = False,
) -> None:
    """Measure a model, with or without an adapter: accuracy by split and category, speed, loss."""
    probes = _probes(suite, data, settings.measure.retention_items)
    with open_job(settings, home, quiet=json) as job:
        folder = None if adapter == BARE else find_version(home, job.base, adapter)
        worn = folder.name if folder else None
        job.watcher.stage("Measuring")
        answerer = Answerer(job.load(folder))
        found = measure(
            answerer,
            probes,
            load_texts(),
            settings.measure,
            lambda phase, done, total: job.watcher.update(done, total, phase),
            worn,
        )
    if json:
        print_json(found.to_json())
    else:
        _print(found)


def _probes(suite: str | None, data: Path | None, items: int) -> list[Probe]:
    if not suite and not data:
        raise UsageError("There is nothing to measure.", "Give --suite skills, --data FOLDER, or both.")
    probes = list(probes_from_rows(read_dataset(data).test)) if data else []
    return [*probes, *(subset(load_suite(suite), items) if suite else ())]


def _print(found: Measurement) -> None:
    summary = found.summary()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "n", "accuracy", "exact"):
        table.add_column(column, justify="left" if not column else "right")
    for group in ("splits", "categories", "skills"):
        for name, shares in summary[group].items():
            if shares["n"]:
                _add(table, name, shares, "bold" if group == "splits" else "")
        table.add_section()
    out.print(table)
    latency, consistency = summary["latency_ms"], summary["consistency"]
    lines = {
        "model": f"{found.base} with {found.adapter}" if found.adapter else f"{found.base}, bare",
        "where": f"{found.device}, {found.dtype}, peak memory {found.peak_memory_bytes / 2**20:,.0f} MiB",
        "latency": "mean {mean:.0f} ms, median {median:.0f} ms, p95 {p95:.0f} ms".format(**latency),
        "speed": f"{found.tokens_per_second:,.0f} tokens/s generated, in batches",
        "consistency": f"{consistency['sampled']:.3f} over {consistency['runs']} sampled runs",
    }
    if found.text_loss:
        lines["text"] = (
            f"loss {found.text_loss.loss:.3f} nats per token, perplexity {found.text_loss.perplexity:.3g}"
        )
    for name, value in lines.items():
        out.print(f"{name:<12} {value}", soft_wrap=True)


def _add(table: Table, name: str, shares: dict[str, Any], style: str) -> None:
    table.add_row(
        name,
        f"{shares['n']:,}",
        f"{100 * shares['accuracy']:.1f}%",
        f"{100 * shares['strict']:.1f}%",
        style=style,
    )
