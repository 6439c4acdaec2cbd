"""Examples laid side by side, right-padded: the arrays that a backend computes on.

Not here: which examples (plan.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engram.backends.base import Batch
from engram.types import Rendered

PAD_TO = 8  # sequence lengths are multiples of this, so that shapes repeat and vector units are filled


def make_batch(examples: Sequence[Rendered], row_ids: Sequence[int], anchored: Sequence[bool]) -> Batch:
    """One batch of the given examples. Padding ids are 0 and never targets."""
    lengths = np.array([len(example.ids) for example in examples], dtype=np.int32)
    width = -(-int(lengths.max()) // PAD_TO) * PAD_TO
    ids = np.zeros((len(examples), width), dtype=np.int32)
    targets = np.zeros((len(examples), width), dtype=np.bool_)
    for row, example in enumerate(examples):
        ids[row, : lengths[row]] = example.ids
        targets[row, : lengths[row]] = example.mask
    targets[:, 0] = False  # the first token follows nothing
    return Batch(ids, lengths, targets, np.array(anchored, np.bool_), np.array(row_ids, np.int64))


def step_batches(
    taught: Sequence[Rendered], replayed: Sequence[Rendered], row_ids: Sequence[int], parts: int
) -> list[Batch]:
    """A step's rows in at most `parts` micro-batches; `row_ids` name the taught rows, then the replayed."""
    rows = [*taught, *replayed]
    anchored = [False] * len(taught) + [True] * len(replayed)
    shares = [share.tolist() for share in np.array_split(np.arange(len(rows)), parts)]
    return [
        make_batch([rows[i] for i in share], [row_ids[i] for i in share], [anchored[i] for i in share])
        for share in shares
        if share
    ]


def evaluation_batches(
    examples: Sequence[Rendered],
    batch_size: int,
    first_id: int,
    anchored: bool = False,
    chosen: Iterable[int] | None = None,
) -> list[Batch]:
    """Every example once, or the `chosen` ones, sorted by length so that little is padding; row ids count
    all examples, from `first_id`."""
    order = sorted(range(len(examples)) if chosen is None else chosen, key=lambda i: len(examples[i].ids))
    cuts = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return [
        make_batch([examples[i] for i in cut], [first_id + i for i in cut], [anchored] * len(cut))
        for cut in cuts
    ]


def first_alike(rows: Sequence[Rendered]) -> list[int]:
    """For each row the place of the first one like it: what stands several times is prepared once."""
    places: dict[tuple[bytes, bytes], int] = {}
    contents = ((row.ids.tobytes(), row.mask.tobytes()) for row in rows)
    return [places.setdefault(content, place) for place, content in enumerate(contents)]
