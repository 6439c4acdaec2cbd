"""A question answered from the search index: words by FTS5's bm25, likeness by vectors, fused by rank.

What the user writes never becomes query syntax: only terms of words.py are looked up, each as a quoted
string. Not here: keeping the index (index.py), the arithmetic of order (ranking.py), and what is shown to a
model (answer/recall.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engram.store.database import Database
from engram.store.duplicates import BODY
from engram.store.ranking import coverage, fuse, recency, weights
from engram.store.related import related
from engram.store.tags import may_retrieve
from engram.store.vectors import VectorTable
from engram.store.words import is_function_word, terms
from engram.types import Embedder

POOL = 100
"""How many are taken from each kind of search."""

JUDGED = 48
"""How many of those, the best by rank, are compared with the question term by term."""

MATCHES = 10_000
"""Rows that a search by words may touch, about 7 ms: more frequent terms are left out where rarer ones are
there."""

LONGEST_QUESTION = 2000
"""Characters of a question that are looked at."""

MOST_TERMS = 48
"""Terms of a question that are looked up."""


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that was found, with what is known of its entry; of several that say the same, the newest.

    `entry_ids` are the entries that say it, newest first. `text` is the chunk (of a fact the value, whose
    `key` stands beside it). `score` is the share of the question's weight that it covers, 0 to 1;
    `similarity` the cosine of the vectors; `word_rank` and `vector_rank` count from 1 and are None where that
    search did not find it.
    """

    entry_ids: tuple[int, ...]
    text: str
    key: str
    speaker: str
    source: str
    said_at: str
    session: int | None
    score: float
    similarity: float
    word_rank: int | None
    vector_rank: int | None


@dataclass(frozen=True, slots=True)
class _Member:
    """A row of a group: a chunk, and the entry it is part of."""

    entry: int
    body: str
    start: int
    stop: int
    key: str
    value: str
    speaker: str
    source: str
    said_at: str
    session: int | None

    @property
    def chunk(self) -> str:
        return self.body[self.start : self.stop]


class Search:
    """Questions to the index of one database."""

    def __init__(self, database: Database, vectors: VectorTable, embedder: Embedder | None) -> None:
        self._rows = database.rows
        self._vectors = vectors
        self._embedder = embedder

    def search(
        self, query: str, limit: int, *, now: datetime, exclude: frozenset[int], for_recall: bool
    ) -> list[Found]:
        """See MemoryIndex.search."""
        question = query[:LONGEST_QUESTION]
        counts = self._counts(question)
        by_words = self._by_words(counts, for_recall)
        by_vector = self._by_vector(question, for_recall)
        nearness = dict(by_vector)
        rankings = [by_words, [chunk for chunk, _ in by_vector]]
        fused = fuse(rankings)
        groups = {
            chunk: members
            for chunk in sorted(fused, key=lambda c: (-fused[c], c))[:JUDGED]
            if (members := self._members(chunk, exclude, for_recall))
        }
        ((total,),) = self._rows("SELECT count(*) FROM chunk_text")
        asked = weights(counts, total)
        scores = {chunk: coverage(asked, terms(members[0].chunk)) for chunk, members in groups.items()}
        fused = fuse([*rankings, sorted((c for c in scores if scores[c] > 0), key=lambda c: -scores[c])])
        order = sorted(groups, key=lambda c: (-fused[c] * recency(groups[c][0].said_at, now), c))
        return [
            _found(groups[chunk], scores[chunk], nearness.get(chunk, 0.0), *(_rank(chunk, r) for r in rankings))
            for chunk in order[:limit]
        ]

    def _counts(self, question: str) -> dict[str, int]:
        """How many chunks hold each term of the question."""
        asked = list(dict.fromkeys(terms(question, question=True)))[:MOST_TERMS]
        return {term: self._count(term) for term in asked}

    def _count(self, term: str) -> int:
        found = self._rows("SELECT doc FROM chunk_term WHERE term = ?", (term,))
        return int(found[0][0]) if found else 0

    def _by_words(self, counts: dict[str, int], for_recall: bool) -> list[int]:
        """Chunks by bm25, best first."""
        others = {other for term in counts for other in related(term)} - counts.keys()
        if not (chosen := _affordable(counts | {other: self._count(other) for other in sorted(others)})):
            return []
        match = " OR ".join(f'"{term}"' for term in chosen)
        rows = self._rows(
            "SELECT rowid FROM chunk_text WHERE chunk_text MATCH ? ORDER BY rank LIMIT ?",
            (f"{{said}} : ({match})" if for_recall else match, POOL),
        )
        return [chunk for (chunk,) in rows]

    def _by_vector(self, question: str, for_recall: bool) -> list[tuple[int, float]]:
        """Chunks with their cosine, best first."""
        if not self._embedder or self._rows("SELECT embedder FROM index_state") != [(self._embedder.id,)]:
            return []
        return self._vectors.nearest(self._embedder.embed([question])[0], POOL, for_recall)

    def _members(self, leader: int, exclude: frozenset[int], for_recall: bool) -> list[_Member]:
        """The chunks of a group that may be shown, newest first."""
        rows = self._rows(
            f"SELECT e.tags, e.id, {BODY}, c.start, c.stop, e.key, e.text, e.speaker, e.source, e.said_at, e.session, "
            "EXISTS (SELECT 1 FROM entry n WHERE n.replaces = e.id AND n.forgotten_at IS NULL) "
            "FROM chunk c JOIN entry e ON e.id = c.entry "
            "WHERE c.leader = ? AND e.forgotten_at IS NULL ORDER BY e.said_at DESC, e.id DESC LIMIT 50",
            (leader,),
        )
        return [
            _Member(*row[1:-1])
            for row in rows
            if row[1] not in exclude and not (for_recall and (row[-1] or not may_retrieve(row[0].split())))
        ]


def _affordable(counts: dict[str, int]) -> list[str]:
    """The terms to look up: those with a topic, rarest first, as long as few enough rows are touched; those
    without one only where there is nothing else."""
    known = {term: count for term, count in counts.items() if count}
    topical = {term: count for term, count in known.items() if not is_function_word(term)} or known
    chosen: list[str] = []
    touched = 0
    for term in sorted(topical, key=lambda t: (topical[t], t)):
        touched += topical[term]
        if chosen and touched > MATCHES:
            break
        chosen.append(term)
    return chosen


def _found(
    members: Sequence[_Member], score: float, similarity: float, word_rank: int | None, vector_rank: int | None
) -> Found:
    newest = members[0]
    return Found(
        tuple(member.entry for member in members),
        newest.value if newest.key else newest.chunk,
        newest.key,
        newest.speaker,
        newest.source,
        newest.said_at,
        newest.session,
        score,
        similarity,
        word_rank,
        vector_rank,
    )


def _rank(item: Any, ranking: Sequence[Any]) -> int | None:
    return ranking.index(item) + 1 if item in ranking else None
