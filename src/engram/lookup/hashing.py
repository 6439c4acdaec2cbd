"""Where a suffix of token ids points to: reference hashing of the Engram-style module, in numpy alone.

Both backends take their addresses from here, so that they cannot differ. A suffix of n tokens is n canonical
ids (case and spacing folded), mixed newest first into 64 bits; a second mix with a salt per table gives the
slot in each hashed table. The 64 bits themselves tell whether this very suffix was taught (`Verified`).

Not here: which suffixes of a text are read (reading.py), tables and gates (backends/torch/conditional.py,
backends/mlx/conditional.py), and the exact memory of strings (memory.py). Source of the mixing step:
splitmix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; of hashed
n-gram tables with several heads and prime sizes: Cheng et al., "Conditional Memory via Scalable Lookup"
(Engram), arXiv 2601.07372.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engram.lookup.canonical import canonical
from engram.types import Tokenizer

Digests = npt.NDArray[np.uint64]
Begins = Callable[[int, int, int], bool]
LONGEST = 64
"""Tokens of a suffix that are looked at, at most: a longer key counts by its last ones."""

WHOLE = 0
"""The order that stands for the whole of a taught suffix."""

_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, odd
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def mix(values: Digests) -> Digests:
    """splitmix64's finaliser: every bit of the input moves about half of the output's; one to one."""
    values = (values ^ (values >> _SHIFTS[0])) * _FIRST
    values = (values ^ (values >> _SHIFTS[1])) * _SECOND
    return values ^ (values >> _SHIFTS[2])


def canonical_ids(tokenizer: Tokenizer, vocabulary: int) -> npt.NDArray[np.int32]:
    """For each token the lowest that reads the same but for case, width and spacing: int32 [vocabulary].

    Special tokens, blank ones, parts of characters and ids that are no tokens stand for themselves.
    """
    first: dict[str, int] = {}
    table = np.arange(vocabulary, dtype=np.int32)
    for token in range(tokenizer.vocabulary_size):
        text = canonical(tokenizer.decode([token]))
        if text and "\ufffd" not in text:
            table[token] = first.setdefault(text, token)
    return table


def suffix_digests(ids: npt.NDArray[np.int32], longest: int, new: int | None = None) -> Digests:
    """Digests of the n tokens ending at each of the last `new` positions: uint64 [longest, rows, new].

    `ids` are canonical, int32 [rows, seq]. Row n - 1 is for n tokens. Where fewer than n tokens stand before
    a position, what is given means nothing; `fits` says so.
    """
    rows, seq = ids.shape
    new = seq if new is None else new
    words = (ids.astype(np.uint64) + np.uint64(1)) * _STEP
    padded = np.zeros((rows, longest + seq), dtype=np.uint64)
    padded[:, longest:] = words
    digests = np.zeros((longest, rows, new), dtype=np.uint64)
    running = np.zeros((rows, new), dtype=np.uint64)
    for n in range(longest):
        end = longest + seq - n
        running = mix(running + padded[:, end - new : end])
        digests[n] = running
    return digests


@dataclass(frozen=True, slots=True)
class Verified:
    """The suffixes that were taught, by their length in tokens: sorted uint64 digests. Empty: none."""

    by_length: tuple[tuple[int, Digests], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> Verified:
        """From (length, digest) pairs in any order."""
        found: dict[int, set[int]] = {}
        for length, digest in pairs:
            found.setdefault(length, set()).add(digest)
        return cls(tuple((n, np.array(sorted(found[n]), dtype=np.uint64)) for n in sorted(found)))

    @classmethod
    def from_arrays(cls, lengths: npt.NDArray[np.integer], digests: Digests) -> Verified:
        """What `arrays` gave. Raises ValueError for lengths that nothing looks at."""
        if lengths.shape != digests.shape or digests.dtype != np.uint64:
            raise ValueError("lengths and digests of taught suffixes do not pair up")
        if len(lengths) and not 1 <= lengths.min() <= lengths.max() <= LONGEST:
            raise ValueError(f"taught suffixes are not 1 to {LONGEST} tokens long")
        parts = ((int(n), np.unique(digests[lengths == n])) for n in np.unique(lengths))
        return cls(tuple(parts))

    def arrays(self) -> tuple[npt.NDArray[np.uint8], Digests]:
        """Lengths and digests side by side, sorted: [taught]."""
        lengths = [np.full(len(digests), n, dtype=np.uint8) for n, digests in self.by_length]
        none = np.zeros(0, dtype=np.uint64)
        return (
            np.concatenate([none.astype(np.uint8), *lengths]),
            np.concatenate([none, *(digests for _, digests in self.by_length)]),
        )

    @property
    def longest(self) -> int:
        return self.by_length[-1][0] if self.by_length else 0

    def __len__(self) -> int:
        return sum(len(digests) for _, digests in self.by_length)

    def matched(
        self, digests: Digests, fits: npt.NDArray[np.int32], begins: Begins | None = None
    ) -> npt.NDArray[np.int32]:
        """Length of the longest taught suffix that ends at each position, 0 for none: int32 [rows, new].

        `digests` as `suffix_digests` gives them; `fits` int32 [rows, new] tokens up to each position;
        `begins(row, position, length)` may refuse a suffix that begins inside a word. One of LONGEST tokens
        was cut off somewhere, and is not asked about.
        """
        best = np.zeros(digests.shape[1:], dtype=np.int32)
        for length, taught in self.by_length:
            at = np.searchsorted(taught, digests[length - 1]).clip(max=len(taught) - 1)
            hit = (taught[at] == digests[length - 1]) & (fits >= length)
            if begins is not None and length < LONGEST:
                for row, place in np.argwhere(hit).tolist():
                    hit[row, place] = begins(row, place, length)
            best[hit] = length
        return best


@dataclass(frozen=True)
class Addressing:
    """`heads` tables for each of the `orders` (suffix lengths, in tokens), of at least `slots` rows each.

    Order WHOLE stands for the taught suffix that ends there, whatever its length. Table sizes are different
    primes, so that two suffixes that share a slot of one table share no other. All tables lie one below the
    other in one array of `rows` rows.
    """

    orders: tuple[int, ...]
    heads: int
    slots: int
    seed: int = 0

    @property
    def tables(self) -> int:
        return len(self.orders) * self.heads

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Rows of each table, order by order, head by head: int64 [tables]."""
        return np.array(_primes(self.slots, self.tables), dtype=np.int64)

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """First row of each table: int64 [tables]."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)

    @property
    def rows(self) -> int:
        return int(self.sizes.sum())

    @cached_property
    def table_orders(self) -> npt.NDArray[np.int32]:
        """The suffix length that each table is for: int32 [tables]."""
        return np.repeat(np.array(self.orders, dtype=np.int32), self.heads)

    @cached_property
    def _salts(self) -> Digests:
        numbers = np.arange(1, self.tables + 1, dtype=np.uint64) + np.uint64(self.seed << 16)
        return mix(numbers * _STEP)

    def addresses(
        self, digests: Digests, matched: npt.NDArray[np.int32] | None = None
    ) -> npt.NDArray[np.int64]:
        """Rows of the one array, from `suffix_digests`: int64 [rows, new, tables]. `matched` are lengths of
        taught suffixes, 0 for none: int32 [rows, new]."""
        chosen = np.moveaxis(digests[self.table_orders - 1], 0, -1)  # [rows, new, tables]
        if matched is not None and WHOLE in self.orders:
            whole = np.take_along_axis(digests, np.maximum(matched, 1)[None] - 1, axis=0)[0]
            chosen[..., self.table_orders == WHOLE] = whole[..., None]
        slots = mix(chosen ^ self._salts) % self.sizes.astype(np.uint64)
        return slots.astype(np.int64) + self.starts


def _primes(least: int, count: int) -> list[int]:
    """The first `count` primes from `least` on."""
    found: list[int] = []
    number = max(2, least)
    while len(found) < count:
        if all(number % d for d in range(2, int(number**0.5) + 1)):
            found.append(number)
        number += 1
    return found
