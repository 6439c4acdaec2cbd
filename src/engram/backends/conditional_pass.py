"""What a forward pass of a model with an Engram-style module is told: the ids so far, and what it reads.

Torch and mlx share it. Not here: the module's numbers and files (conditional.py), or how a pass is caught and
what is added to it (torch/conditional.py, mlx/conditional.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from engram.lookup.hashing import LONGEST
from engram.lookup.reading import Reader, Reading

Read = TypeVar("Read")
"""What was read, as the backend holds it."""


class PlacedModule(Generic[Read]):
    """A module placed on one model; off where nothing is read.

    A forward pass of a text from its beginning finds its own ids. One that goes on from a cache, or begins in
    the middle of the model, has to be told with `tell` what it reads.
    """

    reader: Reader
    enabled: bool = True
    _told: bool = False
    _now: Read | None = None

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Inside, the model is what it is without the module."""
        enabled, self.enabled = self.enabled, False
        try:
            yield
        finally:
            self.enabled = enabled

    def tell(self, read: Read) -> None:
        """What the next forward pass of the model reads, whatever it is given."""
        self._now, self._told = read, True

    def read_ids(self, ids: Any, new: int | None = None, skipped: Any = None) -> Read:
        """What the last `new` positions of host ids [rows, seq] read; `skipped` is padding on the left."""
        return self.read(self.reader.read(ids, new, skipped))

    def read(self, reading: Reading) -> Read:
        """The rows of a reading, side by side: each backend's own."""
        raise NotImplementedError


class History:
    """The ids that a batch's rows were given so far, padded on the left, as their cache is."""

    def __init__(self, prompts: Sequence[Sequence[int]]) -> None:
        width = max(map(len, prompts))
        self.lengths = np.array([len(prompt) for prompt in prompts], dtype=np.int32)
        self.ids = np.zeros((len(prompts), width), dtype=np.int32)
        for row, prompt in enumerate(prompts):
            self.ids[row, width - len(prompt) :] = prompt

    @property
    def skipped(self) -> npt.NDArray[np.int32]:
        """Padding to the left of each row."""
        return np.asarray(self.ids.shape[1] - self.lengths, dtype=np.int32)

    def append(self, last: Sequence[int]) -> None:
        """One more token for each row. What lies too far back to be looked at is let go."""
        new = np.asarray(last, dtype=np.int32)[:, None]
        self.ids = np.concatenate([self.ids, new], axis=1)[:, -LONGEST:]
        self.lengths = np.minimum(self.lengths + 1, self.ids.shape[1]).astype(np.int32)

    def keep(self, rows: Sequence[int]) -> None:
        """Only these rows."""
        self.ids, self.lengths = self.ids[list(rows)], self.lengths[list(rows)]

    def join(self, other: History) -> None:
        """The rows of `other` below these."""
        width = max(self.ids.shape[1], other.ids.shape[1])
        parts = [np.pad(each.ids, ((0, 0), (width - each.ids.shape[1], 0))) for each in (self, other)]
        self.ids = np.concatenate(parts)
        self.lengths = np.concatenate([self.lengths, other.lengths])
