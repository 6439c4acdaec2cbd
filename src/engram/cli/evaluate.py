"""`engram eval`: measure a model on a suite, on a data folder's test rows, or both.

With an adapter, both sides are measured and compared. Not here: training, how figures are computed, or the
other ways to measure (the modules named evaluate_...).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engram.cli import evaluate_loss, evaluate_memory, evaluate_style, evaluate_tasks
from engram.cli.evaluate_trends import trends
from engram.cli.evaluation import Opened, Wanted, opened, refuse_lookup
from engram.cli.figures import print_figures
from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.config import Settings
from engram.errors import UsageError
from engram.home import Home
from engram.lessons.own_data import read_data
from engram.measure.comparison import Comparison, compare
from engram.measure.measurement import Measurement
from engram.measure.probes import Probe, load_suite, probes_from_rows, subset
from engram.measure.record import comparison_json
from engram.measure.writer import write_outputs
from engram.teaching import Exam, check_out, examine, readable_exam

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


app.command("trends")(trends)


@app.callback(invoke_without_command=True)
@with_settings("model", "measure", "recall")
def command(
    context: typer.Context,
    settings: Settings,
    home: Home,
    suite: Annotated[
        str | None,
        typer.Option(
            help="A shipped suite: skills, general, memory, retrieval; or a file of your own tasks (.jsonl).",
            rich_help_panel="General",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A data folder, for its test rows.", rich_help_panel="General")
    ] = None,
    loss: Annotated[
        bool,
        typer.Option(
            "--loss",
            help="Instead, average token loss by tag, of --data (all rows) or of --suite skills.",
            rich_help_panel="General",
        ),
    ] = False,
    transcripts: Annotated[
        Path | None,
        typer.Option(
            help="Instead, nearness to these golden conversations: chrF and perplexity.",
            rich_help_panel="General",
        ),
    ] = None,
    adapter: Annotated[
        str | None,
        typer.Option(help="A version, or none; without it, the one in service.", rich_help_panel="General"),
    ] = None,
    one_side: Annotated[
        bool,
        typer.Option("--one-side", help="Not the bare model beside it.", rich_help_panel="General"),
    ] = False,
    lookup: Annotated[
        bool,
        typer.Option(
            "--lookup",
            help="Let the home's exact memory answer on all sides. Without it only weights are measured.",
            rich_help_panel="General",
        ),
    ] = False,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Write the comparison and its report there; with --loss, the table.",
            rich_help_panel="General",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="All of it as JSON.", rich_help_panel="General")
    ] = False,
) -> None:
    """Measure a model: accuracy by split and category, speed, loss.

    With an adapter, the bare model answers the same questions first, and the two are compared.
    """
    if context.invoked_subcommand:
        return
    wanted = Wanted(settings, home, suite, data, adapter, one_side, out_folder, json, lookup)
    if loss or transcripts:
        refuse_lookup(wanted, "--loss" if loss else "--transcripts")
    if suite in evaluate_memory.SUITES:
        given = {"--data": data, "--one-side": one_side, "--out": out_folder, "--loss": loss}
        evaluate_memory.check_alone(suite, {**given, "--transcripts": transcripts})
        evaluate_memory.run_suite(wanted)
    elif transcripts:
        evaluate_style.run(wanted, transcripts)
    elif loss:
        evaluate_loss.run(wanted)
    elif evaluate_tasks.is_own(suite):
        evaluate_tasks.run(wanted)
    else:
        _measure(wanted)


def _measure(wanted: Wanted) -> None:
    """One side, or both and their comparison."""
    probes = _probes(wanted.suite, wanted.data, wanted.settings)
    with opened(wanted) as place:
        job, folder = place.job, place.version
        exam = readable_exam(job, probes)
        if folder and not wanted.one_side:
            _two_sides(place, exam, folder, wanted)
            return
        if wanted.out:
            raise UsageError(
                "--out writes a comparison, and only one side is measured.",
                "Name a version with --adapter and leave out --one-side, or use --json.",
            )
        found = examine(job, exam, "Measuring", folder, place.adapter, place.exact)
    if wanted.json:
        print_json(found.to_json())
    else:
        _print(found)


def _probes(suite: str | None, data: Path | None, settings: Settings) -> list[Probe]:
    if not suite and not data:
        raise UsageError("There is nothing to measure.", "Give --suite NAME, --data FOLDER, or both.")
    probes = _test_probes(data, settings) if data else []
    return [*probes, *(subset(load_suite(suite), settings.measure.retention_items) if suite else ())]


def _test_probes(data: Path, settings: Settings) -> list[Probe]:
    """The questions among the test rows; plain text asks none."""
    rows = [row for row in read_data(data, settings.data).test if not row.is_text]
    if not rows:
        raise UsageError(f"{data} has no test rows to ask.", "They lie in test.*, beside train.*")
    return list(probes_from_rows(rows))


def _two_sides(place: Opened, exam: Exam, folder: Path, wanted: Wanted) -> None:
    """The bare base and the version, on the same questions."""
    job = place.job
    if wanted.out:
        check_out(wanted.out)
    before = examine(job, exam, "Before", exact=place.exact)
    after = examine(job, exam, "After", folder, folder.name, place.exact)
    config = {"backend": job.backend.name, "settings": job.settings.model_dump(mode="json")}
    comparison = compare(before, after, config | ({"lookup": True} if wanted.lookup else {}))
    if wanted.out:
        write_outputs(wanted.out, comparison)
    if wanted.json:
        print_json(comparison_json(comparison))
    else:
        _print_both(comparison, wanted.out)


def _print_both(comparison: Comparison, out_folder: Path | None) -> None:
    print_figures(out, comparison)
    for title, side in (("before", comparison.baseline), ("after", comparison.tuned)):
        out.print(f"\n{title}", style="bold")
        _print_lines(side, memory=title == "after" or side.device != "cpu")
    if out_folder:
        out.print(f"\nReport:   {out_folder / 'report.html'}", soft_wrap=True)


def _print(found: Measurement) -> None:
    summary = found.summary()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "n", "accuracy", "exact", "stopped"):
        table.add_column(column, justify="left" if not column else "right")
    for group in ("splits", "categories", "skills"):
        for name, shares in summary[group].items():
            if shares["n"]:
                _add(table, name, shares, "bold" if group == "splits" else "")
        table.add_section()
    _add(table, "all", summary["overall"], "bold")
    out.print(table)
    _print_lines(found)


def _add(table: Table, name: str, shares: dict[str, Any], style: str) -> None:
    rates = (f"{100 * shares[key]:.1f}%" for key in ("accuracy", "strict", "stopped"))
    table.add_row(name, f"{shares['n']:,}", *rates, style=style)


def _print_lines(found: Measurement, memory: bool = True) -> None:
    """What is said of one side besides accuracy, a line each. On a CPU, memory is no figure of one side."""
    summary = found.summary()
    speed, overall, same = summary["tokens_per_second"], summary["overall"], summary["consistency"]
    lines = {
        "model": f"{found.base} with {found.adapter}" if found.adapter else f"{found.base}, bare",
        "where": f"{found.device}, {found.dtype}",
        "latency": "mean {mean:.0f} ms, median {median:.0f} ms, p95 {p95:.0f} ms".format(
            **summary["latency_ms"]
        ),
        "speed": "too fast to tell" if speed is None else f"{speed:,.0f} tokens/s written, in batches",
        "stopped": f"{100 * overall['stopped']:.1f}% of {overall['n']:,} answers ended with the stop token",
        "consistency": f"{same['sampled']:.3f} over {same['runs']} sampled runs",
        "exam": f"{found.exam_seconds:.0f} s",
    }
    if text := found.text_loss:
        lines["text"] = f"loss {text.loss:.3f} nats per token, perplexity {text.perplexity:.3g}"
    if memory:
        lines["memory"] = f"peak {found.peak_memory_bytes / 2**20:,.0f} MiB, of {found.peak_memory_of}"
    for name, value in lines.items():
        out.print(f"{name:<12} {value}", soft_wrap=True)
