"""What continuous batching asks of torch: forward passes over left-padded rows with one cache.

Not here: who is in the batch, and which token is picked (batching.py, pick.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from engram.backends.conditional_pass import History
from engram.backends.pick import ROUNDING, rounding_of
from engram.backends.torch.cache import RoomyCache
from engram.backends.torch.conditional import ConditionalMemory
from engram.backends.torch.device import dtype_name


@dataclass
class Read:
    """What was read of some rows."""

    cache: RoomyCache
    mask: Tensor  # int64 [rows, read], 0 on the padding to the left of a row
    padded: bool  # whether there is any
    history: History | None = None  # the rows' ids, where a memory module looks at them


class TorchEngine:
    """Keeps the Engine protocol for one transformers model."""

    def __init__(self, module: Any, device: torch.device, memory: ConditionalMemory | None = None) -> None:
        self._module = module
        self._device = device
        self._memory = memory
        self._layers = int(getattr(module.config, "num_hidden_layers", 0))

    def read(self, prompts: Sequence[Sequence[int]]) -> tuple[Read, Tensor]:
        width = max(map(len, prompts))
        ids = np.zeros((len(prompts), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt) :] = prompt
            mask[row, width - len(prompt) :] = 1
        history = History(prompts) if self._memory else None
        read = Read(RoomyCache(self._layers), self._tensor(mask), not mask.all(), history)
        positions = (mask.cumsum(1) - 1).clip(min=0)
        return read, self._forward(read, self._tensor(ids), self._tensor(positions))

    def step(self, read: Read, last: Sequence[int], positions: Sequence[int]) -> Tensor:
        read.mask = F.pad(read.mask, (0, 1), value=1)
        if read.history:
            read.history.append(last)
        return self._forward(read, self._tensor(last)[:, None], self._tensor(positions)[:, None])

    def keep(self, read: Read, rows: Sequence[int]) -> None:
        mask = read.mask[list(rows)]
        start = int(mask.any(0).int().argmax())  # nobody who stays has anything before this
        read.cache.keep(self._tensor(rows), start)
        read.mask = mask[:, start:]
        read.padded = not bool(read.mask.all())
        if read.history:
            read.history.keep(rows)

    def join(self, read: Read, other: Read) -> None:
        masks = read.mask, other.mask
        width = max(mask.shape[1] for mask in masks)
        read.cache.join(other.cache)
        read.mask = torch.cat([F.pad(mask, (width - mask.shape[1], 0)) for mask in masks])
        read.padded = not bool(read.mask.all())
        if read.history and other.history:
            read.history.join(other.history)

    def alone(self, ids: Sequence[int]) -> Tensor:
        with torch.inference_mode():
            logits = self._module(input_ids=self._tensor([ids]), use_cache=False, logits_to_keep=1).logits
        return logits[0, -1]  # type: ignore[no-any-return]

    def clear_winners(self, logits: Tensor) -> list[int | None]:
        best = logits.float().topk(2, dim=-1)
        finite = logits.float().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        margin = finite.abs().amax(-1) * ROUNDING[dtype_name(logits.dtype)]  # [rows]
        clear = (best.values[:, 0] - best.values[:, 1]) > margin
        winners = zip(best.indices[:, 0].tolist(), clear.tolist(), strict=True)
        return [winner if sure else None for winner, sure in winners]

    def numbers(self, logits: Tensor) -> tuple[npt.NDArray[np.float32], float]:
        values = logits.float().cpu().numpy()
        return values, rounding_of(values, dtype_name(logits.dtype))

    def _forward(self, read: Read, ids: Tensor, positions: Tensor) -> Tensor:
        """Read `ids` at `positions` (int64 [rows, new]); logits of the last one [rows, vocabulary]."""
        padded = {"attention_mask": read.mask, "position_ids": positions} if read.padded else {}
        with torch.inference_mode():
            if self._memory and read.history:
                history = read.history
                self._memory.tell(self._memory.read_ids(history.ids, ids.shape[1], history.skipped))
            out = self._module(
                input_ids=ids, past_key_values=read.cache, use_cache=True, logits_to_keep=1, **padded
            )
        return out.logits[:, -1]  # type: ignore[no-any-return]

    def _tensor(self, values: Any) -> Tensor:
        return torch.as_tensor(values, device=self._device)
