"""How what was found is put in order: pure arithmetic on terms, ranks and times.

Not here: finding (index.py), and what is shown to the model (answer/recall.py).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from engram.store.related import related
from engram.store.words import is_function_word, is_vague

RANK_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""

RECENCY_SHARE = 0.05
"""How much more the newest counts than the oldest, of two that match alike."""

RECENCY_HALF_LIFE = 30.0
"""Days in which that advantage halves."""

FUNCTION_WEIGHT = 0.05
"""Weight of a word without topic, as a share of what its rarity would give it."""


VAGUE_WEIGHT = 0.1
"""Weight of a word that says little about the topic ("what kind of ..."), as that share."""


def fuse(rankings: Sequence[Sequence[int]]) -> dict[int, float]:
    """Reciprocal rank fusion: the sum of 1 / (k + rank) over the rankings that hold an item, ranks from 1."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (RANK_CONSTANT + rank)
    return scores


BACKGROUND = 1000
"""Chunks without any of the question's terms that are counted besides those there are: in a small memory
"dog" is in every tenth chunk, and still it is what a question is about."""

HEAVIEST = 4.0
"""Most that a term weighs where it is judged whether a chunk has to do with a question at all: a word in
every fiftieth chunk names a topic as one in every thousandth does, and one that nobody said must not outweigh
them."""

ANCHOR = 2.0
"""How much more names, numbers and possessors weigh there: what is told of somebody else does not answer."""


def rarity(count: int, total: int) -> float:
    """The inverse document frequency of BM25 for a term in `count` of `total` chunks and the background."""
    return math.log(1.0 + (BACKGROUND + total - count + 0.5) / (count + 0.5))


def weights(counts: Mapping[str, int], total: int) -> dict[str, float]:
    """What each term of a question weighs: rare ones much, those without a topic next to nothing."""
    return {term: rarity(min(count, total), total) * _share(term) for term, count in counts.items()}


def judging(counts: Mapping[str, int], total: int, anchors: Collection[str]) -> dict[str, float]:
    """What each term weighs where it is judged whether a chunk has to do with a question; see above."""
    return {
        term: min(HEAVIEST, weight) * (ANCHOR if term in anchors else 1.0)
        for term, weight in weights(counts, total).items()
    }


def coverage(asked: Mapping[str, float], said: Sequence[str]) -> float:
    """The share of a question's weight that a text's terms cover, 0 to 1; `asked` as `weights` gives it.

    A related word counts by the share that related.py gives it, one that differs in its ending ("garden",
    "gardening") by the share of it that agrees.
    """
    words = set(said)
    total = sum(asked.values())
    return sum(weight * _match(term, words) for term, weight in asked.items()) / total if total else 0.0


def _share(term: str) -> float:
    """How much of what its rarity gives it a term weighs."""
    if is_function_word(term):
        return FUNCTION_WEIGHT
    return VAGUE_WEIGHT if is_vague(term) else 1.0


def recency(said_at: str, now: datetime) -> float:
    """A factor between 1 and 1 + RECENCY_SHARE; `said_at` is ISO 8601 with its zone."""
    days = max(0.0, (now - datetime.fromisoformat(said_at)).total_seconds() / 86400)
    return 1.0 + RECENCY_SHARE * math.exp2(-days / RECENCY_HALF_LIFE)


def _match(term: str, words: set[str]) -> float:
    """How well a term is found among words, 0 to 1."""
    if term in words:
        return 1.0
    others = related(term)
    shares = (others[word] for word in others.keys() & words)
    return max(_form(term, words), max(shares, default=0.0))


def _form(term: str, words: set[str]) -> float:
    """How much of a term of four letters or more some word begins with: nothing below six tenths."""
    if len(term) < 4 or term.isdigit():
        return 0.0
    best = 0.0
    stem = term[:3]
    for word in words:
        if word.startswith(stem):
            shared = _common_prefix(term, word) / max(len(term), len(word))
            best = max(best, shared)
    return best if best >= 0.6 else 0.0


def _common_prefix(a: str, b: str) -> int:
    for index, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return index
    return min(len(a), len(b))
