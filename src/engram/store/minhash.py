"""Which chunks say the same, so that only one of them takes a place among what is found.

Short chunks only when they are equal but for case, accents and spaces: "my code is 7341" and "my code is
7342" are two facts. Long ones also when at least nine in ten of their word triples agree and they hold the
same numbers and capitalised words. Candidates come from MinHash (Broder, "On the resemblance and containment
of documents", 1997) in bands; the decision is exact. Not here: the rows that hold groups (duplicates.py).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from engram.store.words import folded

LONG = 400
"""Characters from which a near duplicate counts."""

SAME = 0.9
"""Least Jaccard index of two chunks' word triples."""

BANDS, ROWS = 8, 4
"""A pair at the threshold shares a band with probability 1 - (1 - 0.9**4)**8 = 0.9998."""

_PRIME = np.uint64((1 << 31) - 1)  # products of two numbers below it fit into 64 bits


def exact_key(text: str, label: str) -> int:
    """A signed 64-bit number: equal for chunks of one label that differ only in spaces and marks, and for
    short ones also in case and accents, but not in marks."""
    told = words(text) if len(text) >= LONG else re.findall(r"\w+|[^\w\s]", folded(text))
    return _hash64(f"{label}\n{' '.join(told)}")


def bands(text: str) -> list[int]:
    """The band keys of a long chunk, signed 64-bit [BANDS]; none for a short one."""
    if len(text) < LONG:
        return []
    hashed = np.array([_hash64(triple) & 0x3FFFFFFF for triple in sorted(_triples(text))], dtype=np.uint64)
    a, b = _permutations()
    smallest = ((a[:, None] * hashed[None, :] + b[:, None]) % _PRIME).min(axis=1)  # [BANDS * ROWS]
    parts = smallest.reshape(BANDS, ROWS).tolist()
    return [_hash64(f"band {number}: {part}") for number, part in enumerate(parts)]


def near(text: str, other: str) -> bool:
    """Whether two long chunks say the same: see the head of this file. The same for both orders."""
    if len(text) < LONG or len(other) < LONG or _telling(text) != _telling(other):
        return False
    ours, theirs = _triples(text), _triples(other)
    return len(ours & theirs) >= SAME * len(ours | theirs)


def words(text: str) -> list[str]:
    """Runs of letters and digits, as written."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text))


def _telling(text: str) -> set[str]:
    """The words that hold a digit or a capital letter: numbers, codes and names."""
    return {word for word in words(text) if any(c.isdigit() or c.isupper() for c in word)}


def _triples(text: str) -> set[str]:
    """Word triples, closed to a ring so that every word is in three of them."""
    told = [word.casefold() for word in words(text)]
    ring = [*told, *told[:2]]
    return {" ".join(ring[i : i + 3]) for i in range(len(told))} or {""}


@cache
def _permutations() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Factors and offsets of BANDS * ROWS linear hash functions: fixed, since stored keys depend on them."""
    seeds = [_hash64(f"minhash {i}") for i in range(2 * BANDS * ROWS)]
    drawn = np.array([seed % (int(_PRIME) - 1) + 1 for seed in seeds], dtype=np.uint64)
    return drawn[: BANDS * ROWS], drawn[BANDS * ROWS :]


def _hash64(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
