"""What report.md and report.html both show: side-by-side figures, chosen examples, run details, plain notes.

Not here: markup. Everything is text, unescaped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engram.measure.asking import Result
from engram.measure.comparison import COUNTS_FROM, Comparison
from engram.measure.measurement import Measurement
from engram.measure.verdict import percent
from engram.measure.words import SPLIT_NAMES

SMALL = 30  # below this many clusters an interval is a rough guide
Pair = tuple[Result, Result]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on both sides, as text, and what it means."""

    name: str
    before: str
    after: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Examples:
    """A few pairs of one kind out of `total`, one category after the other."""

    title: str
    explanation: str
    total: int
    pairs: tuple[Pair, ...]


def figures(comparison: Comparison) -> list[Figure]:
    """Everything besides accuracy that has a before and an after (peak memory has none on a CPU)."""
    old, new = comparison.baseline, comparison.tuned
    c = old.consistency
    asked = f"{c.runs} sampled answers to each of {c.probes} questions, temperature {c.temperature:g}"

    def row(name: str, value: Callable[[Measurement], str], meaning: str) -> Figure:
        return Figure(name, value(old), value(new), meaning)

    rows = [
        row("Consistency", lambda m: f"{m.consistency.sampled:.2f}", f"{asked}; 1 is always the same answer"),
        row(
            "… of which right", lambda m: percent(m.consistency.sampled_correct), "sameness alone is no merit"
        ),
        row("Answer time", lambda m: f"{m.latency.median:.0f} ms", f"median of {old.latency.n} asked alone"),
        row("… mean and 95th percentile", _spread, "of the same; longer answers take longer"),
        row("Writing speed", _speed, "same prompts, same number of tokens, whatever is said"),
        row("Stopped by itself", _stopped, "answers that ended with the stop token, not at the limit"),
        row("Whole exam", lambda m: f"{m.exam_seconds:.0f} s", "all questions; longer answers take longer"),
    ]
    if old.device != "cpu":
        rows.append(row("Peak memory", _memory, f"of {old.peak_memory_of}"))
    if c.rephrased is not None:
        meaning = f"{c.patterns} patterns: wordings that get the pattern's commonest answer"
        rows.insert(2, row("Same answer to any wording", lambda m: _share(m.consistency.rephrased), meaning))
    if old.text_loss and new.text_loss:
        meaning = f"on {old.text_loss.tokens} tokens of text that no one trains on; lower is better"
        rows.append(row("Perplexity", _perplexity, meaning))
    for split in ("recall", "rephrased", "unseen"):
        if old.answer_loss.get(split) and new.answer_loss.get(split):
            meaning = "nats per token of the expected answers; lower is better"
            rows.append(row(f"Loss, {split}", lambda m, s=split: _loss(m, s), meaning))  # type: ignore[misc]
    return rows


def examples(comparison: Comparison, count: int = 6) -> tuple[Examples, Examples, Examples]:
    """Won, still wrong and lost; each list walks through the categories in turn, so none is favoured."""
    pairs = comparison.pairs
    asked = [pair for pair in pairs if pair[0].probe.split != "retention"]
    won = [pair for pair in asked if pair[1].correct and not pair[0].correct]
    wrong = [pair for pair in asked if not pair[1].correct and not pair[0].correct]
    lost = [pair for pair in pairs if pair[0].correct and not pair[1].correct]
    return (
        Examples("Won", "wrong before, right now", len(won), _in_turn(won, count)),
        Examples("Still wrong", "wrong before, wrong now", len(wrong), _in_turn(wrong, count)),
        Examples("Lost", "right before, wrong now, base skills included", len(lost), _in_turn(lost, count)),
    )


def question(result: Result) -> str:
    """What was asked: the one message, or all of them with their roles."""
    turns = result.probe.messages
    return turns[0].content if len(turns) == 1 else "\n".join(f"{t.role}: {t.content}" for t in turns)


