"""Texts to vectors without any download: words and their character n-grams, hashed.

The vector of a text is the weighted sum of its words' vectors, and a word's is made of the word and of its
pieces of three and four characters (as in Bojanowski et al., "Enriching Word Vectors with Subword
Information", 2017, but with fixed random directions: Weinberger et al., "Feature Hashing", 2009). So texts
are near when they share words or forms of words; meaning it does not know. Nothing is learned, so nothing of
a forgotten text stays in it. Not here: where vectors are kept (store/vectors.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from engram.config import RecallSettings
from engram.store.words import is_function_word, terms
from engram.types import Embedder

DIMENSION = 192
SIGNS = 4
"""Coordinates that one feature touches: more makes chance likeness of two texts less lumpy."""

WORD_SHARE = 0.7
"""Length of the whole word's part in a word's vector; its pieces share the rest."""

FUNCTION_WEIGHT = 0.1
"""Weight of words that carry no topic; other words have 1, short ones less."""


class HashedNgrams:
    """An Embedder that any machine can run and that knows every script."""

    def __init__(self, dimension: int = DIMENSION) -> None:
        self.dimension = dimension
        self._word = lru_cache(maxsize=1 << 15)(self._make_word)

    @property
    def id(self) -> str:
        return f"hashed-ngrams-{self.dimension}-1"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32 [n, dimension]; a text without words is a row of zeros."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, count in Counter(terms(text)).items():
                row += (weight(word) * (1.0 + np.log(count))) * self._word(word)
        return unit_rows(rows)

    def _make_word(self, word: str) -> npt.NDArray[np.float32]:
        """One word's vector, float32 [dimension], of length about 1."""
        vector = np.zeros(self.dimension, dtype=np.float32)
        pieces = _pieces(word)
        share = np.sqrt((1.0 - WORD_SHARE**2) / max(1, len(pieces)))
        self._add(vector, f"={word}", WORD_SHARE if pieces else 1.0)
        for piece in pieces:
            self._add(vector, piece, float(share))
        return vector

    def _add(self, vector: npt.NDArray[np.float32], feature: str, length: float) -> None:
        """Add a feature's fixed direction: `SIGNS` coordinates, each plus or minus."""
        digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=4 * SIGNS).digest()
        for drawn in np.frombuffer(digest, dtype="<u4").tolist():
            vector[(drawn >> 1) % self.dimension] += (1 if drawn & 1 else -1) * length / SIGNS**0.5


def unit_rows(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The rows [n, d] scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def weight(word: str) -> float:
    """How much a word says about the topic, without knowing the texts: short words are the frequent ones
    (Zipf's law of abbreviation), in scripts where words have letters."""
    if is_function_word(word):
        return FUNCTION_WEIGHT
    if word.isascii() and not word.isdigit():
        return min(1.0, len(word) / 3)
    return 1.0 if len(word) > 1 else 0.3


def _pieces(word: str) -> list[str]:
    """Pieces of three and four characters of the word with its borders marked; none of very short words."""
    marked = f"<{word}>"
    return [marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1)] if len(word) > 2 else []


def load_embedder(settings: RecallSettings) -> Embedder | None:
    """The embedder that the settings name; None for none. Raises MissingBackend, ModelError."""
    if settings.embedder == "none":
        return None
    if settings.embedder == "hashed":
        return HashedNgrams()
    from engram.answer.static_vectors import StaticVectors

    return StaticVectors.open(settings.embedder)
