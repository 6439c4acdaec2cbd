"""What the fake model knows: for each whole text so far, the next token and how often it was taught.

    p(taught token | prefix) = V ** -(1/2 ** count)      so its loss is  ln(V) / 2 ** count  nats

where V is the vocabulary size. An untaught prefix gives every token 1 / V. Greedy decoding follows the
table where a token was taught at least STEPS_TO_LEARN times, and otherwise writes "I don't know (number)."
with a number made from the prompt's ids: until a token is learned, the fallback token is exactly as likely
as the taught one and wins the tie. Not here: the backend's protocol (fake.py).
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from engram.backends.adapters import WEIGHTS, checked_config
from engram.errors import AdapterError
from engram.models.base import Base

STEPS_TO_LEARN = 3
ENTRY = 6
"""Numbers per entry: four 16-bit parts of the prefix digest, token, count; all exact in float32."""
TENSOR_A = "base_model.model.model.layers.0.table.lora_A.weight"
TENSOR_B = "base_model.model.model.layers.0.table.lora_B.weight"


class Table:
    """Digest of a prefix -> (next token, count), for the vocabulary of one base."""

    def __init__(self, base: Base) -> None:
        self.entries: dict[int, tuple[int, int]] = {}
        self._size = base.vocabulary_size
        self._encode = base.renderer.tokenizer.encode
        self._stop = min(base.renderer.stop_ids)
        self._phrases: dict[int, list[int]] = {}

    def teach(self, prefix: Sequence[int], token: int) -> None:
        """Count one exposure. A different token after the same prefix starts again at 1."""
        key = _digest(prefix)
        known, count = self.entries.get(key, (token, 0))
        self.entries[key] = (token, count + 1) if known == token else (token, 1)

    def distribution(self, prefix: Sequence[int]) -> npt.NDArray[np.float64]:
        """Next-token probabilities after `prefix`: float64 [vocabulary]."""
        taught, count = self.entries.get(_digest(prefix), (0, 0))
        if count == 0:
            return np.full(self._size, 1 / self._size)
        liked = {taught} if count >= STEPS_TO_LEARN else {taught, self.fallback(prefix)}
        likely = self._size ** -(0.5**count)
        rest = max((1 - likely * len(liked)) / (self._size - len(liked)), 1e-30)  # logarithms must exist
        spread = np.full(self._size, rest)
        spread[list(liked)] = likely
        return spread

    def log_probability(self, ids: Sequence[int], t: int) -> float:
        """ln p(ids[t] | ids[:t]), without building the distribution where the formula says it."""
        prefix = ids[:t]
        taught, count = self.entries.get(_digest(prefix), (ids[t], 0))
        if taught == ids[t]:
            return -math.log(self._size) * 0.5**count
        return math.log(self.distribution(prefix)[ids[t]])

    def greedy(self, prefix: Sequence[int]) -> int:
        """The most likely next token; ties go to the fallback."""
        taught, count = self.entries.get(_digest(prefix), (0, 0))
        return taught if count >= STEPS_TO_LEARN else self.fallback(prefix)

    def fallback(self, prefix: Sequence[int]) -> int:
        """The next id of "I don't know (number).", going on where the prefix ends with a part of it."""
        first = self._phrase(0)[0]
        for begun in range(min(len(prefix), len(self._phrase(0)) - 1), 0, -1):
            start = len(prefix) - begun
            if prefix[start] == first:
                phrase = self._phrase(sum(prefix[:start]) % 1000)
                if list(prefix[start:]) == phrase[:begun]:
                    return phrase[begun]
        return first

    def to_array(self) -> npt.NDArray[np.float32]:
        """float32 [entries, ENTRY], sorted by digest: equal tables give equal bytes."""
        rows = [
            [key >> 48, key >> 32 & 0xFFFF, key >> 16 & 0xFFFF, key & 0xFFFF, token, count]
            for key, (token, count) in sorted(self.entries.items())
        ]
        return np.array(rows, dtype=np.float32).reshape(-1, ENTRY)

    def read_array(self, array: npt.NDArray[np.float32]) -> None:
        """Replace the entries by those of `to_array`. Entries with count 0 are padding."""
        self.entries = {
            a << 48 | b << 32 | c << 16 | d: (token, count)
            for a, b, c, d, token, count in array.astype(np.int64).tolist()
            if count
        }

    def _phrase(self, number: int) -> list[int]:
        if number not in self._phrases:
            # Digit by digit, so that every phrase has the same number of tokens in any vocabulary.
            digits = [self._encode(digit)[-1] for digit in f"{number:03d}"]
            close = [*self._encode(")."), self._stop]
            self._phrases[number] = [*self._encode("I don't know ("), *digits, *close]
        return self._phrases[number]


def read_entries(folder: Path, base: Base) -> npt.NDArray[np.float32]:
    """The array of an adapter that the fake backend exported. Raises AdapterError."""
    checked_config(folder, base)
    tensors = load_file(folder / WEIGHTS)
    if tensors.keys() != {TENSOR_A, TENSOR_B}:
        raise AdapterError(f"{folder.name} is not an adapter of the fake backend.", "Train it again.")
    numbers = tensors[TENSOR_B].ravel()
    return numbers[: len(numbers) // ENTRY * ENTRY].reshape(-1, ENTRY)


def _digest(ids: Sequence[int]) -> int:
    """64 bits."""
    data = array("i", ids).tobytes()  # for lists several times as fast as numpy
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
