"""From a text's token ids to what an Engram-style module reads there: addresses, and where it is open at all.

Not here: the hashing itself (hashing.py), and the exact memory, which matches strings (matching.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engram.lookup.canonical import may_begin
from engram.lookup.hashing import Addressing, Verified, suffix_digests
from engram.lookup.tokens import TokenTexts
from engram.types import Tokenizer


@dataclass(frozen=True, slots=True)
class Reading:
    """What the module reads at each position: `addresses` int64 [rows, new, tables], and `live` bool of the
    same shape, false where a table has nothing to say."""

    addresses: npt.NDArray[np.int64]
    live: npt.NDArray[np.bool_]


class Borders:
    """Where a question may begin: not inside a word, by the rule of the exact memory (canonical.py)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._texts = TokenTexts(tokenizer)

    def __call__(self, ids: Sequence[int], place: int) -> bool:
        """Whether one may begin with the token at `place` of a row's ids."""
        if place <= 0:
            return True
        before, _ = self._texts.before(ids, place)
        first, _ = self._texts.before(ids, place + 1)
        if before.special or first.special or not first.text or first.text[0].isspace():
            return True
        return may_begin(before.last, first.text[0])


class Reader:
    """From token ids to what is read: the canonical form, the hashing, and the indicator if there is one.

    `verified` None reads every suffix. Otherwise a position is open only where a taught suffix ends, and of
    its tables those of that suffix's tokens, so that nothing before them can matter. With `borders` none
    begins inside a word.
    """

    def __init__(
        self,
        canonical: npt.NDArray[np.int32],
        addressing: Addressing,
        verified: Verified | None = None,
        borders: Borders | None = None,
    ) -> None:
        self.canonical, self.addressing, self.verified = canonical, addressing, verified
        self._borders = borders
        self._longest = max(1, *addressing.orders, verified.longest if verified else 0)

    def read(
        self,
        ids: npt.NDArray[np.integer],
        new: int | None = None,
        skipped: Sequence[int] | npt.NDArray[np.integer] | None = None,
    ) -> Reading:
        """`ids` int [rows, seq], of which the last `new` positions are asked about; `skipped` counts the
        padding to the left of each row."""
        digests = suffix_digests(self.canonical[ids], self._longest, new)
        seq, new = ids.shape[1], digests.shape[2]
        before = np.zeros(len(ids), dtype=np.int32) if skipped is None else np.asarray(skipped, np.int32)
        orders = self.addressing.table_orders
        fits = np.arange(seq - new + 1, seq + 1, dtype=np.int32)[None] - before[:, None]  # [rows, new]
        if self.verified is None:
            return Reading(self.addressing.addresses(digests), orders <= fits[:, :, None])

        def begins(row: int, place: int, length: int) -> bool:
            first = seq - new + place + 1 - length
            at_start = first == before[row]  # nothing but padding precedes
            return self._borders is None or at_start or self._borders(ids[row].tolist(), first)

        matched = self.verified.matched(digests, fits, begins if self._borders else None)
        live = (orders <= matched[:, :, None]) & (matched > 0)[:, :, None]
        return Reading(self.addressing.addresses(digests, matched), live)
