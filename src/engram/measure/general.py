"""The shipped general suite: tasks for base models that can do more than the embedded one.

Maths, reasoning, facts, formats, summaries, code that is run, long context, and refusals of unsafe requests;
written for this project. They ask whether an adapter cost a model what it could do, side by side with its
base; they are too easy and too few to rank models. Not here: asking and judging (harness.py, judging.py).
"""

from __future__ import annotations

from importlib import resources

from engram.measure.harness import Task, read_tasks

CATEGORIES = ("maths", "reasoning", "facts", "format", "summarising", "code", "long_context", "safety")


def general_tasks() -> tuple[Task, ...]:
    """All tasks of the suite, by category."""
    folder = resources.files("engram.measure") / "general_tasks"
    found: list[Task] = []
    for category in CATEGORIES:
        with resources.as_file(folder / f"{category}.jsonl") as file:
            found += read_tasks(file)
    return tuple(found)
