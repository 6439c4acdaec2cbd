"""Which token comes next, decided so that rounding cannot change the answer.

The same row gives slightly different logits in another batch, because matrix kernels add in another order.
So a choice is taken only when it is *clear*: the winner leads by more than rounding can move. An unclear
choice is left to the caller, who computes that row's logits once more in a canonical way (alone, without a
cache) and takes what `canonical` says. Then batch, order and neighbours cannot show in an answer.

Sampling is the same argmax after adding Gumbel noise (Gumbel-max: argmax(logits / T + noise) is a draw from
softmax(logits / T)); noise is numpy, from a generator of the row's own. Not here: running a model.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

from engram.backends.base import Ids
from engram.types import Sampling

# How far rounding may move two logits apart, as a share of the largest logit. Largest seen between batched
# and canonical logits of random models and tinystories-260k: 2e-6 in float32, 2.4e-2 in bfloat16; float16 has
# three bits more than bfloat16.
_ROUNDING = {torch.float32: 1e-4, torch.float16: 2.0**-8, torch.bfloat16: 2.0**-5}


class Picker:
    """Picks for one row. Greedy at temperature 0, else seeded by `seed` and the prompt, not by position."""

    def __init__(self, prompt: Ids, sampling: Sampling) -> None:
        self._temperature = sampling.temperature
        self._top_p = sampling.top_p
        self._noise: np.random.Generator | None = None
        if sampling.temperature > 0:
            text = str(sampling.seed).encode() + b":" + np.ascontiguousarray(prompt, dtype="<i4").tobytes()
            self._noise = np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest()[:16], "little"))

    def draw_noise(self, vocabulary: int) -> Tensor | None:
        """Fresh Gumbel noise [vocabulary] for the next token; None when greedy."""
        if self._noise is None:
            return None
        return torch.from_numpy(self._noise.gumbel(size=vocabulary).astype(np.float32))

    def clear(self, logits: Tensor, noise: Tensor | None) -> int | None:
        """The winner among `logits` [vocabulary], or None when rounding could have made it."""
        if noise is None:
            return _clear_winner(logits.float(), _rounding(logits))
        scores = logits.float() / self._temperature + noise.to(logits.device)
        margin = _rounding(logits) / self._temperature
        # A score that moves by `margin` moves a sum of probabilities by at most about as much.
        strict = _clear_winner(self._cut(scores, logits, self._top_p - margin), margin)
        loose = _clear_winner(self._cut(scores, logits, self._top_p + margin), margin)
        return strict if strict == loose else None

    def canonical(self, logits: Tensor, noise: Tensor | None) -> int:
        """The winner among canonical logits [vocabulary]; ties go to the lower id."""
        scores = logits.float()
        if noise is not None:
            scores = self._cut(scores / self._temperature + noise.to(logits.device), logits, self._top_p)
        return int(scores.argmax())

    def _cut(self, scores: Tensor, logits: Tensor, top_p: float) -> Tensor:
        """Leave only the nucleus: the likeliest tokens whose probabilities before them sum to < top_p."""
        if self._top_p >= 1.0:
            return scores
        likely = torch.softmax(logits.float() / self._temperature, -1)
        ordered, order = likely.sort(descending=True, stable=True)
        outside = (ordered.cumsum(-1) - ordered) >= top_p
        outside[0] = False
        return scores.index_fill(0, order[outside], -torch.inf)


def clear_winners(logits: Tensor) -> list[int | None]:
    """Greedy choices of a whole batch [rows, vocabulary] in one go; None where rounding could decide."""
    best = logits.float().topk(2, dim=-1)
    margin = rounding(logits)  # [rows]
    clear = (best.values[:, 0] - best.values[:, 1]) > margin
    return [
        winner if sure else None
        for winner, sure in zip(best.indices[:, 0].tolist(), clear.tolist(), strict=True)
    ]


def rounding(logits: Tensor) -> Tensor:
    """How far rounding may move a difference of two logits: [...] for logits [..., vocabulary]."""
    finite = logits.float().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
    return finite.abs().amax(-1) * _ROUNDING[logits.dtype]


def _rounding(logits: Tensor) -> float:
    return float(rounding(logits))


def _clear_winner(scores: Tensor, margin: float) -> int | None:
    values, indices = scores.topk(2)
    return int(indices[0]) if float(values[0] - values[1]) > margin else None
