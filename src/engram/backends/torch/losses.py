"""What an adapter is pulled towards: the taught tokens, and on anchored rows the frozen base.

Logits are made at target positions only; the vocabulary's matrix is most of a small model's arithmetic.
Not here: optimizing (train.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from engram.backends.torch.rows import Group

# Up to this vocabulary the base's whole distribution is kept; above it the likeliest tokens and one
# bucket for the rest.
_WHOLE_VOCABULARY = 16_384
_KEPT = 256
_STORE_BYTES = 512 * 2**20


def target_logits(module: Any, ids: Tensor, mask: Tensor, hidden: Tensor | None = None) -> Tensor:
    """Logits float32 [targets, vocabulary] at the true positions of mask [rows, seq], row by row.

    With `hidden` [rows, seq, width] the blocks start from it instead of from the embeddings of `ids`.

    A hook narrows what reaches the vocabulary head, so this serves every architecture, soft caps included.
    Padding is on the right and attention causal, so no attention mask is needed.
    """
    hook = module.get_output_embeddings().register_forward_pre_hook(lambda _, inputs: (inputs[0][mask],))
    try:
        start = {"input_ids": ids} if hidden is None else {"inputs_embeds": hidden}
        logits: Tensor = module(**start, use_cache=False).logits
        return logits.float()
    finally:
        hook.remove()


def taught_loss(logits: Tensor, group: Group) -> tuple[Tensor, int]:
    """Summed cross-entropy (nats) over targets of taught rows; how many of those rows are exact."""
    taught = ~group.anchored[group.row_of]
    total = F.cross_entropy(logits[taught], group.labels[taught], reduction="sum")
    wrong = (logits.detach().argmax(-1) != group.labels) & taught
    rows_wrong = torch.zeros_like(group.anchored).index_fill(0, group.row_of[wrong], True)
    return total, int((~rows_wrong & ~group.anchored).sum())


class Anchors:
    """The base's distribution at the targets of anchored rows, computed once per row id.

    `keep` reads rows in the groups it is given; any other row is read alone, so what is kept never depends
    on the step in which a row came first, and a resumed run pulls towards bit-identical targets. Inside
    `bare()` the module is the base alone. With `keeps` off nothing is kept, and every group is read anew,
    whatever rows it has (sharded.py says why).
    """

    def __init__(
        self, module: Any, bare: Callable[[], AbstractContextManager[None]], keeps: bool = True
    ) -> None:
        self._module, self._bare, self._keeps = module, bare, keeps
        self._kept: dict[int, tuple[Tensor, Tensor | None]] = {}
        self._bytes = 0

    def keep(self, group: Group) -> None:
        """Compute and keep the anchored rows of a group, as far as memory is set aside for them."""
        if not group.anchored.any() or self._bytes >= _STORE_BYTES:
            return
        whole, ids = self._compute(group.ids, group.mask)
        for row, row_id in enumerate(group.row_ids):
            if group.anchored[row]:
                mine = group.row_of.cpu() == row
                self._store(row_id, (whole[mine], None if ids is None else ids[mine]))

    def loss(self, logits: Tensor, group: Group) -> Tensor:
        """Summed KL(base || adapted), nats, over the targets of anchored rows."""
        found = self._found(group)
        if not found:
            return logits.new_zeros(())
        adapted = F.log_softmax(logits[group.anchored[group.row_of]], -1)  # [targets, vocabulary]
        base = torch.cat([kept for kept, _ in found]).to(logits.device)
        if found[0][1] is not None:
            tokens = torch.cat([ids for _, ids in found if ids is not None]).to(logits.device)
            adapted = _with_rest(adapted.gather(1, tokens.long()))
        return F.kl_div(adapted, base, reduction="sum", log_target=True)

    def _found(self, group: Group) -> list[tuple[Tensor, Tensor | None]]:
        """The base's say on the anchored targets of a group, in parts."""
        if self._keeps:
            return [self._base(group, row) for row in group.anchored.nonzero()[:, 0].tolist()]
        whole, ids = self._compute(group.ids, group.mask)
        mine = group.anchored[group.row_of].cpu()
        return [(whole[mine], None if ids is None else ids[mine])]

    def _base(self, group: Group, row: int) -> tuple[Tensor, Tensor | None]:
        """Log-probabilities [targets, kept (+ rest)] and the ids kept, or None for the whole vocabulary."""
        row_id = group.row_ids[row]
        if row_id in self._kept:
            return self._kept[row_id]
        found = self._compute(group.ids[row : row + 1], group.mask[row : row + 1])
        self._store(row_id, found)
        return found

    def _store(self, row_id: int, found: tuple[Tensor, Tensor | None]) -> None:
        size = sum(part.nbytes for part in found if part is not None)
        if self._bytes + size <= _STORE_BYTES:
            self._kept[row_id] = found
            self._bytes += size

    def _compute(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """Log-probabilities at the targets of rows [rows, seq], in the form that is kept."""
        # What follows the last target cannot matter.
        width = int(mask.any(0).nonzero().max()) + 1 if mask.any() else mask.shape[1]
        with torch.no_grad(), self._bare():
            logits = target_logits(self._module, ids[:, :width], mask[:, :width])
        whole = F.log_softmax(logits, -1).cpu()
        if whole.shape[1] <= _WHOLE_VOCABULARY:
            return whole, None
        likeliest = whole.topk(_KEPT, -1)
        return _with_rest(likeliest.values), likeliest.indices.int()


def _with_rest(kept: Tensor) -> Tensor:
    """Append the log-probability of everything not kept: [targets, kept] -> [targets, kept + 1]."""
    rest = torch.log1p(-kept.exp().sum(-1, keepdim=True).clamp(max=1 - 1e-6))
    return torch.cat([kept, rest], -1)


@contextmanager
def adapter_off(module: Any) -> Iterator[None]:
    """The base alone, inside the block."""
    layers = [layer for layer in module.modules() if hasattr(layer, "disable_adapters")]
    for layer in layers:
        layer._disable_adapters = True
    try:
        yield
    finally:
        for layer in layers:
            layer._disable_adapters = False
