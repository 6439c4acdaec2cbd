"""Engram-style conditional memory in torch: hashed n-gram rows, gated, written into the residual stream.

At each open position the rows that its token suffixes point to are laid side by side, e [tables * width].
The input h of each written block becomes, in the stream's own size,

    h + rms(h) * sigmoid(s(<h / rms(h), K e / rms(K e)> / sqrt(hidden)) + b) * V e
    s(x) = sign(x) log(1 + |x|)

Rows begin at zero, so a fresh module changes no bit, and neither does a suffix that was never trained. Which
rows a position reads is decided by ids alone (lookup/hashing.py). Not here: training (conditional_train.py).
Source of tables, gate and residual write: Cheng et al., "Conditional Memory via Scalable Lookup" (Engram),
arXiv 2601.07372. Ours differs: the base is frozen, there is no convolution, one set of tables serves all
written blocks, the write is measured in the stream's size, so that one learning rate serves every base, and
s keeps a gate from shutting for good (docs/lab.md).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engram.backends.conditional import EPSILON, Module, open_positions
from engram.backends.conditional_pass import PlacedModule
from engram.backends.torch.blocks import find_blocks
from engram.errors import UsageError
from engram.lookup.reading import Reading

Read = tuple[Tensor, Tensor]
"""Open positions, counted through rows * new: int64 [open]; and what they read, [open, tables * width]."""


class Write(nn.Module):
    """What is added to the input of one block; float32, whatever the base's number type."""

    def __init__(self, numbers: Any, device: torch.device) -> None:
        super().__init__()
        self.key = _parameter(numbers["key"], device)  # [hidden, tables * width]
        self.value = _parameter(numbers["value"], device)  # [hidden, tables * width]
        self.bias = _parameter(numbers["bias"], device)  # []

    def forward(self, hidden: Tensor, read: Tensor) -> Tensor:
        """`hidden` [open, hidden] and `read` [open, tables * width]; what is to be added, [open, hidden]."""
        stream = hidden.float()
        size = stream.detach().pow(2).mean(-1, keepdim=True).add(EPSILON).sqrt()
        key = F.linear(read, self.key)
        key = key * key.pow(2).mean(-1, keepdim=True).add(EPSILON).rsqrt()
        fit = (stream / size * key).sum(-1, keepdim=True) / math.sqrt(stream.shape[-1])
        fit = fit.sign() * fit.abs().log1p()
        return size * torch.sigmoid(fit + self.bias) * F.linear(read, self.value)


class ConditionalMemory(PlacedModule[Read], nn.Module):
    """A module on one transformers model, by hooks on the written blocks."""

    def __init__(self, model: Any, module: Module, device: torch.device) -> None:
        super().__init__()
        self.reader = module.reader
        self.table = _parameter(module.table, device)  # [rows, width]
        self.writes = nn.ModuleDict({str(at): Write(part, device) for at, part in module.writes.items()})
        layers = find_blocks(model).layers
        model.register_forward_pre_hook(self._find, with_kwargs=True)
        for at in module.writes:
            layers[at].register_forward_pre_hook(self._writer(self.writes[str(at)]), with_kwargs=True)

    def read(self, reading: Reading) -> Read:
        """The rows of a reading; gradients reach the table as sparse ones, its live rows only."""
        positions, addresses, live = open_positions(reading)
        device, width = self.table.device, self.table.shape[1]
        wanted = torch.from_numpy(addresses[live]).to(device)
        rows = F.embedding(wanted, self.table, sparse=True)  # [live, width]
        beside = rows.new_zeros(*live.shape, width)
        beside = beside.index_put((torch.from_numpy(live).to(device),), rows)
        return torch.from_numpy(positions).to(device), beside.flatten(1)

    def _find(self, _: nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Before a forward pass: unless it was told, its ids are taken for a text from its beginning."""
        if self._told:
            self._told = False
            return
        ids = options.get("input_ids", args[0] if args else None)
        cache = options.get("past_key_values")
        if cache is not None and cache.get_seq_length() > 0:
            raise UsageError(
                "A model with a memory module was asked to go on from a cache that it was not told of.",
                "Generate with Engram's own `generate` and `stream`.",
            )
        self._now = None if ids is None or not self.enabled else self.read_ids(ids.cpu().numpy())

    def _writer(self, write: nn.Module) -> Any:
        def enter(_: nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
            if self._now is None or not self.enabled or not len(self._now[0]):
                return None
            if args:
                return (self._written(args[0], write), *args[1:]), options
            return args, {**options, "hidden_states": self._written(options["hidden_states"], write)}

        return enter

    def _written(self, hidden: Tensor, write: nn.Module) -> Tensor:
        """`hidden` [rows, new, hidden] with the write added at the open positions."""
        positions, read = self._now  # type: ignore[misc]  # the caller looked
        flat = hidden.reshape(-1, hidden.shape[-1])
        added: Tensor = write(flat[positions], read).to(hidden.dtype)
        return flat.index_add(0, positions, added).view(hidden.shape)


def _parameter(values: Any, device: torch.device) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float32, device=device), requires_grad=False)
