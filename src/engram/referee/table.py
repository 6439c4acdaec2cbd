"""Scores as a table: Markdown for a README, JSON for programs. Not here: the page with pictures (page.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engram.job import Job
from engram.machine import cpu_name, usable_cores, versions
from engram.referee.asking import Score, Share
from engram.referee.referee import WAYS

HEADS = {
    "recall": "recall",
    "rephrased": "rephrased",
    "longer": "sentence",
    "updated": "updated",
    "untold": "untold",
    "retention": "skills",
}
MEANINGS = {
    "recall": "The question as it was taught.",
    "rephrased": "Questions in words that nobody trained.",
    "longer": "The value in an answer of a whole sentence.",
    "updated": "Told twice: the new value, and not the old one.",
    "untold": 'Never told: the answer begins with "I don\'t know".',
    "retention": "Skills of the base that have nothing to do with the facts.",
}
NOTE = (
    "In brackets: n, and the 95% interval. Perplexity is that of the model on held-out text; the exact "
    "memory does not touch a text that asks for nothing."
)
TITLES = {way.name: way.title for way in WAYS}
COSTS = ("perplexity", "write time", "bytes a fact", "prompt tokens", "answer time")
_LIBRARIES = ("torch", "transformers", "peft", "mlx", "mlx-lm", "numpy")


def to_json(job: Job, scores: Sequence[Score], seed: int) -> dict[str, Any]:
    """All figures with what they depend on; no path."""
    return {
        "base": {"id": job.base.id, "revision": job.base.revision},
        "seed": seed,
        "computing": job.computing(),
        "machine": {"processor": cpu_name(), "cores": usable_cores()},
        "libraries": versions(_LIBRARIES),
        "scores": [score.to_json() for score in scores],
    }


def markdown(scores: Sequence[Score]) -> str:
    """One table for each number of facts."""
    parts = []
    for size in sorted({score.facts for score in scores}):
        rows = [score for score in scores if score.facts == size]
        parts.append(f"**{size:,} facts**\n\n{_table(rows)}")
    return "\n\n".join([*parts, legend()]) + "\n"


def legend() -> str:
    """What the columns mean, in sentences."""
    told = [f"- **{HEADS[name]}**: {meaning}" for name, meaning in MEANINGS.items()]
    return "\n".join([*told, "", NOTE])


def _table(rows: Sequence[Score]) -> str:
    heads = ["way", *HEADS.values(), *COSTS]
    base = next((row for row in rows if row.way == "base"), None)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        lines.append(f"| {' | '.join(cells(row, base))} |")
    return "\n".join(lines)


def cells(row: Score, base: Score | None) -> list[str]:
    """One line of the table as text."""
    if row.reason:
        return [TITLES[row.way], row.reason, *[""] * (len(HEADS) + len(COSTS) - 1)]
    shares = [share_text(row.shares.get(name)) for name in HEADS]
    return [TITLES[row.way], *shares, *costs(row, base).values()]


def costs(row: Score, base: Score | None) -> Mapping[str, str]:
    """What a way costs, in words, by the head of the column."""
    change = "" if base is None or not base.perplexity else _change(row.perplexity / base.perplexity - 1)
    texts = (
        change,
        _time(row.write_seconds),
        f"{row.bytes / row.facts:,.0f}",
        f"{row.prompt_tokens:.0f}",
        f"{row.latency_ms:.0f} ms",
    )
    return dict(zip(COSTS, texts, strict=True))


def share_text(share: Share | None) -> str:
    if share is None:
        return ""
    return f"{share.share:.0%} ({share.n}; {100 * share.low:.0f}–{100 * share.high:.0f})"


def _time(seconds: float) -> str:
    if 0 < seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:,.0f} s"


def _change(ratio: float) -> str:
    return "same" if ratio == 0 else f"{100 * ratio:+.1f}%"
