"""`engram eval --suite retrieval` and `--suite memory`: what is found again, and what a model makes of it.

Both work on invented talk in a temporary folder; the user's own memory is not written, and read only where
--lookup asks for its facts. Not here:
the measurements (measure/retrieval.py, measure/memory_exam.py).
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from engram.answer.answerer import Answerer
from engram.cli.evaluation import Wanted, opened, refuse_lookup
from engram.cli.output import out, print_json, say
from engram.config import Settings
from engram.errors import UsageError
from engram.measure.memory_exam import Row, examine_memory, shares
from engram.measure.retrieval import Retrieval, measure_retrieval
from engram.measure.retrieval_cases import make_world
from engram.models.resolve import resolve

SUITES = ("retrieval", "memory")
EXAMINED = ("report", "free")


def run_suite(wanted: Wanted) -> None:
    """Measure and print one of SUITES."""
    with tempfile.TemporaryDirectory(prefix="engram-eval-") as folder:
        if wanted.suite == "retrieval":
            refuse_lookup(wanted, "--suite retrieval")
            _retrieval(wanted.settings, Path(folder), wanted.json)
        else:
            _memory(wanted, Path(folder))


def check_alone(suite: str, others: dict[str, Any]) -> None:
    """These suites measure one thing in one way. Raises UsageError for options that they would ignore."""
    if given := sorted(name for name, value in others.items() if value):
        raise UsageError(f"--suite {suite} does not go with {' and '.join(given)}.", "Leave it out.")


def _retrieval(settings: Settings, folder: Path, json: bool) -> None:
    if not json:
        say("Telling and indexing 20,000 invented turns ...")
    found = measure_retrieval(make_world(), folder, settings.recall, resolve("seedling").renderer.tokenizer)
    if json:
        print_json(asdict(found))
    else:
        _print_retrieval(found)


def _memory(wanted: Wanted, folder: Path) -> None:
    with opened(wanted) as place:
        answerer = Answerer(place.job.load(place.version), exact=place.exact)
        recall = wanted.settings.recall
        rows = {name: examine_memory(answerer, folder, recall, name) for name in EXAMINED}
    if wanted.json:
        print_json({name: {**shares(of), "rows": [asdict(row) for row in of]} for name, of in rows.items()})
    else:
        _print_memory(rows)


def _print_retrieval(found: Retrieval) -> None:
    table = _table(
        "", "n", *(f"{result.name} {figure}" for result in found.results for figure in ("@1", "@5", "MRR"))
    )
    for way, shares_of in found.results[0].ways.items():
        figures = [result.ways[way] for result in found.results]
        cells = [f"{value:.3f}" for f in figures for value in (f.at_1, f.at_5, f.mrr)]
        table.add_row(way, str(shares_of.n), *cells)
    out.print(table)
    out.print(
        f"{found.chunks:,} chunks, {found.planted} facts planted; indexed in {found.index_seconds:.1f} s"
    )
    for result in found.results:
        out.print(
            f"{result.name:<8} {result.p50_ms:.1f} ms median, {result.p95_ms:.1f} ms p95; "
            f"newer before older {result.newest_first:.0%}"
        )
    right = ", ".join(f"{way} {share:.0%}" for way, share in found.notes.right.items())
    out.print(f"notes    held the right value: {right}", soft_wrap=True)
    out.print(
        f"         shown though nobody said it: near {found.notes.false_near:.0%}, "
        f"of unknown people {found.notes.false_far:.0%}",
        soft_wrap=True,
    )


def _print_memory(rows: dict[str, list[Row]]) -> None:
    table = _table("", "n", "right", "notes right")
    for name, of_list in rows.items():
        for part, figures in shares(of_list).items():
            percents = (f"{100 * figures[key]:.0f}%" for key in ("right", "noted"))
            table.add_row(f"{name}: {part}", f"{figures['n']:.0f}", *percents)
    out.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if not column else "right")
    return table
