"""A LoRA or DoRA adapter between formats: one value that PEFT's, mlx-lm's and llama.cpp's files fit into.

It holds what all of them can say, exactly; what only one of them can say is refused by name where that format
is read. Tensors keep PEFT's shapes and the number type in which they were stored. Not here: files.
Sources: Hu et al., LoRA, arXiv 2106.09685; Liu et al., DoRA, arXiv 2402.09353; Kalajdzievski, rank
stabilization, arXiv 2312.03732.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from engram.errors import AdapterError
from engram.formats.stored import Stored

_PATH = re.compile(r"model\.layers\.(0|[1-9][0-9]{0,3})\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layer:
    """What is added to one linear layer: `a` [rank, in], `b` [out, rank]; `magnitude` [out] makes it DoRA."""

    a: Stored
    b: Stored
    magnitude: Stored | None = None


@dataclass(frozen=True, slots=True)
class Adapter:
    """W + scale * B A on some layers of the last blocks, the same layers in each of these blocks.

    `layers` by module path, such as "model.layers.3.self_attn.q_proj"; `blocks` is how many blocks the base
    has, None when nothing says so; `base` and `revision` name the base where the source did.
    """

    rank: int
    scale: float
    dropout: float
    layers: Mapping[str, Layer]
    blocks: int | None
    base: str | None = None
    revision: str | None = None

    @property
    def dora(self) -> bool:
        return any(layer.magnitude is not None for layer in self.layers.values())

    @property
    def covered(self) -> range:
        """The adapted blocks."""
        numbers = [split_path(path)[0] for path in self.layers]
        return range(min(numbers), max(numbers) + 1)

    @property
    def inner_paths(self) -> list[str]:
        """The adapted layers of a block by their paths within it, such as "self_attn.q_proj", sorted."""
        return sorted({split_path(path)[1] for path in self.layers})


def refused(name: str, why: str, hint: str = "") -> AdapterError:
    """An adapter that cannot be put into another format, by its name and the reason."""
    return AdapterError(f"The adapter {name} cannot be converted: {why}.", hint)


def split_path(path: str) -> tuple[int, str]:
    """Block number and path within the block. Raises ValueError for a layer that is not in a block."""
    if not (found := _PATH.match(path)):
        raise ValueError(f"{path} is no plain layer of a block (model.layers.N.…)")
    return int(found[1]), found[2]


def layers_of(parts: Mapping[str, Mapping[str, Stored]], rank: int, name: str) -> dict[str, Layer]:
    """From path -> {"a", "b", "magnitude"} to checked layers in the order of blocks. `name` is for messages.

    Raises AdapterError when a half is missing, a shape is odd, a layer lies outside the blocks, blocks are
    left out, or blocks differ in their layers.
    """
    if not parts:
        raise refused(name, "it holds no tensors")
    try:
        order = sorted(parts, key=split_path)
    except ValueError as error:
        raise refused(name, str(error), "Only linear layers inside the blocks travel.") from None
    layers = {path: _layer(path, parts[path], rank, name) for path in order}
    _check_blocks(layers, name)
    if len({layer.magnitude is None for layer in layers.values()}) > 1:
        raise refused(name, "some of its layers have a DoRA magnitude and some have none")
    return layers


def _layer(path: str, halves: Mapping[str, Stored], rank: int, name: str) -> Layer:
    for half in ("a", "b"):
        if half not in halves:
            raise refused(name, f"half {half.upper()} of {path} is missing")
    a, b, magnitude = halves["a"], halves["b"], halves.get("magnitude")
    if len(a.shape) != 2 or len(b.shape) != 2 or a.shape[0] != rank or b.shape[1] != rank:
        raise refused(
            name,
            f"{path} has halves of {_shown(a.shape)} and {_shown(b.shape)}, which is not rank {rank}",
            "A and B must be [rank, in] and [out, rank], of one rank everywhere.",
        )
    if magnitude is not None and magnitude.shape != b.shape[:1]:
        raise refused(name, f"the DoRA magnitude of {path} is {_shown(magnitude.shape)}, not [{b.shape[0]}]")
    return Layer(a, b, magnitude)


def _check_blocks(layers: Mapping[str, Layer], name: str) -> None:
    """Every block from the lowest adapted one to the highest has the same layers."""
    inside: dict[int, set[str]] = {}
    for path in layers:
        block, inner = split_path(path)
        inside.setdefault(block, set()).add(inner)
    lowest, everywhere = min(inside), set().union(*inside.values())
    for block in range(lowest, max(inside) + 1):
        if lacking := sorted(everywhere - inside.get(block, set())):
            raise refused(name, f"block {block} lacks {lacking[0]}, which other blocks have")


def alpha_for(scale: float, rank: int) -> tuple[float, bool]:
    """PEFT's alpha, and whether it is rank-stabilized, such that PEFT computes this very scale from it.

    PEFT divides alpha by the rank, or by its square root; either may miss a given double in its last bit, and
    then a neighbour of alpha or the other rule hits it. Raises ValueError where neither does.
    """
    for stabilized in (False, True):
        divisor = math.sqrt(rank) if stabilized else float(rank)
        near = scale * divisor
        for alpha in (near, math.nextafter(near, math.inf), math.nextafter(near, -math.inf)):
            if alpha / divisor == scale:
                return alpha, stabilized
    raise ValueError(
        f"no alpha divided by rank {rank}, or by its square root, is exactly the scale {scale!r}"
    )


def _shown(shape: tuple[int, ...]) -> str:
    return str(list(shape))
