"""What the exact memory costs: a fact to write and to keep, a token to look at, for 100 to a million facts.

    python -m benchmarks.lookup_cost [--most 1000000] [--plot FILE.png]

Sizes are measured in turn, round after round, so that a busy moment meets all of them; told are medians of
processor time. `default` looks for a key where an answer is asked for, `anywhere` at every token. Not here:
what is found (lookup.py).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
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


def plot(rows: list[dict[str, Any]], file: Path) -> None:
    """Microseconds per token over the number of facts."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    for name, label in [
        ("anywhere_us_per_token", "at every token"),
        ("default_us_per_token", "where asked (default)"),
    ]:
        axes.plot([row["facts"] for row in rows], [row[name] for row in rows], "o-", label=label)
    axes.set(
        xscale="log",
        xlabel="facts",
        ylabel="µs per token",
        ylim=(0, None),
        title="Exact memory: cost of a token",
    )
    axes.legend()
    figure.tight_layout()
    figure.savefig(file)


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
        plot(rows, given.plot)


if __name__ == "__main__":
    main()
