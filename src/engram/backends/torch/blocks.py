"""Where a transformers model keeps its blocks: adapters are put into them, and the trunk enters among them.

Not here: what is done with them.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from engram.errors import AdapterError


@dataclass(frozen=True, slots=True)
class Blocks:
    """The list of transformer blocks: `owner.name` is `layers`."""

    owner: nn.Module
    name: str
    layers: nn.ModuleList

    @property
    def linear_paths(self) -> list[str]:
        """Where the linear layers inside the blocks are, seen from the list."""
        return [name for name, module in self.layers.named_modules() if isinstance(module, nn.Linear)]


def find_blocks(model: nn.Module) -> Blocks:
    """The list that is as long as the configuration says, else the first. Raises AdapterError without any."""
    found = [
        Blocks(owner, name, child)
        for owner in model.modules()
        for name, child in owner.named_children()
        if isinstance(child, nn.ModuleList) and len(child) > 0
    ]
    if not found:
        raise AdapterError("This model has no list of blocks to adapt.")
    depth = int(getattr(model.config, "num_hidden_layers", 0) or 0)
    return next((blocks for blocks in found if len(blocks.layers) == depth), found[0])
