"""Layers that keep their weight in both layouts are mlx's own layers in all that they compute."""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytest.importorskip("mlx_lm")

import mlx.core as mx
from mlx import nn
from mlx.utils import tree_flatten

from engram.backends.mlx.device import device_name
from engram.backends.mlx.layout import keep_both_layouts

if device_name() != "cpu" or sys.platform == "darwin":
    pytest.skip("layers stay as they are here", allow_module_level=True)


class Tied(nn.Module):
    """Every kind of layer; the embedding is the head."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.blocks = [nn.Linear(16, 24), nn.Linear(24, 16, bias=False)]

    def __call__(self, ids: mx.array, shift: mx.array) -> mx.array:
        hidden = self.embed(ids) + shift
        for block in self.blocks:
            hidden = nn.silu(block(hidden))
        return self.embed.as_linear(hidden)


def test_values_gradients_and_parameters_are_those_of_the_plain_layers() -> None:
    plain, twofold = Tied(), Tied()
    twofold.update(plain.parameters())
    keep_both_layouts(twofold)
    assert type(twofold.blocks[0]) is not nn.Linear and isinstance(twofold.blocks[0], nn.Linear)
    ours, theirs = (dict(tree_flatten(model.parameters())) for model in (twofold, plain))
    assert ours.keys() == theirs.keys()
    ids, shift = mx.arange(12).reshape(2, 6), mx.random.normal((2, 6, 16))

    def loss(model: Any) -> Any:
        return lambda shift: (model(ids, shift) ** 2).mean()

    for made in (twofold, plain):
        assert mx.allclose(made(ids, shift), plain(ids, shift), rtol=1e-5, atol=1e-6).item()
    slope = mx.grad(loss(twofold))(shift)
    assert mx.abs(slope).max().item() > 1e-4
    assert mx.allclose(slope, mx.grad(loss(plain))(shift), rtol=1e-4, atol=1e-7).item()
    assert mx.allclose(slope, mx.compile(mx.grad(loss(twofold)))(shift), rtol=1e-4, atol=1e-7).item()


def test_packed_weights_and_other_kinds_stay() -> None:
    model = nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(64))
    nn.quantize(model, group_size=64, bits=4)
    keep_both_layouts(model)
    assert [type(layer) for layer in model.layers] == [nn.QuantizedLinear, nn.LayerNorm]
