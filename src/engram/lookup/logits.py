"""What forcing a token does to next-token logits, in numpy: the reference for the backends' own.

The logits' sum of exponentials stays as it was, so that log-probabilities, which beam search hands in, are
log-probabilities afterwards. Certain: the token takes the whole sum. With a probability p: the token takes
the share p, and the others share what is left in their former proportions. Not here: which token.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def force(logits: npt.NDArray[Any], token: int, probability: float | None = None) -> npt.NDArray[Any]:
    """New logits [..., vocabulary] under which `token` has `probability`; None is certainty."""
    whole = _log_sum_exp(logits)
    if probability is None:
        forced = np.full_like(logits, -np.inf)
        forced[..., token] = whole
        return forced
    others = logits.copy()
    others[..., token] = -np.inf
    rest = _log_sum_exp(others)
    # Where nothing but the token was possible there are no others to share with.
    shift = np.where(np.isneginf(rest), 0.0, np.log1p(-probability) + whole - rest)
    forced = others + shift[..., None].astype(logits.dtype)
    forced[..., token] = whole + np.log(probability)
    return np.asarray(forced)


def _log_sum_exp(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    top = logits.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(logits - safe[..., None]).sum(axis=-1)) + safe)
