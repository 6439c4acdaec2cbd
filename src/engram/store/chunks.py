"""Long texts cut into chunks that a search can find and a note can show; short ones stay whole.

A chunk has 512-1,000 characters, ends where a sentence does if one ends there, and repeats 10-20% of the one
before it, so that what stands at a border is whole in one of the two. Not here: which chunks say the same
(minhash.py), and where they are kept (index.py).
"""

from __future__ import annotations

from engram.store.sentences import sentences

SHORTEST, LONGEST = 512, 1000
"""Characters of a chunk of a text that is cut."""

OVERLAP = (100, 150)
"""Characters that a chunk repeats: 10-20% of chunks of 750-1,000 characters."""


def chunks(text: str) -> list[tuple[int, int]]:
    """Start and end of each chunk, in characters; together they cover the text. A blank text has none."""
    end = len(text.rstrip())
    start = len(text) - len(text.lstrip())
    spans = sentences(text)
    starts, stops = [at for at, _ in spans], [at for _, at in spans]
    found = []
    while end - start > LONGEST:
        latest = min(start + LONGEST, end - SHORTEST + OVERLAP[0])
        cut = _border(text, stops, start + SHORTEST, max(latest, start + SHORTEST))
        found.append((start, cut))
        start = _border(text, starts, cut - OVERLAP[1], cut - OVERLAP[0])
    return [*found, (start, end)] if end > start else found


def _border(text: str, borders: list[int], low: int, high: int) -> int:
    """The last border of a sentence within [low, high], else the last space, else `high`."""
    if inside := [at for at in borders if low <= at <= high]:
        return inside[-1]
    space = max(text.rfind(blank, low, high) for blank in " \n\t")
    return space + 1 if space >= low else high
