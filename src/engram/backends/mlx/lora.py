"""LoRA adapters in mlx-lm's layers, and in PEFT's names and shapes everywhere else.

PEFT keeps A [rank, in] and B [out, rank] and scales by alpha / rank; mlx-lm keeps their transposes and the
scale itself. Not here: losses and optimizers (train.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx.utils import tree_unflatten
from mlx_lm.tuner.lora import LoRALinear

from engram.backends.adapters import WEIGHTS, check_fit, layer_names, unreadable
from engram.backends.base import AdapterSpec, AdapterWeights
from engram.errors import AdapterError
from engram.models.base import Base

LEAVES = {"lora_A": "lora_a", "lora_B": "lora_b"}
"""PEFT's name of a half: mlx-lm's name."""
# What PEFT may have done beyond plain LoRA, by the key of adapter_config.json that says so.
_BEYOND = ("use_dora", "lora_bias", "fan_in_fan_out", "rank_pattern", "alpha_pattern", "modules_to_save")


def fresh_adapter(model: nn.Module, spec: AdapterSpec) -> dict[str, LoRALinear]:
    """Put adapters that change nothing yet (B = 0) into `model`: the new layers by path.

    A is drawn from mlx's generator. Raises SettingsError for a layer name that the blocks do not have.
    """
    linears = _block_linears(model)
    first = _first_adapted(len(model.layers), spec)
    wanted = layer_names((path for _, path in linears), spec.target_modules)
    chosen = [path for block, path in linears if block >= first and _last(path) in wanted]
    return _adapt(model, chosen, spec.rank, _scale(spec.rank, spec.alpha, spec.rank_stabilized), spec.dropout)


def read_adapter(model: nn.Module, folder: Path, config: Mapping[str, Any], base: Base) -> None:
    """Put the adapter of a PEFT folder, whose configuration `checked_config` let through, into `model`.

    Raises AdapterError if it is unreadable, beyond plain LoRA, or does not fit tensor by tensor.
    """
    try:
        tensors = {name: t.astype(mx.float32) for name, t in mx.load(str(folder / WEIGHTS)).items()}
    except (OSError, ValueError, RuntimeError) as error:
        raise unreadable(folder, error) from error
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    if beyond := [key for key in _BEYOND if config.get(key)]:
        raise AdapterError(
            f"The adapter {folder.name} uses {', '.join(beyond)}, which the mlx backend does not read.",
            "Use --backend torch.",
        )
    chosen = _declared(model, config)
    expected = _expected_shapes(model, chosen, rank)
    check_fit(expected, {name: t.shape for name, t in tensors.items()}, folder, base)
    layers = _adapt(model, chosen, rank, _scale(rank, alpha, bool(config.get("use_rslora"))), 0.0)
    for path, layer in layers.items():
        for theirs, ours in LEAVES.items():
            layer[ours] = tensors[peft_name(path, theirs)].T
    mx.eval(model.parameters())


def export_adapter(
    layers: Mapping[str, LoRALinear], spec: AdapterSpec, model: nn.Module, base: Base
) -> AdapterWeights:
    """Tensors and configuration as `peft.PeftModel.from_pretrained` reads them; no local path in them."""
    tensors = {
        peft_name(path, theirs): np.array(layer[ours].astype(mx.float32).T)
        for path, layer in layers.items()
        for theirs, ours in LEAVES.items()
    }
    first = _first_adapted(len(model.layers), spec)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": spec.rank,
        "lora_alpha": spec.alpha,
        "lora_dropout": spec.dropout,
        "use_rslora": spec.rank_stabilized,
        "target_modules": sorted({_last(path) for path in layers}),
        "layers_to_transform": list(range(first, len(model.layers))) if first else None,
        "bias": "none",
        "base_model_name_or_path": base.id,
        "revision": base.revision,
        "inference_mode": True,
    }
    return AdapterWeights(tensors, config)


def peft_name(path: str, half: str) -> str:
    """PEFT's name of lora_A or lora_B of the layer at `path`."""
    return f"base_model.model.{path}.{half}.weight"


def _adapt(
    model: nn.Module, paths: list[str], rank: int, scale: float, dropout: float
) -> dict[str, LoRALinear]:
    modules = dict(model.named_modules())
    layers = {path: LoRALinear.from_base(modules[path], rank, dropout, scale) for path in paths}
    model.update_modules(tree_unflatten(list(layers.items())))
    return layers


def _block_linears(model: nn.Module) -> list[tuple[int, str]]:
    """(block, path) of every linear layer inside the blocks, in order."""
    numbers = {id(block): number for number, block in enumerate(model.layers)}
    modules = list(model.named_modules())
    blocks = {path: numbers[id(module)] for path, module in modules if id(module) in numbers}
    linears = [path for path, module in modules if isinstance(module, (nn.Linear, nn.QuantizedLinear))]
    inside = [
        (number, path) for path in linears for block, number in blocks.items() if path.startswith(f"{block}.")
    ]
    return sorted(inside)


def _declared(model: nn.Module, config: Mapping[str, Any]) -> list[str]:
    """The paths of the layers that a PEFT configuration says it adapts."""
    targets, blocks = config.get("target_modules") or (), config.get("layers_to_transform")
    only = None if blocks is None else {blocks} if isinstance(blocks, int) else set(blocks)
    if isinstance(targets, str):  # PEFT takes a text as a pattern of whole paths
        fits = re.compile(targets).fullmatch
        return [
            path for block, path in _block_linears(model) if fits(path) and (only is None or block in only)
        ]
    return [
        path
        for block, path in _block_linears(model)
        if _last(path) in targets and (only is None or block in only)
    ]


def _expected_shapes(model: nn.Module, paths: list[str], rank: int) -> dict[str, tuple[int, ...]]:
    modules = dict(model.named_modules())
    shapes: dict[str, tuple[int, ...]] = {}
    for path in paths:
        outer, inner = modules[path].weight.shape
        if isinstance(modules[path], nn.QuantizedLinear):
            inner = inner * 32 // modules[path].bits
        shapes[peft_name(path, "lora_A")] = (rank, inner)
        shapes[peft_name(path, "lora_B")] = (outer, rank)
    return shapes


def _first_adapted(blocks: int, spec: AdapterSpec) -> int:
    covered = spec.num_layers or (blocks + 1) // 2
    return blocks - covered if 0 < covered < blocks else 0


def _scale(rank: int, alpha: float, rank_stabilized: bool) -> float:
    return alpha / (math.sqrt(rank) if rank_stabilized else rank)


def _last(path: str) -> str:
    return path.rpartition(".")[2]
