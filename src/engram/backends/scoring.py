"""Sequences in padded batches for scoring, the same for every backend. Not here: any model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from engram.backends.base import Ids

# Logits held at a time: 2**25 float32 are 128 MB.
_LOGITS = 2**25

Padded = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


def score_batches(
    sequences: Sequence[Ids], vocabulary: int, score: Callable[[Padded], Scores]
) -> list[Scores]:
    """log p(ids[t] | ids[:t]) for t = 1 ...: float32 [seq - 1] per sequence, nats, in the order given.

    `score` is asked for right-padded ids [rows, seq] and gives [rows, seq - 1]. Padding comes after all that
    is read, so causal attention never sees it and no mask is needed.
    """
    results = [np.zeros(max(0, len(ids) - 1), dtype=np.float32) for ids in sequences]
    for group in _groups(sequences, vocabulary):
        width = max(len(sequences[at]) for at in group)
        if width < 2:
            continue
        padded = np.zeros((len(group), width), dtype=np.int64)
        for row, at in enumerate(group):
            padded[row, : len(sequences[at])] = sequences[at]
        for at, scores in zip(group, score(padded), strict=True):
            results[at] = scores[: len(results[at])].copy()
    return results


def _groups(sequences: Sequence[Ids], vocabulary: int) -> list[list[int]]:
    """Indices in batches of similar length that hold at most `_LOGITS` logits (at least one row each)."""
    groups: list[list[int]] = []
    for at in sorted(range(len(sequences)), key=lambda i: len(sequences[i]), reverse=True):
        longest = len(sequences[groups[-1][0]]) if groups else 0
        if not groups or (len(groups[-1]) + 1) * longest * vocabulary > _LOGITS:
            groups.append([])
        groups[-1].append(at)
    return groups
