"""What rows look like to a model: how long they are in tokens, which tokens are trained, what would not fit.

A pure function of rows and renderer; no weights are needed. Not here: printing it (cli), or what becomes of
long rows (training).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from engram.errors import ModelError, UsageError
from engram.lessons.render import render_row
from engram.lessons.rows import Row
from engram.types import Rendered, Renderer

BARS = 12
"""Bars of a histogram, at most."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row as the model reads it: pieces of text with whether their tokens are trained."""

    row: str
    tokens: int
    trained: int
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class TooLong:
    """A row longer than the limit; `kept` of its `trained` tokens stand before it."""

    row: str
    tokens: int
    trained: int
    kept: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """`lengths` and `trained` are in tokens, one for each row that the template takes; `refused` has the
    others, with the reason. `limit` is the longest row that would be trained whole."""

    lengths: tuple[int, ...]
    trained: tuple[int, ...]
    limit: int
    too_long: tuple[TooLong, ...]
    refused: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...]

    @property
    def median(self) -> float:
        return float(median(self.lengths)) if self.lengths else 0.0

    def histogram(self) -> list[tuple[int, int, int]]:
        """(from, to, rows) for at most BARS equal ranges of tokens, ends included, from the shortest on."""
        if not self.lengths:
            return []
        first = min(self.lengths)
        width = -(-(max(self.lengths) - first + 1) // BARS)
        counts = [0] * -(-(max(self.lengths) - first + 1) // width)
        for length in self.lengths:
            counts[(length - first) // width] += 1
        return [
            (first + place * width, first + (place + 1) * width - 1, count)
            for place, count in enumerate(counts)
        ]


def inspect_rows(rows: Sequence[Row], renderer: Renderer, limit: int, examples: int) -> Inspection:
    """Render every row; `examples` of them, evenly over all, are kept to be looked at."""
    shown = {place * len(rows) // examples for place in range(examples)} if rows and examples else set()
    lengths, trained = [], []
    too_long: list[TooLong] = []
    refused: list[tuple[str, str]] = []
    kept: list[Example] = []
    for place, row in enumerate(rows):
        try:
            rendered = render_row(row, renderer)
        except (UsageError, ModelError) as error:
            refused.append((row.source, error.message))
            continue
        size, taught = len(rendered.ids), int(rendered.mask[1:].sum())
        lengths.append(size)
        trained.append(taught)
        if size > limit:
            too_long.append(TooLong(row.source, size, taught, int(rendered.mask[1:limit].sum())))
        if place in shown:
            kept.append(Example(row.source, size, taught, _pieces(rendered, renderer)))
    return Inspection(tuple(lengths), tuple(trained), limit, tuple(too_long), tuple(refused), tuple(kept))


def _pieces(rendered: Rendered, renderer: Renderer) -> tuple[tuple[str, bool], ...]:
    """Runs of tokens that are all trained or all not, as text, special tokens written out."""
    ids, mask = rendered.ids.tolist(), rendered.mask.tolist()
    starts = [place for place in range(len(mask)) if not place or mask[place] != mask[place - 1]]
    return tuple(
        (renderer.tokenizer.decode(ids[start:end], keep_special=True), mask[start])
        for start, end in zip(starts, [*starts[1:], len(mask)], strict=True)
    )
