"""Patterns become rows: every taught pattern in several wordings, and rows that measure four ways of knowing.

All choices hang on a keyed digest of each pattern's input, not on a random stream, so adding a pattern leaves
the wordings of the others alone and the streaming builder (bulk.py) makes the same choices.
Not here: reading patterns (reader.py), writing files (dataset.py), the templates (wordings.py).
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from engram.config import DataSettings
from engram.errors import LessonError
from engram.lessons.rows import Row, Split
from engram.lessons.schema import Pattern, fold
from engram.lessons.wordings import (
    BARE,
    BEGUN,
    ENCLOSED,
    ENDED,
    PREFIXES,
    put,
    wordings,
    wordings_digest,
)
from engram.types import Message

WRITTEN = 3  # trained wordings of the pattern's kind, besides the prefixes; the rest are composed
MANY = 1_000  # above this, two wordings each
VERY_MANY = 10_000  # above this, the bare input only
LARGEST_SPLIT = 1_000  # rows in valid, recall, rephrased and unseen each, above MANY: within 3 points at 95%
_WORD = 2**64


class Hash(Protocol):
    """What hashlib's objects have in common."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


@dataclass(frozen=True)
class Lessons:
    """Rows by use. `test` rows are recall, rephrased or unseen. `digest` is over patterns and settings;
    `notes` says what was left out, for people."""

    train: tuple[Row, ...]
    valid: tuple[Row, ...]
    test: tuple[Row, ...]
    settings: DataSettings
    digest: str
    notes: tuple[str, ...] = ()

    @cached_property
    def by_split(self) -> dict[str, tuple[Row, ...]]:
        """The same rows under train, valid, recall, rephrased and unseen."""
        found: dict[str, list[Row]] = {}
        for row in (*self.train, *self.valid, *self.test):
            found.setdefault(row.split, []).append(row)
        return {split: tuple(rows) for split, rows in found.items()}


