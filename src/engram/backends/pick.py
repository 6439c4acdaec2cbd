"""Which token comes next, decided so that rounding cannot change the answer.

The same row gives slightly different logits in another batch, because matrix kernels add in another order.
So a choice is taken only when it is *clear*: the winner leads by more than rounding can move. An unclear
choice is left to the caller, who computes that row's logits once more in a canonical way (alone, without a
cache) and takes what `canonical` says. Then batch, order and neighbours cannot show in an answer.

Sampling is the same argmax after adding Gumbel noise (Gumbel-max: argmax(logits / T + noise) is a draw from
softmax(logits / T)); noise comes from a generator of the row's own, so every backend draws the same. Not
here: running a model.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from engram.backends.base import Ids
from engram.types import Sampling

Noise = npt.NDArray[np.float32]
Logits = npt.NDArray[np.float32]

# How far rounding may move two logits apart, as a share of the largest logit. Largest seen between batched
# and canonical logits of random models and tinystories-260k: 2e-6 in float32, 2.4e-2 in bfloat16; float16 has
# three bits more than bfloat16.
ROUNDING = {"float32": 1e-4, "float16": 2.0**-8, "bfloat16": 2.0**-5}


class Picker:
    """Picks for one row. Greedy at temperature 0, else seeded by `seed` and the prompt, not by position."""

    def __init__(self, prompt: Ids, sampling: Sampling) -> None:
        self._temperature = sampling.temperature
        self._top_p = sampling.top_p
        self._noise: np.random.Generator | None = None
        if sampling.temperature > 0:
            text = str(sampling.seed).encode() + b":" + np.ascontiguousarray(prompt, dtype="<i4").tobytes()
            self._noise = np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest()[:16], "little"))

    def draw_noise(self, vocabulary: int) -> Noise | None:
        """Fresh Gumbel noise [vocabulary] for the next token; None when greedy."""
        if self._noise is None:
            return None
        return self._noise.gumbel(size=vocabulary).astype(np.float32)

    def clear(self, logits: Logits, rounding: float, noise: Noise | None) -> int | None:
        """The winner among `logits` [vocabulary], or None when rounding could have made it."""
        if noise is None:
            return clear_winner(logits, rounding)
        scores = logits / self._temperature + noise
        margin = rounding / self._temperature
        # A score that moves by `margin` moves a sum of probabilities by at most about as much.
        strict = clear_winner(self._cut(scores, logits, self._top_p - margin), margin)
        loose = clear_winner(self._cut(scores, logits, self._top_p + margin), margin)
        return strict if strict == loose else None

    def canonical(self, logits: Logits, noise: Noise | None) -> int:
        """The winner among canonical logits [vocabulary]; ties go to the lower id."""
        scores = logits
        if noise is not None:
            scores = self._cut(logits / self._temperature + noise, logits, self._top_p)
        return int(scores.argmax())

    def _cut(self, scores: Logits, logits: Logits, top_p: float) -> Logits:
        """Leave only the nucleus: the likeliest tokens whose probabilities before them sum to < top_p."""
        if self._top_p >= 1.0:
            return scores
        likely = np.exp((logits - logits.max()).astype(np.float64) / self._temperature)
        likely /= likely.sum()
        order = np.argsort(-likely, kind="stable")
        outside = (likely[order].cumsum() - likely[order]) >= top_p
        outside[0] = False
        cut = scores.copy()
        cut[order[outside]] = -np.inf
        return cut


def rounding_of(logits: Logits, dtype: str) -> float:
    """How far rounding may move a difference of two of these logits, which were computed in `dtype`."""
    finite = np.abs(logits[np.isfinite(logits)])
    return float(finite.max(initial=0.0)) * ROUNDING[dtype]


def clear_winner(scores: Logits, margin: float) -> int | None:
    """The index of the largest score, None where another one comes within `margin` of it."""
    winner = int(scores.argmax())
    others = np.delete(scores, winner)
    return winner if not len(others) or float(scores[winner] - others.max()) > margin else None
