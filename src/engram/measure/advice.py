"""What to do next, in sentences that follow from what was measured: pure rules, no promises.

Not here: whether to wear the adapter (the gate decides that), or the figures themselves.
"""

from __future__ import annotations

from engram.measure.comparison import Comparison
from engram.measure.verdict import NOT_WORSE, percent

MANY = 1_000
"""Patterns from which on exact pairs overrun a small adapter: in the prototype a LoRA of rank 16 kept 70% of
100 arbitrary pairs, 46% of 1,000 and 2% of 5,000 (design, lookup.md)."""
LEARNED = 0.95


def seen(patterns: int, rows: int, passes: float) -> str:
    """How often each pattern was trained."""
    times = passes * rows / patterns
    return f"Each of the {patterns:,} patterns was seen about {times:,.0f} times ({passes:.3g} passes)."


def advice(comparison: Comparison, patterns: int) -> tuple[str, ...]:
    """Sentences for a reader who wants better figures than these; none if nothing stands out."""
    found = []
    recall, retention = comparison.splits["recall"], comparison.splits["retention"]
    if recall and recall.tuned < LEARNED:
        found.append(_more(recall.tuned, patterns))
    if retention and retention.lower_bound <= -NOT_WORSE:
        found.append(
            "Skills may have been lost: raise --replay or --anchor-weight, or lower --learning-rate."
        )
    return tuple(found)


def _more(recall: float, patterns: int) -> str:
    if patterns >= MANY:
        return (
            f"{percent(recall)} of {patterns:,} patterns came back. Pairs that must come back exactly, and "
            "follow no rule, are better kept in a table that is looked up, or in notes that are read, than "
            "in weights; a larger --rank and more --epochs help a little."
        )
    return f"Recall is {percent(recall)}: try more --epochs first, then a larger --rank."