def shortened(text: str, limit: int = 240) -> str:
    """At most `limit` characters: beginning and end, with a mark where text was left out between them."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 3].rstrip()} … {text[-tail:].lstrip()}"


def details(comparison: Comparison) -> list[tuple[str, str]]:
    """What ran: from the measurements, then the caller's own config, nested keys joined by a space."""
    old, new = comparison.baseline, comparison.tuned
    rows = [
        ("base model", old.base),
        ("revision", old.revision),
        ("adapter", new.adapter or "none"),
        ("compared with", old.adapter or "the bare base model"),
        ("device, number type", f"{new.device}, {new.dtype}"),
        ("questions", str(len(new.results))),
    ]
    if new.device == "cpu":  # one number for the process, so no before and after
        rows.append(("peak memory", f"{_memory(new)}, of {new.peak_memory_of}"))
    return rows + [(key, value) for key, value in _flat(comparison.config) if key not in dict(rows)]


def how_to_read() -> list[str]:
    """The same for every report."""
    return [
        "Both sides answered the same questions, greedily, through the same template. An answer is right "
        "when it begins with the expected output (or equals it, for skills that ask for an exact answer).",
        "Recall says what was memorised. Rephrased says whether it survives another wording. Unseen says "
        "whether a rule was learned rather than a list. Retention says what that cost.",
        "Intervals are 95% intervals and allow for several questions coming from one pattern. p is "
        "one-sided: the chance of a gain this large if training had done nothing (signs are flipped "
        "pattern by pattern).",
        f"A skill counts for retention only where the base model reaches {percent(COUNTS_FROM)}: what was "
        "never there cannot be lost.",
    ]


def caveats(comparison: Comparison) -> list[str]:
    """What these numbers cannot carry, from the numbers themselves."""
    lines = []
    for split, change in comparison.splits.items():
        title = SPLIT_NAMES[split].title
        if change is None:
            lines.append(f"{title} was not measured.")
        elif change.clusters < SMALL:
            groups = "group" if change.clusters == 1 else "groups"
            words = f"{title} rests on {change.clusters} independent {groups} of questions"
            lines.append(f"{words}: take its interval as a rough guide.")
    if skipped := sorted(set(comparison.skills) - set(comparison.counted)):
        lines.append(f"Not counted for retention, because the base lacks them: {', '.join(skipped)}.")
    lines.append(
        "One training run with one seed was measured; another seed would give somewhat other numbers."
    )
    lines.append("By category and skill there are many comparisons; a single low p among them proves little.")
    lines.append("Times depend on this machine and on what else it was doing.")
    return lines


def _spread(m: Measurement) -> str:
    return f"{m.latency.mean:.0f} ± {m.latency.stdev:.0f}, {m.latency.p95:.0f} ms"


def _speed(m: Measurement) -> str:
    rate = m.decoding.tokens_per_second
    return "–" if rate is None else f"{rate:,.0f} tokens/s"


def _stopped(m: Measurement) -> str:
    return percent(sum(result.stopped for result in m.results) / len(m.results))


def _memory(m: Measurement) -> str:
    return f"{m.peak_memory_bytes / 2**20:,.0f} MiB"


def _perplexity(m: Measurement) -> str:
    return f"{m.text_loss.perplexity:.3g}" if m.text_loss else "–"


def _loss(m: Measurement, split: str) -> str:
    loss = m.answer_loss.get(split)
    return f"{loss.loss:.3f}" if loss else "–"


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _in_turn(pairs: Sequence[Pair], count: int) -> tuple[Pair, ...]:
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair[0].probe.category].append(pair)
    rounds = max(map(len, groups.values()), default=0)
    walk = [group[turn] for turn in range(rounds) for group in groups.values() if turn < len(group)]
    return tuple(walk[:count])


def _flat(config: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in config.items():
        name = f"{prefix} {key}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, "–" if value is None else str(value)
