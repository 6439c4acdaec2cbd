"""Log-probabilities of given tokens. Not here: what they are compared with (measure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engram.backends.base import Ids

# Logits held at a time: 2**25 float32 are 128 MB.
_LOGITS = 2**25


def score(module: Any, sequences: Sequence[Ids], device: torch.device) -> list[npt.NDArray[np.float32]]:
    """log p(ids[t] | ids[:t]) for t = 1 ...: float32 [seq - 1] per sequence, nats, in the order given."""
    results = [np.zeros(max(0, len(ids) - 1), dtype=np.float32) for ids in sequences]
    for group in _groups(sequences, module.config.get_text_config().vocab_size):
        width = max(len(sequences[at]) for at in group)
        if width < 2:
            continue
        padded = np.zeros((len(group), width), dtype=np.int64)
        for place, at in enumerate(group):
            padded[place, : len(sequences[at])] = sequences[at]
        for at, scores in zip(group, _score_padded(module, padded, device), strict=True):
            results[at] = scores[: len(results[at])].copy()
    return results


def _score_padded(
    module: Any, padded: npt.NDArray[np.int64], device: torch.device
) -> npt.NDArray[np.float32]:
    """Right padding comes after everything that is read, so causal attention never sees it: no mask."""
    ids = torch.from_numpy(padded).to(device)
    with torch.inference_mode():
        logits = module(input_ids=ids, use_cache=False).logits[:, :-1].float()  # [rows, seq - 1, vocabulary]
        chosen = logits.gather(-1, ids[:, 1:, None])[..., 0]
        result: npt.NDArray[np.float32] = (chosen - logits.logsumexp(-1)).cpu().numpy()
    return result


def _groups(sequences: Sequence[Ids], vocabulary: int) -> Iterator[list[int]]:
    """Indices in batches of similar length that hold at most `_LOGITS` logits (at least one row each)."""
    group: list[int] = []
    for at in sorted(range(len(sequences)), key=lambda i: len(sequences[i]), reverse=True):
        if group and (len(group) + 1) * len(sequences[group[0]]) * vocabulary > _LOGITS:
            yield group
            group = []
        group.append(at)
    if group:
        yield group
