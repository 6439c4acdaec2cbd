"""report.md: the same findings as report.html, for a terminal, a pull request or a mail.

Not here: numbers (comparison.py, tables.py) and sentences (verdict.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from engram.measure import tables
from engram.measure.comparison import Change, Comparison
from engram.measure.verdict import judge, p_words, percent, points
from engram.measure.words import SPLIT_NAMES

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")


def render_markdown(comparison: Comparison) -> str:
    """The whole report as Markdown; texts from outside are escaped."""
    verdict = judge(comparison)
    lists = (
        ("What was learned", verdict.learned),
        ("What was not learned", verdict.not_learned),
        ("What was lost", verdict.lost),
        ("What was kept", verdict.kept),
    )
    parts = [f"# {_text(verdict.headline)}", _splits(comparison)]
    parts += [f"## {title}\n\n{_bullets(sentences)}" for title, sentences in lists]
    parts += [
        f"## What it was taught, by category\n\n{_changes(comparison.categories)}",
        f"## Members never taught, by family\n\n{_changes(comparison.families)}",
        f"## Skills of the base model\n\n{_changes(comparison.skills, comparison.counted)}",
        f"## Steadiness, speed and loss\n\n{_figures(comparison)}",
        f"## Examples\n\n{_examples(comparison)}",
        f"## How to read this\n\n{_bullets(tables.how_to_read())}",
        f"## What it cannot tell you\n\n{_bullets(tables.caveats(comparison))}",
        f"## The run\n\n{_table(('', ''), tables.details(comparison))}",
    ]
    return "\n\n".join(parts) + "\n"


def _splits(comparison: Comparison) -> str:
    head = ("", "before", "after", "95% interval", "change", "evidence", "n")
    rows = []
    for split, change in comparison.splits.items():
        title = SPLIT_NAMES[split].title
        rows.append((title, *(_cells(change) if change else ("–", "–", "–", "–", "not measured", "0"))))
    return _table(head, rows)


def _cells(change: Change) -> tuple[str, ...]:
    low, high = change.tuned_ci95
    return (
        percent(change.baseline),
        percent(change.tuned),
        f"{100 * low:.0f}–{100 * high:.0f}%",
        points(change.change),
        f"{p_words(change.p_value)}, no worse than {points(change.lower_bound)}",
        str(change.n),
    )


def _changes(changes: Mapping[str, Change], counted: Mapping[str, Change] | None = None) -> str:
    if not changes:
        return "Not measured."
    head = ("", "before", "after", "95% interval", "change", "n")
    rows = []
    for name, change in changes.items():
        label = name if counted is None or name in counted else f"{name} (does not count)"
        cells = _cells(change)
        rows.append((label, *cells[:4], cells[5]))
    return _table(head, rows)


def _figures(comparison: Comparison) -> str:
    rows = [(item.name, item.before, item.after, item.meaning) for item in tables.figures(comparison)]
    return _table(("", "before", "after", "how"), rows)


def _examples(comparison: Comparison) -> str:
    blocks = []
    for group in tables.examples(comparison):
        rows = [
            tuple(map(tables.shortened, (tables.question(a), a.probe.expected, a.answer, b.answer)))
            for a, b in group.pairs
        ]
        body = _table(("asked", "expected", "before", "after"), rows) if rows else "None."
        blocks.append(f"### {group.title}: {group.total} ({group.explanation})\n\n{body}")
    return "\n\n".join(blocks)


def _bullets(sentences: Iterable[str]) -> str:
    return (
        "\n".join(f"- {_text(sentence)}" for sentence in sentences)
        or "Nothing that these questions can show."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_text(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _text(text: str) -> str:
    """On one line, with nothing left that Markdown or HTML would act on."""
    return " ⏎ ".join(_SPECIAL.sub(r"\\\1", text).splitlines())
