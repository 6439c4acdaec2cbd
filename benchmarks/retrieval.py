"""Is what was said found again, beside plain BM25 and whatever other searchers are installed; and how fast.

The aims: recall@5 of at least 0.95 for questions in the words of the fact, 0.85 for reworded ones, among
20,000 chunks of idle talk; a 95th percentile of 20 ms at 100,000 chunks on two cores. One JSON line for
quality, one for speed. Speed is told as wall time and as processor time: the first also shows who else was
busy. Rivals: FTS5's bm25 over the raw turns always; rank_bm25 and bm25s where they are installed; Chroma with
its default embedder where its model lies on this machine already, since its first use downloads one. Not a
test: times depend on the machine.

Run: `python -m benchmarks.retrieval [--chunks 100000] [--questions 300]`
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.machine import machine
from engram.answer.embedders import HashedNgrams
from engram.config import RecallSettings
from engram.measure.retrieval import DEPTH, Finder, measure_retrieval, plain_bm25, tell
from engram.measure.retrieval_cases import make_world
from engram.models.resolve import resolve
from engram.store.database import Database
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger

BLOCK = 30
"""Questions in a row to one searcher: in turn, so that a busy moment meets both, and enough to be warm."""

CHROMA_MODEL = Path("~/.cache/chroma/onnx_models/all-MiniLM-L6-v2").expanduser()


def quality(folder: Path) -> dict[str, Any]:
    """The retrieval suite with all rivals that are here."""
    world = make_world()
    rivals, missing = find_rivals(world.turns)
    tokenizer = resolve("seedling").renderer.tokenizer
    found = measure_retrieval(world, folder, RecallSettings(), tokenizer, rivals)
    return {"what": "quality", **asdict(found), "not_run": missing, "machine": machine()}


def find_rivals(turns: Sequence[str]) -> tuple[dict[str, Finder], dict[str, str]]:
    """Searchers over the same turns, and why others are not among them."""
    makers: dict[str, Callable[[Sequence[str]], Finder]] = {
        "rank_bm25": _rank_bm25,
        "bm25s": _bm25s,
        "chromadb": _chroma,
    }
    rivals, missing = {}, {}
    for name, make in makers.items():
        if find_spec(name) is None:
            missing[name] = "not installed"
        elif name == "chromadb" and not CHROMA_MODEL.is_dir():
            missing[name] = "its default embedder would have to be downloaded"
        else:
            rivals[name] = make(turns)
    return rivals, missing


def speed(folder: Path, chunks: int, questions: int) -> dict[str, Any]:
    """Both searches of one index, in turn, in one warm process."""
    world = make_world(chunks)
    asked = Random(0).sample(
        [question.text for question in world.questions], min(questions, len(world.questions))
    )
    with Database.open(folder / "speed.db") as database:
        now = tell(Ledger(database), world.turns)
        index = MemoryIndex(database, HashedNgrams())
        started = time.perf_counter()
        index.refresh()
        indexed = time.perf_counter() - started
        cases: dict[str, Finder] = {"engram": _ours(index, now), "bm25": plain_bm25(database, world.turns)}
        taken = _in_turn(cases, asked)
        groups = index.stats().groups
    ratio = np.median(taken["engram"][:, 1]) / np.median(taken["bm25"][:, 1])
    return {
        "what": "speed",
        "chunks": groups,
        "questions": len(asked),
        "index_seconds": round(indexed, 1),
        **{f"{name}_ms": _percentiles(values) for name, values in taken.items()},
        "engram_to_bm25_cpu": round(float(ratio), 2),
        "machine": machine(),
    }


def _ours(index: MemoryIndex, now: datetime) -> Finder:
    return lambda question: [found.text for found in index.search(question, DEPTH, now=now)]


def _in_turn(cases: dict[str, Finder], questions: Sequence[str]) -> dict[str, Any]:
    """Wall and processor seconds of each question, [questions, 2], after one question that warms up."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for find in cases.values():
        find(questions[0])
    for start in range(0, len(questions), BLOCK):
        for name, find in cases.items():
            for question in questions[start : start + BLOCK]:
                started = time.perf_counter(), time.process_time()
                find(question)
                taken[name].append((time.perf_counter() - started[0], time.process_time() - started[1]))
    return {name: np.array(values) for name, values in taken.items()}


def _percentiles(values: Any) -> dict[str, float]:
    """Median and 95th percentile in milliseconds of wall and processor time."""
    (wall, cpu), (late_wall, late_cpu) = (np.percentile(values, p, axis=0) * 1000 for p in (50, 95))
    named = {"p50": wall, "p95": late_wall, "p50_cpu": cpu, "p95_cpu": late_cpu}
    return {name: round(float(value), 1) for name, value in named.items()}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rank_bm25(turns: Sequence[str]) -> Finder:
    """The package rank_bm25 with its defaults, over lower-case words."""
    import rank_bm25

    searcher = rank_bm25.BM25Okapi([_words(text) for text in turns])

    def find(question: str) -> list[str]:
        scores = searcher.get_scores(_words(question))
        return [turns[i] for i in np.argsort(-scores, kind="stable")[:DEPTH] if scores[i] > 0]

    return find


def _bm25s(turns: Sequence[str]) -> Finder:
    """The package bm25s with its defaults (English stop words)."""
    import bm25s

    searcher = bm25s.BM25(corpus=list(turns))
    searcher.index(bm25s.tokenize(list(turns), stopwords="en", show_progress=False), show_progress=False)

    def find(question: str) -> list[str]:
        tokens = bm25s.tokenize(question, stopwords="en", show_progress=False)
        return list(searcher.retrieve(tokens, k=DEPTH, show_progress=False)[0][0])

    return find


def _chroma(turns: Sequence[str]) -> Finder:
    """Chroma in memory with its default embedder."""
    import chromadb

    collection = chromadb.EphemeralClient().create_collection("turns")
    for start in range(0, len(turns), 1000):
        some = list(turns[start : start + 1000])
        collection.add(ids=[str(start + n) for n in range(len(some))], documents=some)

    def find(question: str) -> list[str]:
        return list(collection.query(query_texts=[question], n_results=DEPTH)["documents"][0])

    return find


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(quality(Path(folder))), flush=True)
        print(json.dumps(speed(Path(folder), given.chunks, given.questions)), flush=True)


if __name__ == "__main__":
    main()
