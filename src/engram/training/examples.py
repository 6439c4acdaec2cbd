"""Rows of a data set as token ids with their loss mask, checked before a step is spent on them.

Not here: rendering itself (the renderer is handed in), or the order in which rows are trained (plan.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from engram.errors import LessonError
from engram.lessons.rows import Row
from engram.types import Rendered, Renderer


def render_rows(rows: Sequence[Row], renderer: Renderer, max_seq_length: int) -> list[Rendered]:
    """One example for each row, in order.

    Raises LessonError naming, all at once, the rows longer than `max_seq_length` tokens and the rows in
    which nothing, or no stop token, is supervised.
    """
    examples = [renderer.conversation(row.messages) for row in rows]
    problems = [
        f"row {number} ({row.source}): {problem}"
        for number, (row, example) in enumerate(zip(rows, examples, strict=True), 1)
        for problem in _problems(example, renderer, max_seq_length)
    ]
    if problems:
        raise LessonError(
            problems, "Shorten these rows or raise max_seq_length; empty answers teach nothing."
        )
    return examples


def _problems(example: Rendered, renderer: Renderer, max_seq_length: int) -> list[str]:
    found = []
    if len(example.ids) > max_seq_length:
        found.append(f"{len(example.ids)} tokens long, and max_seq_length is {max_seq_length}")
    supervised = set(example.ids[example.mask].tolist())
    if not supervised:
        found.append("no token is supervised, so nothing would be learned from it")
    elif not supervised & renderer.stop_ids:
        found.append("its stop token is not supervised, so the model would not learn where to end")
    return found


def digest_examples(examples: Sequence[Rendered]) -> str:
    """sha256 over ids and masks in order."""
    total = hashlib.sha256()
    for example in examples:
        total.update(len(example.ids).to_bytes(8, "big"))
        total.update(example.ids.astype("<i4").tobytes())
        total.update(example.mask.astype("u1").tobytes())
    return total.hexdigest()
