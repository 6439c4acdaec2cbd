"""Gradient checkpointing: blocks forget their activations and compute them again on the way back.

Not here: when that is worth its time (the settings say so).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mlx.core as mx
from mlx import nn


@contextmanager
def recomputing(model: Any, wanted: bool) -> Iterator[None]:
    """Inside, if `wanted`, every block keeps only what went into it."""
    kinds = {type(block): type(block).__call__ for block in model.layers} if wanted else {}
    for kind, call in kinds.items():
        kind.__call__ = _again(call)
    try:
        yield
    finally:
        for kind, call in kinds.items():
            kind.__call__ = call


def _again(call: Any) -> Any:
    def again(block: nn.Module, *inputs: Any, **options: Any) -> Any:
        def run(parameters: Any, *inputs: Any, **options: Any) -> Any:
            block.update(parameters)
            return call(block, *inputs, **options)

        return mx.checkpoint(run)(block.trainable_parameters(), *inputs, **options)

    return again
