"""Rows of a data set as token ids with their loss mask, checked before a step is spent on them.

Not here: rendering itself (the renderer is handed in), or the order in which rows are trained (plan.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engram.config import TooLong
from engram.errors import LessonError, ModelError, UsageError
from engram.lessons.render import render_row
from engram.lessons.rows import Row
from engram.lessons.schema import MOST_PROBLEMS
from engram.types import Rendered, Renderer


@dataclass(frozen=True, slots=True)
class Fitted:
    """Rows as examples that are short enough. `dropped` and `cut` count the longer ones, `emptied` those of
    which nothing to learn was left before the cut."""

    examples: list[Rendered]
    limit: int
    dropped: int = 0
    cut: int = 0
    emptied: int = 0

    def notes(self, kind: str) -> Iterator[str]:
        """What was done to rows of this kind, in sentences."""
        if self.dropped:
            yield f"{kind} rows left out, as they are longer than {self.limit:,} tokens: {self.dropped:,}."
        if self.cut:
            yield f"{kind} rows cut at {self.limit:,} tokens, which do not learn where to end: {self.cut:,}."
        if self.emptied:
            yield f"{kind} rows left out, as no answer begins before token {self.limit:,}: {self.emptied:,}."


def render_rows(rows: Sequence[Row], renderer: Renderer, max_seq_length: int) -> list[Rendered]:
    """One example for each row, in order. Raises as `fit_rows`, for rows that are too long as well."""
    return fit_rows(rows, renderer, max_seq_length, "refuse").examples


def fit_rows(rows: Sequence[Row], renderer: Renderer, max_seq_length: int, too_long: TooLong) -> Fitted:
    """Examples of at most `max_seq_length` tokens, in order; longer rows are refused, dropped or cut.

    Raises LessonError naming, all at once, the rows that are refused, those that the template refuses, and
    those in which nothing, or no stop token, is supervised.
    """
    problems: list[str] = []
    kept: list[Rendered] = []
    counts = Counter(dropped=0, cut=0, emptied=0)
    for number, row in enumerate(rows, 1):
        example, found = _rendered(row, renderer)
        if example is not None and len(example.ids) > max_seq_length:
            if too_long == "refuse":
                found.append(f"{len(example.ids)} tokens long, and max_seq_length is {max_seq_length}")
            else:
                fate, example = _shortened(example, max_seq_length, too_long)
                counts[fate] += 1
        if example is not None:
            kept.append(example)
        problems += [f"row {number} ({row.source}): {problem}" for problem in found]
    if problems:
        hint = "Shorten these rows, raise max_seq_length or see too_long; empty answers teach nothing."
        raise LessonError(problems[:MOST_PROBLEMS], hint, more=len(problems[MOST_PROBLEMS:]))
    return Fitted(kept, max_seq_length, **counts)


def _rendered(row: Row, renderer: Renderer) -> tuple[Rendered | None, list[str]]:
    """The example, and what is wrong with it whatever its length."""
    try:
        example = render_row(row, renderer)
    except (UsageError, ModelError) as error:
        return None, [error.message]
    supervised = set(example.ids[example.mask].tolist())
    if not supervised:
        return example, ["no token is supervised, so nothing would be learned from it"]
    if not supervised & renderer.stop_ids:
        return example, ["its stop token is not supervised, so the model would not learn where to end"]
    return example, []


def _shortened(example: Rendered, limit: int, too_long: TooLong) -> tuple[str, Rendered | None]:
    """What becomes of an example that is too long, and what is left of it."""
    if too_long == "drop":
        return "dropped", None
    mask = example.mask[:limit]
    return ("cut", Rendered(example.ids[:limit], mask)) if mask[1:].any() else ("emptied", None)


def digest_examples(examples: Sequence[Rendered]) -> str:
    """sha256 over ids and masks in order."""
    total = hashlib.sha256()
    for example in examples:
        total.update(len(example.ids).to_bytes(8, "big"))
        total.update(example.ids.astype("<i4").tobytes())
        total.update(example.mask.astype("u1").tobytes())
    return total.hexdigest()
