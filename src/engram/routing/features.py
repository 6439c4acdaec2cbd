"""What a router sees of a turn: its length, what it is made of, its signs, and its words as hashed n-grams.

Numbers only. Each block of features is brought to length 1 or less, so that a long paste weighs no more than
a sentence. Not here: who said it and what it is tagged with, which decide without a model (route.py).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from engram.routing.model import Floats
from engram.routing.signs import SIGNS
from engram.routing.words import CLASSES
from engram.store.words import is_function_word

BUCKETS = 1024
LONGEST = 2000
"""Characters of a turn that are looked at; what comes after a paste's beginning changes nothing."""
SHARES = ("digits", "capitals", "code marks", "letters")
FEATURES = len(SIGNS) + len(SHARES) + 2 + 2 * BUCKETS
WEIGHT = 1.5

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]")
_CODE_MARKS = frozenset('{}[]()<>=;_/\\|#$@*+~^`"')


def features(texts: Sequence[str]) -> Floats:
    """float32 [n, FEATURES]."""
    found = np.zeros((len(texts), FEATURES), dtype=np.float32)
    for row, text in zip(found, texts, strict=True):
        _fill(row, text[:LONGEST], len(text))
    return found


def signs(text: str) -> list[int]:
    """Which of SIGNS a text shows."""
    return [number for number, (_, shows) in enumerate(SIGNS) if shows(text[:LONGEST])]


def _fill(row: Floats, text: str, length: int) -> None:
    row[signs(text)] = 0.5
    at = len(SIGNS)
    row[at : at + len(SHARES)] = _shares(text)
    row[at + len(SHARES)] = min(1.0, np.log1p(length) / 8)
    row[at + len(SHARES) + 1] = min(1.0, len(text.split()) / 60)
    at += len(SHARES) + 2
    _hash(row[at : at + BUCKETS], _grams(text))
    _hash(row[at + BUCKETS :], _build(text))


def _hash(block: Floats, grams: Iterator[tuple[str, float]]) -> None:
    for gram, weight in grams:
        block[zlib.crc32(gram.encode()) % len(block)] += weight
    if size := float(np.linalg.norm(block)):
        block *= WEIGHT / size


def _shares(text: str) -> list[float]:
    size = max(1, len(text))
    return [
        sum(char.isdigit() for char in text) / size,
        sum(char.isupper() for char in text) / size,
        sum(char in _CODE_MARKS for char in text) / size,
        sum(char.isalpha() for char in text) / size,
    ]


def _grams(text: str) -> Iterator[tuple[str, float]]:
    """Words, pairs and triples of words, and words' beginnings and endings; digits count as one another."""
    words = [_plain(word) for word in _words(text)]
    yield from _runs(["^", *words, "$"], (1.0, 1.0, 0.6))
    for word in words:
        if len(word) > 5:
            yield f"{word[:4]}-", 0.5
            yield f"-{word[-3:]}", 0.3


def _build(text: str) -> Iterator[tuple[str, float]]:
    """How sentences are built: the words that carry no topic, and of the others only their kind."""
    kinds = [_kind(word) for word in _words(text)]
    yield from _runs(["^", *kinds, "$"], (0.3, 1.0, 1.0, 0.8, 0.6))


def _runs(parts: Sequence[str], weights: Sequence[float]) -> Iterator[tuple[str, float]]:
    for size, weight in enumerate(weights, 1):
        for start in range(len(parts) - size + 1):
            yield " ".join(parts[start : start + size]), weight


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("\u2019", "'"))


def _plain(word: str) -> str:
    return "0" * min(len(word), 4) if word.isdigit() else word.lower()


def _kind(word: str) -> str:
    low = word.lower()
    if low in CLASSES:
        return CLASSES[low]
    if not word[0].isalpha() or "'" in word or is_function_word(low):
        return _plain(word)
    if word[0].isupper():
        return "Name"
    ending = next((end for end in ("ing", "ed", "ly", "s") if low.endswith(end)), "")
    return f"word{ending}"
