"""The blocks below the first adapted one never change, so what they make of a row is computed once.

When an adapter covers only the last blocks, a row's hidden states on entering them are the same in every
pass. They are kept by row id and fed to the upper blocks as if they were embeddings, which saves the lower
blocks' share of every step, forward and backward. Not every architecture can be entered in the middle (some
scale their embeddings); the first rows are computed both ways, and where the logits differ nothing is kept.
Not here: losses (losses.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from engram.backends.torch.blocks import find_blocks
from engram.backends.torch.rows import Group

_STORE_BYTES = 1024 * 2**20
_TOLERANCE = 1e-3  # of the logits' largest value


class Trunk:
    """Hidden states [length, hidden] on entering block `first`, by row id."""

    def __init__(self, module: Any, first: int) -> None:
        self._module = module
        self._blocks = find_blocks(module)
        self._first = first
        self._kept: dict[int, Tensor] = {}
        self._bytes = 0
        self._usable: bool | None = None if first > 0 else False

    @property
    def usable(self) -> bool:
        """False where all blocks are adapted, or the model cannot be entered in the middle."""
        return self._usable is not False

    def keep(self, group: Group, logits: Callable[[Tensor, Tensor | None], Tensor]) -> None:
        """Compute and keep the rows of `group`, as far as memory is set aside for them.

        `logits(ids, hidden)` runs the whole model from ids [rows, seq], or from `hidden` [rows, seq, width]
        where it is given; it is asked both ways once.
        """
        if self._usable is False or self._bytes >= _STORE_BYTES:
            return
        with torch.no_grad():
            hidden = self._lower(group.ids)
            if self._usable is None:
                whole = logits(group.ids, None)
                entered = logits(group.ids, hidden)
                gap = (whole - entered).abs().max() / whole.abs().max().clamp(min=1e-9)
                self._usable = bool(gap <= _TOLERANCE)
        if self._usable:
            for row, row_id in enumerate(group.row_ids):
                self._kept[row_id] = hidden[row, : group.lengths[row]].clone()
                self._bytes += self._kept[row_id].nbytes

    def hidden(self, group: Group) -> Tensor | None:
        """Hidden states [rows, seq, width] of a group, zero on padding; None unless all rows were kept."""
        found = [self._kept.get(row_id) for row_id in group.row_ids]
        if not found or any(rows is None for rows in found):
            return None
        rows = [kept for kept in found if kept is not None]
        out = rows[0].new_zeros(len(rows), group.ids.shape[1], rows[0].shape[1])
        for at, kept in enumerate(rows):
            out[at, : len(kept)] = kept
        return out

    @contextmanager
    def upper_blocks(self) -> Iterator[None]:
        """The model without its lower blocks, inside the `with`."""
        with self._only(list(self._blocks.layers)[self._first :]):
            yield

    def _lower(self, ids: Tensor) -> Tensor:
        """Run the lower blocks alone: what would enter block `first`, [rows, seq, width]."""
        seen: list[Tensor] = []

        def catch(_: nn.Module, inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
            seen.append(inputs[0] if inputs else options["hidden_states"])
            raise _Reached

        hook = self._blocks.layers[self._first].register_forward_pre_hook(catch, with_kwargs=True)
        try:
            self._module(input_ids=ids, use_cache=False)
        except _Reached:
            pass
        finally:
            hook.remove()
        return seen[0]

    @contextmanager
    def _only(self, blocks: Sequence[nn.Module]) -> Iterator[None]:
        whole = self._blocks
        setattr(whole.owner, whole.name, nn.ModuleList(blocks))
        try:
            yield
        finally:
            setattr(whole.owner, whole.name, whole.layers)


class _Reached(Exception):
    """Thrown by a hook to leave the forward pass once the hidden states are there."""
