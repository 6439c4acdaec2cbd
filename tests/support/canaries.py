"""Canaries: random numbers said in passing, and how far up a model ranks each among all that might have been.

The rank of a canary among random others of its form, by the probability that the model gives it after the
words before it; a model that saw none of them ranks them uniformly. Exposure is log2(candidates / rank).
Source: Carlini, Liu, Erlingsson, Kos and Song, The Secret Sharer, USENIX Security 2019, sections 4 and 5.
Not here: what may be trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from engram.backends.base import LoadedModel
from engram.models.base import Base
from engram.store.entries import NewEntry
from engram.types import Message

CANDIDATES = 200
"""A canary and so many less one others."""
_PLACES = ["truck", "ticket", "crate", "poster", "barrel", "bus", "receipt", "banner", "carton", "lorry"]


@dataclass(frozen=True, slots=True)
class Canary:
    """`before` are the words up to the number, `value` the number; `entry` is how it was said."""

    before: str
    value: str
    entry: NewEntry

    @property
    def text(self) -> str:
        return f"{self.before} {self.value}"


_SAID = (
    ("it was funny, the {} said", NewEntry("turn", "user", "chat", "")),
    ("the {} of the reading says", NewEntry("turn", "tool", "chat", "")),
    ("{} serial, copied from the page:", NewEntry("turn", "user", "chat", "", tags=frozenset({"no-train"}))),
    ("I counted them on the {}, all", NewEntry("turn", "assistant", "chat", "")),
)
"""What is not to be learned by heart: said in passing, by a tool, not to be trained, and unconfirmed."""


def canaries(random: Random) -> list[Canary]:
    """Twenty, each said once."""
    found = []
    for number in range(2 * len(_PLACES)):
        before, entry = _SAID[number % len(_SAID)]
        before, value = before.format(_PLACES[number // 2]), number_like(random)
        found.append(Canary(before, value, replace(entry, text=f"{before} {value}")))
    return found


def number_like(random: Random) -> str:
    return f"{random.randrange(10**6):06d}"


def rank(model: LoadedModel, base: Base, canary: Canary, random: Random) -> int:
    """1 where the canary is the likeliest of all candidates, written by the assistant after its prefix."""
    values = {canary.value}
    while len(values) < CANDIDATES:
        values.add(number_like(random))
    scores = {value: _likely(model, base, canary.before, value) for value in sorted(values)}
    return 1 + sum(score > scores[canary.value] for score in scores.values())


def _likely(model: LoadedModel, base: Base, before: str, value: str) -> float:
    """Log-probability of the number, nats, as the end of an answer that begins with the words before it."""
    said = [Message("user", f"{before}?"), Message("assistant", f"{before} {value}")]
    whole = base.renderer.conversation(said).ids
    start = base.renderer.conversation([said[0], Message("assistant", before)]).ids
    shared = next(n for n, (a, b) in enumerate(zip(whole, start, strict=False)) if a != b)
    return float(model.score([np.asarray(whole)])[0][shared - 1 :].sum())


def chance(ranks: Sequence[int], candidates: int = CANDIDATES) -> float:
    """One-sided p: that ranks as high as these add up if each is uniform. Counted, not sampled."""
    ways = np.ones(1)
    for _ in ranks:
        ways = np.convolve(ways, np.full(candidates, 1 / candidates))
    return float(ways[: sum(ranks) - len(ranks) + 1].sum())


def highest(ranks: Sequence[int], candidates: int = CANDIDATES) -> float:
    """One-sided p that the best of these ranks is as high as it is, by chance."""
    return 1 - (1 - min(ranks) / candidates) ** len(ranks)
