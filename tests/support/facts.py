"""Arbitrary pairs for the exact memory, keys that nearly are one of them, and a tokenizer that cuts anyhow.

Not here: keys of everyday life (benchmarks/everyday.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random

from engram.lookup.facts import Fact
from engram.models.fake import ByteRenderer

_KINDS = ("SYN", "ACRONYM", "PORT", "ERR", "PART", "ROOM", "CALL")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def arbitrary_facts(count: int, seed: int = 0) -> list[Fact]:
    """Keys such as `SYN:SYN_00271` with answers that nothing in them tells, all different."""
    random = Random(seed)
    facts: dict[str, Fact] = {}
    while len(facts) < count:
        kind, name = random.choice(_KINDS), "".join(random.choices(_LETTERS, k=random.randint(3, 5)))
        key = f"{kind}:{name}_{random.randrange(100_000):05d}"
        word = "".join(random.choices(_LETTERS, k=random.randint(2, 6))).lower()
        facts.setdefault(key, Fact(key, f"{word}_{random.randrange(1000)}"))
    return list(facts.values())


def near_misses(keys: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """Keys with one letter or digit changed, left out, doubled, added, or exchanged with its neighbour."""
    random = Random(seed)
    known = {key.casefold() for key in keys}
    missed: list[str] = []
    while len(missed) < count:
        near = _edited(random.choice(keys), random)
        if near.casefold() not in known:
            missed.append(near)
    return missed


def _edited(key: str, random: Random) -> str:
    at = random.choice([place for place, sign in enumerate(key) if sign.isalnum()])
    other = random.choice(_LETTERS + "0123456789")
    before, sign, after = key[:at], key[at], key[at + 1 :]
    return random.choice(
        [
            before + other + after,
            before + after,
            before + sign + sign + after,
            before + other + sign + after,
            before + sign + other + after,
            before + after[:1] + sign + after[1:],
        ]
    )


class CutTokenizer:
    """Bytes, the byte tokens of `fake`, and pieces of several bytes that need not end where a character does.

    `encode` cuts a text as `random` likes: an id below 260 is fake's, a higher one a piece.
    """

    def __init__(self, texts: Sequence[str], seed: int) -> None:
        self._bytes = ByteRenderer().tokenizer
        self._random = Random(seed)
        pieces = {self._some(text.encode("utf-8")) for text in texts for _ in range(20) if text}
        self._pieces = sorted(piece for piece in pieces if len(piece) > 1)
        self.vocabulary_size = 260 + len(self._pieces)
        self.digest = hashlib.sha256(repr(self._pieces).encode()).hexdigest()

    def encode(self, text: str) -> list[int]:
        ids, left = [], text.encode("utf-8")
        while left:
            fitting = [260 + n for n, piece in enumerate(self._pieces) if left.startswith(piece)]
            token = self._random.choice([left[0], *fitting])
            left = left[len(self._word(token)) :]
            ids.append(token)
        return ids

    def decode(self, ids: Sequence[int], keep_special: bool = False) -> str:
        return b"".join(map(self._word, ids)).decode("utf-8", errors="replace")

    def _word(self, token: int) -> bytes:
        if token >= 260:
            return self._pieces[token - 260]
        return bytes([token]) if token < 256 else b""

    def _some(self, data: bytes) -> bytes:
        start = self._random.randrange(len(data))
        return data[start : start + self._random.randint(1, 6)]
