"""What the exact memory costs: a fact to write and to keep, a token to look at, for 100 to a million facts.

    python -m benchmarks.lookup_cost [--most 1000000] [--plot FILE.svg]

Sizes are measured in turn, round after round, so that a busy moment meets all of them; told are medians of
processor time. `default` looks for a key where an answer is asked for, `anywhere` at every token. Not here:
what is found (lookup.py).
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.lookup_fires import natural_texts
from benchmarks.machine import machine
from engram.lookup.facts import Fact
from engram.lookup.file import to_bytes
from engram.lookup.logits import force
from engram.lookup.memory import Lookup
from engram.lookup.rows import RowProcessor
from engram.lookup.table import FactTable
from engram.models.resolve import resolve
from engram.types import Message, Renderer

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
ROUNDS = 9
TOKENS = 2000
LINES = {
    "anywhere_us_per_token": ("looking at every token (anywhere)", "#2563eb"),
    "default_us_per_token": ("looking where an answer is asked for (default)", "#ea580c"),
}
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#334155}@media (prefers-color-scheme:dark){text{fill:#cbd5e1}}"
)


def cost(renderer: Renderer, most: int = SIZES[-1]) -> Iterator[dict[str, Any]]:
    """One row per size. Microseconds of processor time; bytes on the disk."""
    tables, rows = {}, {}
    for size in (size for size in SIZES if size <= most):
        tables[size], rows[size] = _written(size, renderer)
    ids = [token for text in natural_texts() for token in renderer.tokenizer.encode(text)][:TOKENS]
    for name, measure in _measures(renderer, ids).items():
        taken: dict[int, list[float]] = {size: [] for size in tables}
        for _ in range(ROUNDS):
            for size, table in tables.items():
                taken[size].append(measure(table))
        for size, values in taken.items():
            rows[size][name] = round(statistics.median(values), 2)
    yield from rows.values()


def _written(size: int, renderer: Renderer) -> tuple[FactTable, dict[str, Any]]:
    """Facts put into a table and encoded for a file; making them up is not counted."""
    random = Random(size)
    facts = [
        Fact(
            f"KIND{random.randrange(50)}:NAME_{number:07d}",
            f"delta_{random.randrange(100_000)}",
            source=number,
            since="2026-11-22T01:00:00+00:00",
        )
        for number in random.sample(range(10_000_000), size)
    ]
    started = time.process_time()
    table = FactTable(facts)
    put = time.process_time()
    data = to_bytes(table, renderer.tokenizer)
    saved = time.process_time()
    return table, {
        "facts": size,
        "put_us": round((put - started) / size * 1e6, 1),
        "save_us": round((saved - put) / size * 1e6, 1),
        "bytes_per_fact": round(len(data) / size, 1),
    }


def _measures(renderer: Renderer, ids: list[int]) -> dict[str, Callable[[FactTable], float]]:
    asked = renderer.prompt([Message("user", "what is KIND7:NAME_12345?")]).tolist()

    def per_token(table: FactTable, **how: Any) -> float:
        """A generator's steps through a text: its processor called with one more id each time."""
        processor = RowProcessor(Lookup(table, renderer, **how), force)
        row, nothing = list(asked), object()
        processor(row, nothing)
        started = time.process_time()
        for token in ids:
            row.append(token)
            processor(row, nothing)
        return (time.process_time() - started) / len(ids) * 1e6

    def per_prompt(table: FactTable) -> float:
        lookup = Lookup(table, renderer)
        started = time.process_time()
        for _ in range(100):
            lookup.match(asked)
        return (time.process_time() - started) / 100 * 1e6

    return {
        "default_us_per_token": per_token,
        "anywhere_us_per_token": lambda table: per_token(table, anywhere=True),
        "us_per_prompt": per_prompt,
    }


def picture(rows: Sequence[dict[str, Any]]) -> str:
    """Microseconds per token over the number of facts (logarithmic), as an SVG for light and dark pages."""
    top = max(10.0, *(row[name] for row in rows for name in LINES))
    parts = []
    for name, (label, colour) in LINES.items():
        points = [_place(row["facts"], row[name], top) for row in rows]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        x, y = points[0]
        parts.append(f'<text x="{x + 6:.1f}" y="{y - 10:.1f}" style="fill:{colour}">{label}</text>')
    for row in rows:
        x, y = _place(row["facts"], 0, top)
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{row["facts"]:,}</text>')
    for value in (0, 5, 10):
        x, y = _place(SIZES[0], value, top)
        parts.append(f'<text x="{x - 24:.1f}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
    title = "Exact memory: processor time per token (µs) by number of facts"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 300" role="img" aria-label="{title}">'
        f'<style>{STYLE}</style><text x="24" y="22" font-weight="600">{title}</text>{"".join(parts)}</svg>\n'
    )


def _place(facts: float, value: float, top: float) -> tuple[float, float]:
    """Where a value stands in the picture."""
    share = math.log10(facts / SIZES[0]) / math.log10(SIZES[-1] / SIZES[0])
    return 70 + 530 * share, 265 - 210 * value / top


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="seedling")
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    rows = list(cost(resolve(given.model).renderer, given.most))
    for row in rows:
        print(json.dumps({**row, "machine": machine()}))
    if given.plot:
        given.plot.write_text(picture(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
