"""A question answered from the search index: words, and words related to them, by FTS5's bm25, likeness by
vectors, fused by rank.

What the user writes never becomes query syntax: only terms of words.py are looked up, each as a quoted
string. Not here: keeping the index (index.py), the arithmetic of order (ranking.py), and what is shown to a
model (answer/recall.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engram.store.database import Database
from engram.store.duplicates import BODY
from engram.store.entries import clean
from engram.store.ranking import coverage, fuse, judging, recency, weights
from engram.store.related import related
from engram.store.tags import may_retrieve
from engram.store.vectors import VectorTable
from engram.store.words import anchors, is_function_word, terms
from engram.types import Embedder

POOL = 100
"""How many are taken from each kind of search."""

JUDGED = 48
"""How many of those, the best by rank, are compared with the question term by term."""

MATCHES = 6_000
"""Rows that a search by words may touch, about 4 ms: more frequent terms are left out where rarer ones are
there."""

RELATED = 2_000
"""Rows that may be touched besides for related words."""

LIKENESS = 0.3
"""Cosine below which a chunk that shares no word with the question is not worth showing; vectors of hashed
features are that near by chance in one of 20,000 pairs."""

LONGEST_QUESTION = 2000
"""Characters of a question that are looked at."""

MOST_TERMS = 48
"""Terms of a question that are looked up."""


_MEMBERS = f"""
SELECT c.leader, e.tags, EXISTS (
    SELECT 1 FROM entry n WHERE n.replaces = e.id AND n.forgotten_at IS NULL
), e.id, {BODY}, c.start, c.stop, e.key, e.text, e.speaker, e.source, e.said_at, e.session
FROM json_each(?) wanted JOIN chunk c ON c.leader = wanted.value JOIN entry e ON e.id = c.entry
WHERE e.forgotten_at IS NULL ORDER BY e.said_at DESC, e.id DESC
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk that was found, with what is known of its entry; of several that say the same, the newest.

    `entry_ids` are the entries that say it, newest first. `text` is the chunk (of a fact the value, whose
    `key` stands beside it). `score` is the share of the question's weight that it covers, 0 to 1;
    `similarity` the cosine of the vectors; `word_rank` and `vector_rank` count from 1 and are None where that
    search did not find it; related words count as words.
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
    def body_part(self) -> str:
        """The chunk's characters, of a fact key, aliases and value."""
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
        question = clean(query[:LONGEST_QUESTION])
        counts = self._counts(question)
        by_words, by_related = self._by_words(counts, for_recall)
        by_vector = self._by_vector(question, for_recall)
        nearness = dict(by_vector)
        rankings = [by_related, [chunk for chunk, _ in by_vector]]
        fused = fuse([by_words, *rankings])
        best = sorted(fused, key=lambda chunk: (-fused[chunk], chunk))[:JUDGED]
        groups = self._groups(best, exclude, for_recall)
        total = self._total()
        fine, asked = weights(counts, total), judging(counts, total, anchors(question))
        said = {chunk: terms(members[0].body_part) for chunk, members in groups.items()}
        ages = {chunk: (members[0].said_at, members[0].entry) for chunk, members in groups.items()}
        covers = {chunk: coverage(fine, words) for chunk, words in said.items()}
        near = [chunk for chunk in said if covers[chunk] or nearness.get(chunk, 0.0) >= LIKENESS]
        newest = sorted((chunk for chunk in near if covers[chunk]), key=lambda c: ages[c], reverse=True)
        fused = fuse([by_words, *rankings, sorted(newest, key=lambda chunk: -covers[chunk])])
        near.sort(key=lambda chunk: (-fused[chunk] * recency(ages[chunk][0], now), chunk))
        return [
            _found(
                groups[chunk],
                coverage(asked, said[chunk]),
                nearness.get(chunk, 0.0),
                *(_rank(chunk, ranking) for ranking in rankings),
            )
            for chunk in near[:limit]
        ]

    def asked(self, question: str) -> dict[str, float]:
        """See MemoryIndex.asked."""
        asked = clean(question[:LONGEST_QUESTION])
        return judging(self._counts(asked), self._total(), anchors(asked))

    def _total(self) -> int:
        ((total,),) = self._rows("SELECT coalesce(max(id), 0) FROM chunk")
        return int(total)

    def _counts(self, question: str) -> dict[str, int]:
        """How many chunks hold each term of the question."""
        asked = list(dict.fromkeys(terms(question, question=True)))[:MOST_TERMS]
        often = max(1, self._total() // 4)  # of words without a topic: to count them would take milliseconds
        return {term: often if is_function_word(term) else self._count(term) for term in asked}

    def _count(self, term: str) -> int:
        found = self._rows("SELECT doc FROM chunk_term WHERE term = ?", (term,))
        return int(found[0][0]) if found else 0

    def _by_words(self, counts: dict[str, int], for_recall: bool) -> tuple[list[int], list[int]]:
        """Chunks that hold the question's own words, and those that hold these or related ones. Both count:
        with the second alone, rare relatives push aside what was told in the words of the question."""
        own = _affordable(counts, MATCHES)
        others = _affordable(self._others(counts), RELATED)
        by_words = self._matching(own, for_recall)
        return by_words, self._matching([*own, *others], for_recall) if others else by_words

    def _others(self, asked: dict[str, int]) -> dict[str, int]:
        """How many chunks hold each of the words that are related to the terms of the question."""
        others = {other for term in asked for other in related(term)} - asked.keys()
        rows = self._rows(
            "SELECT t.term, t.doc FROM json_each(?) w CROSS JOIN chunk_term t WHERE t.term = w.value",
            (json.dumps(sorted(others)),),
        )
        return {term: int(count) for term, count in rows}

    def _matching(self, chosen: Sequence[str], for_recall: bool) -> list[int]:
        """Chunks that hold any of these terms, by bm25, best first."""
        if not chosen:
            return []
        match = " OR ".join(f'"{term}"' for term in chosen)
        rows = self._rows(
            "SELECT rowid FROM chunk_text WHERE chunk_text MATCH ? ORDER BY rank, rowid DESC LIMIT ?",
            (f"{{said}} : ({match})" if for_recall else match, POOL),
        )
        return [chunk for (chunk,) in rows]

    def _by_vector(self, question: str, for_recall: bool) -> list[tuple[int, float]]:
        """Chunks with their cosine, best first."""
        if not self._embedder or self._rows("SELECT embedder FROM index_state") != [(self._embedder.id,)]:
            return []
        return self._vectors.nearest(self._embedder.embed([question])[0], POOL, for_recall)

    def _groups(
        self, leaders: Sequence[int], exclude: frozenset[int], for_recall: bool
    ) -> dict[int, list[_Member]]:
        """The chunks of each group that may be shown, newest first; groups without any are left out."""
        found: dict[int, list[_Member]] = {leader: [] for leader in leaders}
        for leader, tags, superseded, *row in self._rows(_MEMBERS, (json.dumps(leaders),)):
            member = _Member(*row)
            hidden = for_recall and (superseded or not may_retrieve(tags.split()))
            if member.entry not in exclude and not hidden:
                found[leader].append(member)
        return {leader: members for leader, members in found.items() if members}


def _affordable(counts: dict[str, int], most: int) -> list[str]:
    """The terms to look up: those with a topic, rarest first, as long as few enough rows are touched; those
    without one only where there is nothing else."""
    known = {term: count for term, count in counts.items() if count}
    if any(not is_function_word(term) for term in counts):
        known = {term: count for term, count in known.items() if not is_function_word(term)}
    chosen: list[str] = []
    touched = 0
    for term in sorted(known, key=lambda t: (known[t], t)):
        touched += known[term]
        if chosen and touched > most:
            break
        chosen.append(term)
    return chosen


def _found(
    members: Sequence[_Member],
    score: float,
    similarity: float,
    word_rank: int | None,
    vector_rank: int | None,
) -> Found:
    newest = members[0]
    return Found(
        tuple(member.entry for member in members),
        newest.value if newest.key else newest.body_part,
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
