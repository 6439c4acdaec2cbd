"""`engram eval --suite FILE`: tasks of a user, or the general ones, put to a bare model and an adapter.

Not here: reading and judging tasks (measure/harness.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engram.cli.evaluation import Opened, Wanted, figures_table, opened, refuse_out
from engram.cli.main import visible
from engram.cli.output import out, print_json
from engram.cli.remembered import count
from engram.errors import UsageError
from engram.measure import general
from engram.measure.harness import Task, TaskAnswer, answer_tasks, read_tasks
from engram.measure.verdict import percent, points

Sides = Mapping[str, Sequence[TaskAnswer]]
SHOWN = 10
"""Lost tasks that are listed at the terminal; --json has all."""


def is_own(suite: str | None) -> bool:
    """Whether this names tasks, of a file or the general ones, rather than a suite of questions."""
    if suite == general.NAME:
        return True
    return bool(suite) and (str(suite).lower().endswith(".jsonl") or Path(str(suite)).is_file())


def run(wanted: Wanted) -> None:
    """Ask, judge and print. Raises UsageError, LessonError with all problems of the file."""
    refuse_out(wanted, "tasks of your own")
    if wanted.data:
        raise UsageError("--data does not go with tasks of your own.", "Measure one after the other.")
    shipped = wanted.suite == general.NAME
    tasks = general.general_tasks() if shipped else read_tasks(Path(str(wanted.suite)))
    most = wanted.settings.measure.max_tokens
    with opened(wanted) as place:
        sides = {
            name: answer_tasks(answerer, tasks, most, told)
            for name, answerer, told in place.sides(wanted.one_side, len(tasks), "answers")
        }
    if wanted.json:
        print_json(_json(place, tasks, sides))
    else:
        _print(place, tasks, sides)


def _json(place: Opened, tasks: Sequence[Task], sides: Sides) -> dict[str, Any]:
    rows = [
        {"id": task.id, "category": task.category, "type": task.type}
        | {name: _answer(answers[number]) for name, answers in sides.items()}
        for number, task in enumerate(tasks)
    ]
    return {
        "model": place.job.base.id,
        "adapter": place.adapter,
        "categories": _by_category(tasks, sides),
        "lost": [task.id for task in _moved(tasks, sides, was_right=True)],
        "won": [task.id for task in _moved(tasks, sides, was_right=False)],
        "tasks": rows,
    }


def _answer(said: TaskAnswer) -> dict[str, Any]:
    return {"right": said.right, "why": said.why, "answer": said.answer}


def _by_category(tasks: Sequence[Task], sides: Sides) -> dict[str, dict[str, float]]:
    """For each category and for all: how many tasks, and the share right on each side."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, task in enumerate(tasks):
        places[task.category].append(number)
    groups = [*sorted(places.items()), ("all", list(range(len(tasks))))]
    return {
        name: {"n": len(members)}
        | {side: sum(said[n].right for n in members) / len(members) for side, said in sides.items()}
        for name, members in groups
    }


def _moved(tasks: Sequence[Task], sides: Sides, was_right: bool) -> list[Task]:
    """Tasks that the adapter lost, or won."""
    if len(sides) < 2:
        return []
    both = zip(tasks, sides["before"], sides["after"], strict=True)
    return [task for task, old, new in both if old.right == was_right != new.right]


def _print(place: Opened, tasks: Sequence[Task], sides: Sides) -> None:
    table = figures_table("", "n", *sides, *(["change"] if len(sides) == 2 else []))
    for name, figures in _by_category(tasks, sides).items():
        shares = [figures[side] for side in sides]
        change = [points(shares[1] - shares[0])] if len(shares) == 2 else []
        row = (visible(name), f"{figures['n']:,}", *map(percent, shares), *change)
        table.add_row(*row, style="bold" if name == "all" else "")
    out.print(table)
    out.print(f"{place.words}: {count(len(tasks), 'task')}", soft_wrap=True)
    lost = _moved(tasks, sides, was_right=True)
    for number, task in enumerate(tasks):
        if task in lost[:SHOWN]:
            out.print(f"lost      {visible(task.id)}: {visible(sides['after'][number].why)}", soft_wrap=True)
    if len(lost) > SHOWN:
        out.print(f"          and {len(lost) - SHOWN:,} more: --json lists them")
