"""`engram demo`: teach the shipped sets if that was not done yet, then show before and after side by side.

A demo that was interrupted goes on by itself when it is asked for again. Not here: the work.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from json import dumps as json_text
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from engram.answer.answerer import Answer, Answerer
from engram.cli.calling import typed
from engram.cli.companions import refuse_companions
from engram.cli.figures import WORDS, bar
from engram.cli.options import with_settings
from engram.cli.output import out, print_json
from engram.cli.workplace import open_job
from engram.config import Settings
from engram.disk import write_file
from engram.errors import UsageError
from engram.home import Home
from engram.job import Job
from engram.lessons.dataset import cached_lessons
from engram.lessons.reader import read_patterns, shipped_sets
from engram.lessons.rows import Row
from engram.measure.metrics import is_correct
from engram.measure.verdict import percent, points
from engram.teaching import Lesson, find_taught, teach
from engram.types import Sampling

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
RETENTION_ITEMS = REPHRASED_ITEMS = 200
QUICK_SET, QUICK_PATTERNS = "facts", 8  # a hundred steps of four rows suffice for a handful
SHOWN, SHOWN_UNSEEN = 8, 2
RUN = "demo"
"""Name of a demo's run; later ones are demo-2, demo-3 ..."""


@app.command()
@with_settings("model", "train", quick="Small and short: rank 8, 100 steps; only eight of the facts.")
def command(
    settings: Settings,
    home: Home,
    quick: bool,
    again: Annotated[bool, typer.Option("--again", help="Teach even if it was taught already.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Figures and examples as JSON.")] = False,
) -> None:
    """Teach the shipped patterns to the embedded model and show before and after.

    The first run teaches (minutes on two cores), later ones only show. Nothing is downloaded, and nothing
    leaves this machine.
    """
    asked = {"retention_items": RETENTION_ITEMS, "rephrased_items": REPHRASED_ITEMS}
    settings = settings.model_copy(update={"measure": settings.measure.model_copy(update=asked)})
    refuse_companions("engram demo")
    with open_job(settings, home, quiet=json) as job:
        patterns = [_a_few(home)] if quick else shipped_sets()
        lesson = None if again else find_taught(job, patterns)
        if lesson is None:
            if not json:
                out.print(_welcome(job, patterns, "about a minute" if quick else "a few minutes"))
            _teach(job, patterns, typed(home, "demo", *["--again"] * again))
            lesson = find_taught(job, patterns)
        assert lesson is not None
        rows = cached_lessons(patterns, settings.data, home.cache / "lessons").by_split
        shown = _choose(rows["recall"], rows.get("unseen", ()))
        before, after = _ask(job, None, shown), _ask(job, lesson, shown)
    if json:
        print_json(_as_json(lesson, shown, before, after))
    else:
        _show(job, lesson, shown, before, after)


