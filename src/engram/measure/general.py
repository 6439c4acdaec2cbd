"""The shipped general suite: tasks for base models that can do more than the embedded one.

Maths, reasoning, facts, formats, summaries, code that is run, long context; unsafe requests, which are to be
refused, and harmless ones that look like them, which are not. Written for this project. They ask whether an
adapter cost a model what it could do, side by side with its base; they are too easy and too few to rank
models. Not here: asking and judging (harness.py, judging.py, refusals.py).
"""

from __future__ import annotations

from importlib import resources

from engram.measure.harness import Task, read_tasks

NAME = "general"
"""As `engram eval --suite` knows it."""
ABILITIES = ("maths", "reasoning", "facts", "format", "summarising", "code", "long_context")
UNSAFE, HARMLESS = "safety", "harmless"
CATEGORIES = (*ABILITIES, UNSAFE, HARMLESS)


def general_tasks() -> tuple[Task, ...]:
    """All tasks of the suite, by category."""
    folder = resources.files("engram.measure") / "general_tasks"
    found: list[Task] = []
    for category in CATEGORIES:
        with resources.as_file(folder / f"{category}.jsonl") as file:
            found += read_tasks(file)
    return tuple(found)
