"""A user's own tasks: a file of questions, each with what is expected and how that is judged, put to a model.

    {"id": "sum-1", "category": "sums", "prompt": "What is 2 + 2?", "type": "numeric", "expected": 4}

One JSON object a line; docs/measuring-your-own.md describes the types. Not here: the judges (judging.py).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engram.answer.answerer import Answerer
from engram.lessons.records import read_records
from engram.lessons.schema import Found, Problems, shorten, text_problem
from engram.measure.judging import JUDGES, Judge, WrongTask, is_number
from engram.types import Message, Sampling

REQUIRED = ("id", "category", "prompt", "expected", "type")
OPTIONAL = ("tolerance", "max_tokens")
MOST_TOKENS = 96
CODE_TOKENS = 256
"""Longest answers where neither task nor settings say more; code is longer than a sentence."""
LONGEST_LIMIT = 4096
PART = 100
"""Tasks between two words of progress."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `max_tokens` limits its answer, None as the settings say; `source` is the row as JSON."""

    id: str
    category: str
    prompt: str
    type: str
    judge: Judge = field(repr=False, compare=False)
    max_tokens: int | None
    source: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """What was answered to a task, and why that is wrong; "" where it is right."""

    answer: str
    why: str

    @property
    def right(self) -> bool:
        return not self.why


def ask_harness(
    answerer: Answerer, tasks: Sequence[Task], told: Callable[[int], None] = lambda done: None
) -> dict[str, bool]:
    """Which tasks a model does, by id. It cannot do one whose prompt fills its context."""
    found = answer_tasks(answerer, tasks, told=told)
    return {task.id: said.right for task, said in zip(tasks, found, strict=True)}


def answer_tasks(
    answerer: Answerer,
    tasks: Sequence[Task],
    max_tokens: int = MOST_TOKENS,
    told: Callable[[int], None] = lambda done: None,
) -> list[TaskAnswer]:
    """Greedy answers, judged, in the order of the tasks; `told` how many are done."""
    found: dict[int, TaskAnswer] = {}
    for limit, places in _groups(answerer, tasks, max_tokens):
        asked = [[Message("user", tasks[place].prompt)] for place in places]
        for place, said in zip(places, answerer.answer_all(asked, Sampling(limit)), strict=True):
            found[place] = TaskAnswer(said.text, tasks[place].judge(said.text))
        told(len(found))
    beyond = TaskAnswer("", f"its prompt is longer than the {answerer.model.base.context:,} tokens it reads")
    return [found.get(place, beyond) for place in range(len(tasks))]


def task_digest(tasks: Sequence[Task]) -> str:
    """sha256 over every row, in order: equal digests mean equal tasks, judged alike."""
    return hashlib.sha256("\n".join(task.source for task in tasks).encode()).hexdigest()


def read_tasks(file: Path) -> tuple[Task, ...]:
    """The tasks of a JSONL file. Raises LessonError with all its problems, each with its line."""
    problems = Problems()
    tasks: dict[str, Task] = {}
    if file.suffix.lower() != ".jsonl":
        problems.add(str(file), None, "a file of tasks ends in .jsonl.")
        problems.raise_if_any()
    for record in read_records(file, problems):
        try:
            task = _task(record.values)
        except WrongTask as wrong:
            problems.add(str(file), record.number, str(wrong))
            continue
        if task.id in tasks:
            problems.add(str(file), record.number, f"the id {shorten(task.id)} is used twice.")
        tasks[task.id] = task
    if not tasks and not problems.count:
        problems.add(str(file), 1, "there are no tasks in this file.")
    problems.raise_if_any()
    return tuple(tasks.values())


def _task(row: Mapping[str, Any]) -> Task:
    """Raises WrongTask with the first thing that is wrong."""
    _check_keys(row)
    for key in ("id", "category", "prompt", "type"):
        if not isinstance(row[key], str):
            raise WrongTask(f"'{key}' must be text.")
        if sentence := text_problem(key, Found("text", row[key], 0)):
            raise WrongTask(sentence)
    kind = row["type"]
    if kind not in JUDGES:
        raise WrongTask(f"there is no type {shorten(kind)}; there are {', '.join(JUDGES)}.")
    judge = JUDGES[kind](row["expected"], _tolerance(row))
    limit = _limit(row)
    source = json.dumps(dict(row), sort_keys=True)
    return Task(row["id"], row["category"], row["prompt"], kind, judge, limit, source)


def _check_keys(row: Mapping[str, Any]) -> None:
    if unknown := sorted(set(row) - {*REQUIRED, *OPTIONAL}):
        raise WrongTask(f"{shorten(unknown[0])} is not a known key; a task has {', '.join(REQUIRED)}.")
    if missing := [key for key in REQUIRED if key not in row]:
        raise WrongTask(f"this task has no '{missing[0]}'.")


def _tolerance(row: Mapping[str, Any]) -> float:
    value = row.get("tolerance", 0)
    if "tolerance" in row and row["type"] != "numeric":
        raise WrongTask("only a numeric task has a 'tolerance'.")
    if not is_number(value) or value < 0:
        raise WrongTask("'tolerance' must be a number of at least 0.")
    return float(value)


def _limit(row: Mapping[str, Any]) -> int | None:
    value = row.get("max_tokens")
    if "max_tokens" not in row:
        return CODE_TOKENS if row["type"] == "python_tests" else None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_LIMIT:
        raise WrongTask(f"'max_tokens' must be a whole number from 1 to {LONGEST_LIMIT:,}.")
    return value


def _groups(answerer: Answerer, tasks: Sequence[Task], usual: int) -> Iterator[tuple[int, list[int]]]:
    """Tasks that fit the context by the limit of their answers, in parts: the same for every model."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, task in enumerate(tasks):
        if len(answerer.prompt([Message("user", task.prompt)])) < answerer.model.base.context:
            groups[task.max_tokens or usual].append(place)
    for limit, places in sorted(groups.items()):
        for start in range(0, len(places), PART):
            yield limit, places[start : start + PART]
