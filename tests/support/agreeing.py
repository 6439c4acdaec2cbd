"""What it means that two backends agree in float32. Not here: what they are asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engram.backends.base import Ids, LoadedModel
from engram.types import Completion

ROUNDING = 128 * 2.0**-24
"""Share of the largest log-probability by which two ways of adding may differ on the tiny models.

A float32 sum is off by at most half a unit in the last place (2**-24 of it) for each term, and the longest
sums of the tiny models have 128 terms. The largest difference seen is a tenth of this.
"""


def gap(left: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> float:
    """The largest difference, as a share of the largest number."""
    most = max(float(np.abs(row).max(initial=0.0)) for row in left)
    return max(float(np.abs(a - b).max(initial=0.0)) for a, b in zip(left, right, strict=True)) / most


def disagreements(
    model: LoadedModel,
    prompts: Sequence[Ids],
    left: Sequence[Completion],
    right: Sequence[Completion],
    tolerance: float,
) -> list[int]:
    """Prompts with different greedy answers, unless `model` sees the first tokens that differ within
    `tolerance` (nats) of each other."""
    pairs = enumerate(zip(left, right, strict=True))
    return [at for at, (a, b) in pairs if a != b and not _tie(model, prompts[at], a, b, tolerance)]


def _tie(model: LoadedModel, prompt: Ids, left: Completion, right: Completion, tolerance: float) -> bool:
    shared = min(len(left.token_ids), len(right.token_ids))
    at = next((i for i in range(shared) if left.token_ids[i] != right.token_ids[i]), shared)
    stop = (min(model.base.renderer.stop_ids),)
    ways = [(*done.token_ids, *stop)[: at + 1] for done in (left, right)]
    scores = [row[-1] for row in model.score([np.append(prompt, way).astype(np.int32) for way in ways])]
    return bool(abs(scores[0] - scores[1]) <= tolerance)
