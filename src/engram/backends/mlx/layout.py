"""Weights in both layouts where mlx has only a simple CPU library to multiply with.

A layer computes x W^T from W [out, in]. The reference BLAS in mlx's wheels for Linux (0.32) reads W against
the grain for that: 2.8 billion operations a second on a core that does 6.1 with W^T stored. So a copy of W^T
serves the forward pass, and W itself the backward pass, which needs g W; a training step takes half the time.
Not here: GPUs and Apple's library, which multiply either way, and quantized weights.
"""

from __future__ import annotations

import sys
from typing import Any

import mlx.core as mx
from mlx import nn
from mlx.utils import tree_unflatten

from engram.backends.mlx.device import device_name


def keep_both_layouts(model: nn.Module) -> None:
    """Give every plain linear layer and embedding its copy, where that helps; parameters stay as they are."""
    if device_name() != "cpu" or sys.platform == "darwin":
        return
    kinds = {nn.Linear: _Linear, nn.Embedding: _Embedding}
    twofold: list[tuple[str, Any]] = [
        (path, kinds[type(module)](module)) for path, module in model.named_modules() if type(module) in kinds
    ]
    model.update_modules(tree_unflatten(twofold))
    mx.eval([module._across for _, module in twofold])


class _Linear(nn.Linear):  # type: ignore[misc]
    def __init__(self, plain: nn.Module) -> None:
        _take_over(self, plain)

    def __call__(self, x: mx.array) -> mx.array:
        y = _times(x, self.weight, self._across)
        return y + self.bias if "bias" in self else y


class _Embedding(nn.Embedding):  # type: ignore[misc]
    def __init__(self, plain: nn.Module) -> None:
        _take_over(self, plain)

    def as_linear(self, x: mx.array) -> mx.array:
        return _times(x, self.weight, self._across)


def _take_over(module: Any, plain: Any) -> None:
    """The parameters of `plain`, and W^T under a name that keeps it out of the parameters."""
    nn.Module.__init__(module)
    for name, value in plain.items():
        module[name] = value
    module._across = mx.contiguous(plain.weight.T)


@mx.custom_function  # type: ignore[untyped-decorator]
def _times(x: mx.array, weight: mx.array, across: mx.array) -> mx.array:
    """x W^T, [..., in] -> [..., out]; no gradient reaches the weight."""
    return x @ across


@_times.vjp  # type: ignore[untyped-decorator]
def _back(primals: tuple[mx.array, ...], cotangent: mx.array, _: mx.array) -> tuple[mx.array, ...]:
    _, weight, across = primals
    return cotangent @ weight, mx.zeros_like(weight), mx.zeros_like(across)