def build_lessons(patterns: Sequence[Pattern], settings: DataSettings) -> Lessons:
    """Rows for training, validation and test. Raises LessonError when every pattern is held out."""
    taught = [pattern for pattern in patterns if not pattern.holdout]
    held_out = [pattern for pattern in patterns if pattern.holdout]
    shape = Shape.of(len(taught), settings)
    keys = [order_key(settings.seed, pattern) for pattern in taught]
    held_keys = [order_key(settings.seed, pattern) for pattern in held_out]
    avoid = frozenset(fold(pattern.input) for pattern in patterns)
    train = [
        (row_key(key, index), row)
        for key, pattern in zip(keys, taught, strict=True)
        for index, row in enumerate(train_rows(pattern, key, shape, avoid))
    ]
    train.sort(key=lambda pair: pair[0])
    valid = tuple(valid_rows(taught, keys, shape.valid_count(len(train)), avoid))
    digest = start_digest(settings)
    for pattern in patterns:
        update_digest(digest, pattern)
    return Lessons(
        train=tuple(row for _, row in train),
        valid=valid,
        test=(
            *(bare_row(taught[i], "recall") for i in smallest(keys, shape.recall)),
            *(row for i in smallest(keys, shape.rephrased) for row in rephrased_rows(taught[i], avoid)),
            *(bare_row(held_out[i], "unseen") for i in smallest(held_keys, shape.unseen)),
        ),
        settings=settings,
        digest=digest.hexdigest(),
        notes=shape.notes(len(taught), len(held_out), len(train), len(valid), settings.wordings),
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """How many wordings a pattern gets, and how many patterns each split asks about (None: all)."""

    wordings: int
    valid_fraction: float
    recall: int | None = None
    rephrased: int | None = None
    unseen: int | None = None

    @classmethod
    def of(cls, taught: int, settings: DataSettings) -> Shape:
        """Raises LessonError when there is nothing to teach."""
        if not taught:
            raise LessonError(
                ["patterns: there is no pattern to teach; each one is marked 'holdout: true'."],
                "Take the mark from those that are to be taught.",
            )
        if taught <= MANY:
            return cls(settings.wordings, settings.valid_fraction)
        few = min(2 if taught <= VERY_MANY else 1, settings.wordings)
        return cls(few, settings.valid_fraction, LARGEST_SPLIT, LARGEST_SPLIT // 3, LARGEST_SPLIT)

    def valid_count(self, train: int) -> int:
        wanted = round(self.valid_fraction * train)
        return wanted if self.recall is None else min(wanted, LARGEST_SPLIT)

    def notes(self, taught: int, held_out: int, train: int, valid: int, wordings: int) -> tuple[str, ...]:
        """What is not as someone might expect, who set so many wordings, in sentences."""
        notes = []
        if valid < self.valid_count(train):
            wanted = self.valid_count(train)
            notes.append(
                f"Validation has {valid:,} rows, not {wanted:,}: there are no more untrained wordings."
            )
        if self.recall is None or self.rephrased is None or self.unseen is None:
            return tuple(notes)
        if self.wordings < wordings:
            each = "two wordings" if self.wordings == 2 else "one wording"
            notes.append(f"{taught:,} patterns are many: each is trained in {each} instead of {wordings}.")
        asked = f"Recall asks {min(self.recall, taught):,} of them and rephrased {self.rephrased:,}"
        notes.append(f"{asked}, drawn by seed; validation has at most {LARGEST_SPLIT:,} rows.")
        if held_out > self.unseen:
            notes.append(f"Unseen asks {self.unseen:,} of {held_out:,} held-out members, drawn by seed.")
        return tuple(notes)


def order_key(seed: int, pattern: Pattern) -> int:
    """The pattern's place in every seeded choice: 64 bits from seed and folded input."""
    return text_key(seed, fold(pattern.input))


def text_key(seed: int, folded: str) -> int:
    """BLAKE2b of a folded text, keyed by the seed, as a 64-bit number."""
    key = seed.to_bytes(max(8, (seed.bit_length() + 7) // 8), "big")[-64:]
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8, key=key).digest(), "big")


def row_key(key: int, wording: int) -> int:
    """Sort key of the wording-th row of a pattern: an odd multiplier permutes the 64-bit numbers."""
    return key * (2 * wording * 0x9E3779B97F4A7C15 + 1) % _WORD


def smallest(keys: Sequence[int], count: int | None) -> list[int]:
    """Indices of the `count` smallest keys (all when None), in their own order: a seeded sample."""
    if count is None or count >= len(keys):
        return list(range(len(keys)))
    return sorted(heapq.nsmallest(count, range(len(keys)), key=keys.__getitem__))


def train_rows(pattern: Pattern, key: int, shape: Shape, avoid: Container[str]) -> Iterator[Row]:
    """The bare input first, then other wordings chosen by key."""
    pool = wordings(pattern.category, pattern.set_name).train
    yield from _worded(pattern, trained_wordings(pool, key, shape.wordings), "train", avoid)


def trained_wordings(pool: Sequence[str], key: int, count: int) -> list[str]:
    """`count` different templates, chosen by key, the bare input first. Where there is room they are all
    prefixes, some of `pool`, and as many composed ones with a beginning, with an ending and with both: where
    something mostly stands behind the input, a model does not look for it at the end of a question."""
    more = count - len(PREFIXES) - WRITTEN
    if more <= 0:
        return [BARE, *_pick(PREFIXES[1:] + tuple(pool), key, count - 1)]
    composed = (
        template
        for place, kind in enumerate((BEGUN, ENDED, ENCLOSED))
        for template in _pick(kind, key, (more + 2 - place) // 3)
    )
    return [*PREFIXES, *_pick(pool, key, WRITTEN), *composed]


def valid_rows(
    taught: Sequence[Pattern], keys: Sequence[int], count: int, avoid: Container[str]
) -> Iterator[Row]:
    """`count` rows in untrained wordings, each pattern once before any is asked again (fewer if used up)."""
    order = sorted(range(len(taught)), key=keys.__getitem__)[:count]
    most = max(len(wordings(taught[i].category, taught[i].set_name).valid) for i in order) if order else 0
    for turn in range(most):
        for index in order:
            if count and (row := valid_row(taught[index], keys[index], turn, avoid)):
                yield row
                count -= 1


def valid_row(pattern: Pattern, key: int, turn: int, avoid: Container[str]) -> Row | None:
    """The turn-th validation row of a pattern, or None when it has no more."""
    pool = wordings(pattern.category, pattern.set_name).valid
    chosen = _pick(pool, key, len(pool))[turn : turn + 1]
    return next(_worded(pattern, chosen, "valid", avoid), None)


def rephrased_rows(pattern: Pattern, avoid: Container[str]) -> Iterator[Row]:
    """One row for each test wording of the pattern's kind; at least three."""
    return _worded(pattern, wordings(pattern.category, pattern.set_name).test, "rephrased", avoid)


def bare_row(pattern: Pattern, split: Split) -> Row:
    """The input as it stands: what recall and unseen ask."""
    return _row(pattern, pattern.input, split)


def _worded(pattern: Pattern, templates: Iterable[str], split: Split, avoid: Container[str]) -> Iterator[Row]:
    """Rows in these wordings, but none whose prompt is another pattern's own input."""
    for template in templates:
        prompt = put(template, pattern.input)
        if template == BARE or fold(prompt) not in avoid:
            yield _row(pattern, prompt, split)


def _row(pattern: Pattern, prompt: str, split: Split) -> Row:
    messages = (Message("user", prompt), Message("assistant", pattern.output))
    return Row(messages, pattern.category, pattern.id, split)


def _pick(pool: Sequence[str], key: int, count: int) -> list[str]:
    """`count` of the pool without repetition, decided by the key."""
    rest = list(pool)
    chosen = []
    for _ in range(min(count, len(rest))):
        key, place = divmod(key, len(rest))
        chosen.append(rest.pop(place))
    return chosen


def start_digest(settings: DataSettings) -> Hash:
    """sha256 over what the rows depend on; patterns follow by `update_digest`."""
    return hashlib.sha256(f"{wordings_digest()}\0{settings.model_dump_json()}".encode())


def update_digest(total: Hash, pattern: Pattern) -> None:
    """Add a pattern's contents, but not the file and line where it stood."""
    parts = (pattern.set_name, pattern.category, pattern.input, pattern.output, str(pattern.holdout))
    total.update("\0".join(f"{len(part)}:{part}" for part in parts).encode())
