"""Batches of documents of similar length, in a fixed order that a resumed run can find again.

Documents of a shard are grouped by length and right-padded, and the groups are shuffled with a seed. What is
drawn at (shard, batch) depends on nothing else, so those two numbers are the whole position in the data. It
does not make the documents: corpus.py does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ROUND = 8  # padded lengths are multiples of this: aligned rows, little waste


class Shard(Protocol):
    """What corpus.load_shard returns: all documents of a shard, end to end."""

    @property
    def ids(self) -> NDArray[np.uint16]: ...  # [total]
    @property
    def mask(self) -> NDArray[np.uint8]: ...  # [total]; 1 = this token is a training target
    @property
    def offsets(self) -> NDArray[np.int64]: ...  # [documents + 1]
    @property
    def skills(self) -> NDArray[np.uint8]: ...  # [documents]


@dataclass(frozen=True)
class Batch:
    """Inputs of one forward pass and what must be predicted from them."""

    ids: Tensor  # [documents, seq] int64, right-padded with 0
    where: Tensor  # [supervised] flat positions in documents x seq
    targets: Tensor  # [supervised] the token that follows each of them
    skills: NDArray[np.uint8]  # [supervised] the skill of the document it is in
    tokens: int  # real tokens, prompts included, padding not


def plan(shard: Shard, batch_tokens: int, longest: int, seed: int, index: int) -> list[NDArray[np.int64]]:
    """Document numbers of each batch of a shard: every document once, longest batches of `batch_tokens` rows.

    Raises ValueError when a document is longer than `longest` + 1 tokens (its last token is only a target).
    """
    inputs, room = np.diff(shard.offsets) - 1, min(longest, batch_tokens)
    if inputs.max(initial=0) > room:
        raise ValueError(f"a document of shard {index} has {inputs.max() + 1} tokens; at most {room + 1} fit")
    rng = np.random.default_rng((seed, index))
    padded = np.maximum(1, -(-inputs // ROUND)) * ROUND
    shuffled = rng.permutation(len(inputs))
    order = shuffled[np.argsort(-padded[shuffled], kind="stable")]
    groups, start = [], 0
    while start < len(order):
        count = max(1, batch_tokens // int(padded[order[start]]))
        groups.append(order[start : start + count])
        start += count
    return [groups[i] for i in rng.permutation(len(groups))]


def collate(shard: Shard, documents: NDArray[np.int64], longest: int) -> Batch:
    """The padded batch of some documents. Their first tokens have nothing before them: never a target."""
    lengths = np.diff(shard.offsets)[documents] - 1
    seq = min(longest, max(1, -(-int(lengths.max()) // ROUND)) * ROUND)
    ids = np.zeros((len(documents), seq), dtype=np.int64)
    targets, wanted = np.zeros_like(ids), np.zeros(ids.shape, dtype=bool)
    for row, (document, length) in enumerate(zip(documents, lengths, strict=True)):
        start = shard.offsets[document]
        ids[row, :length] = shard.ids[start : start + length]
        targets[row, :length] = shard.ids[start + 1 : start + 1 + length]
        wanted[row, :length] = shard.mask[start + 1 : start + 1 + length] == 1
    rows, _ = np.nonzero(wanted)
    return Batch(
        ids=torch.from_numpy(ids),
        where=torch.from_numpy(np.flatnonzero(wanted)),
        targets=torch.from_numpy(targets[wanted]),
        skills=np.asarray(shard.skills[documents[rows]], dtype=np.uint8),
        tokens=int(lengths.sum()) + len(documents),
    )