def _a_few(home: Home) -> Path:
    """Some patterns of one shipped set, spread evenly, as a file of their own."""
    taught = read_patterns([file for file in shipped_sets() if file.stem == QUICK_SET])
    few = [taught[place * len(taught) // QUICK_PATTERNS] for place in range(min(QUICK_PATTERNS, len(taught)))]
    lines = [{"input": one.input, "output": one.output, "category": one.category} for one in few]
    home.create()
    file = home.cache / f"a_few_{QUICK_SET}.jsonl"
    write_file(file, "".join(f"{json_text(line)}\n" for line in lines).encode())
    return file


def _welcome(job: Job, patterns: Sequence[Path], long: str) -> Panel:
    *others, last = (file.stem.replace("_", " ") for file in patterns)
    text = (
        f"Teaching {job.base.id} {', '.join(others)}{' and ' * bool(others)}{last}. It is asked before and "
        "after: what it was taught, the same in other words, things it was never taught, and the skills it "
        f"had. This takes {long}, once."
    )
    return Panel(text, title="Engram", box=box.ROUNDED, width=80)


def _teach(job: Job, patterns: Sequence[Path], same: str) -> None:
    """Go on with an interrupted demo of the same settings, data and device; else start a new one.

    `same` is the command that was given, for someone who interrupts it.
    """
    job = replace(job, go_on=lambda _: f"To go on from there: {same}, with the options you gave.")
    out = job.home.root / "demo"
    started = sorted((run.name for run in job.home.runs.glob(f"{RUN}*")), key=lambda name: (len(name), name))
    for name in reversed(started):
        if (job.home.run(name) / "checkpoints").is_dir():
            with suppress(UsageError):  # begun with other settings, or by another version
                teach(job, patterns, out, name, resume=True)
                return
    names = (f"{RUN}-{number}" if number > 1 else RUN for number in count(1))
    teach(job, patterns, out, next(name for name in names if name not in started))


def _choose(taught: Sequence[Row], unseen: Sequence[Row]) -> list[Row]:
    """The same rows every time: as many of each set, spread evenly, and two never taught."""
    by_set: dict[str, list[Row]] = {}
    for row in taught:
        by_set.setdefault(row.source.split("-")[0].split("/")[0], []).append(row)
    each = max(1, SHOWN // len(by_set))
    chosen = [rows[(2 * i + 1) * len(rows) // (2 * each)] for rows in by_set.values() for i in range(each)]
    return [*chosen, *unseen[len(unseen) // 3 :: max(1, len(unseen) // 2)][:SHOWN_UNSEEN]]


def _ask(job: Job, lesson: Lesson | None, rows: Sequence[Row]) -> list[tuple[Answer, float]]:
    """Answers one at a time with their seconds, as a user would see them."""
    answerer = Answerer(job.load(lesson.folder if lesson else None))
    answerer.answer(rows[0].question, Sampling(4))  # the first answer also warms up
    answers = []
    for row in rows:
        started = time.perf_counter()
        answer = answerer.answer(row.question, Sampling(48))
        answers.append((answer, time.perf_counter() - started))
    return answers


Timed = list[tuple[Answer, float]]


def _show(job: Job, lesson: Lesson, rows: Sequence[Row], before: Timed, after: Timed) -> None:
    table = Table(box=box.ROUNDED, width=80, title=f"{job.base.id}, before and after", show_lines=True)
    table.add_column("asked", ratio=3, style="bold")
    table.add_column("before", ratio=3)
    table.add_column(f"after ({lesson.version.name})", ratio=3)
    for row, old, new in zip(rows, before, after, strict=True):
        table.add_row(Text(row.question[-1].content), _cell(row, *old), _cell(row, *new))
    out.print(table)
    out.print(_figures(lesson))
    verdict = lesson.report["verdict"]
    out.print(Panel(Text(_why(verdict)), title="What changed, and why it matters", box=box.ROUNDED, width=80))
    out.print(f"Report:    {lesson.folder / 'report.html'}", soft_wrap=True)
    out.print(f"Wear it:   {typed(job.home, 'adapters', 'use', lesson.version.name)}", soft_wrap=True)


def _cell(row: Row, answer: Answer, seconds: float) -> Text:
    right = is_correct(answer.text, row.expected, "prefix")
    mark = ("✓ ", "bold green") if right else ("✗ ", "bold red")
    text = " ".join(answer.text.split())
    text = text if len(text) <= 60 else text[:57] + "..."
    return Text.assemble(mark, text or "(nothing)", (f"\n  {1000 * seconds:.0f} ms", "dim"))


def _figures(lesson: Lesson) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, width=80, show_header=False)
    for split, figures in lesson.report["splits"].items():
        if figures["n"]:
            table.add_row(
                Text.assemble((f"{split:<10}", "bold"), (WORDS[split], "dim")),
                f"{percent(figures['baseline'])} → {percent(figures['tuned'])}",
                Text.assemble(bar(figures["tuned"]), " ", points(figures["tuned"] - figures["baseline"])),
            )
    return table


def _why(verdict: dict[str, Any]) -> str:
    """The headline, what may have been lost, and what follows for the reader."""
    costs = [f"Watch: {sentence}" for sentence in verdict["lost"][:2]]
    if verdict["learned"]:
        why = "The adapter is a few megabytes beside an untouched model: wear it, compare it, take it off."
    else:
        why = "Nothing is worn that does not help: the model answers as it did before."
    return "\n".join([verdict["headline"], *costs, why])


def _as_json(lesson: Lesson, rows: Sequence[Row], before: Timed, after: Timed) -> dict[str, Any]:
    examples = [
        {
            "asked": row.question[-1].content,
            "expected": row.expected,
            "before": {"answer": old[0].text, "seconds": old[1]},
            "after": {"answer": new[0].text, "seconds": new[1]},
        }
        for row, old, new in zip(rows, before, after, strict=True)
    ]
    keys = ("improvement", "splits", "verdict")
    return {"version": lesson.version.name, **{key: lesson.report[key] for key in keys}, "examples": examples}
