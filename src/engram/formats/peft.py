"""Adapter folders in PEFT's format: adapter_config.json and adapter_model.safetensors.

Read into an `Adapter` and written from one; whatever plain LoRA or DoRA on the last blocks cannot express is
refused by name. Not here: loading one to compute with it (backends).
Format: peft/tuners/lora/config.py and peft/utils/save_and_load.py of peft 0.21.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engram.backends.adapters import WEIGHTS
from engram.disk import to_json
from engram.formats.adapter import Adapter, alpha_for, layers_of, refused
from engram.formats.files import CONFIG, base_name, number, read_config, read_weights, whole
from engram.formats.stored import Stored, stored_bytes

PREFIX = "base_model.model."
_HALVES = {"lora_A.weight": "a", "lora_B.weight": "b", "lora_magnitude_vector": "magnitude"}
_BEYOND = {
    "rank_pattern": "gives single layers a rank of their own (rank_pattern)",
    "alpha_pattern": "gives single layers an alpha of their own (alpha_pattern)",
    "modules_to_save": "replaces whole layers (modules_to_save)",
    "fan_in_fan_out": "adapts layers stored the other way round (fan_in_fan_out)",
    "lora_bias": "has a bias in its B halves (lora_bias)",
    "trainable_token_indices": "retrains single tokens (trainable_token_indices)",
    "target_parameters": "adapts bare parameters (target_parameters)",
    "layer_replication": "repeats blocks of the base (layer_replication)",
    "alora_invocation_tokens": "is switched on by tokens (alora_invocation_tokens)",
}
"""What an adapter_config.json may ask for beyond plain LoRA and DoRA, in words."""
_UNDERSTOOD = frozenset({
    *("peft_type", "task_type", "base_model_name_or_path", "revision", "r", "lora_alpha", "lora_dropout"),
    *("target_modules", "layers_to_transform", "bias", "use_rslora", "use_dora", "init_lora_weights"),
    # These say how training began or how the file is loaded, not what the tensors mean.
    *("peft_version", "auto_mapping", "inference_mode", "exclude_modules", "layers_pattern"),
    *("megatron_core", "loftq_config", "eva_config", "qalora_group_size", "runtime_config"),
    "ensure_weight_tying",
})  # fmt: skip
_KEEPS_THE_BASE = (True, False, None, "gaussian", "orthogonal", "eva")
"""Ways to begin that leave the base's own weights as they are; PiSSA, OLoRA, CorDA and LoftQ change them."""


def read_peft(folder: Path, blocks: int | None = None) -> Adapter:
    """The adapter in a PEFT folder. `blocks` is how many its base has, if that is known.

    Raises AdapterError that names what is broken, missing, or cannot be expressed elsewhere.
    """
    config = read_config(folder)
    _check_config(config, folder.name)
    rank = whole(config, "r", folder.name)
    tensors = read_weights(folder / WEIGHTS)
    layers = layers_of(_parts(tensors, folder.name), rank, folder.name)
    alpha = number(config, "lora_alpha", folder.name)
    adapter = Adapter(
        rank=rank,
        scale=alpha / (math.sqrt(rank) if config.get("use_rslora") else rank),
        dropout=number(config, "lora_dropout", folder.name, 0.0),
        layers=layers,
        blocks=blocks,
        base=base_name(config.get("base_model_name_or_path")),
        revision=base_name(config.get("revision")),
    )
    if adapter.dora != bool(config.get("use_dora")):
        held = "holds" if adapter.dora else "lacks"
        raise refused(folder.name, f"it {held} DoRA magnitudes, and use_dora says otherwise")
    return _with_blocks(adapter, config, folder.name)


def peft_files(adapter: Adapter) -> dict[str, bytes]:
    """The two files of a PEFT folder. Raises ValueError when no alpha gives exactly the adapter's scale."""
    alpha, stabilized = alpha_for(adapter.scale, adapter.rank)
    covered = adapter.covered
    everything = covered.start == 0 and adapter.blocks in (None, covered.stop)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": adapter.base,
        "revision": adapter.revision,
        "r": adapter.rank,
        "lora_alpha": int(alpha) if alpha.is_integer() else alpha,
        "lora_dropout": adapter.dropout,
        "use_rslora": stabilized,
        "use_dora": adapter.dora,
        "target_modules": sorted({path.rpartition(".")[2] for path in adapter.inner_paths}),
        "layers_to_transform": None if everything else list(covered),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    tensors: dict[str, Stored] = {}
    for path, layer in adapter.layers.items():
        for suffix, half in _HALVES.items():
            if (tensor := getattr(layer, half)) is not None:
                tensors[f"{PREFIX}{path}.{suffix}"] = tensor
    return {CONFIG: to_json(config), WEIGHTS: stored_bytes(tensors, {"format": "pt"})}


def _check_config(config: Mapping[str, Any], name: str) -> None:
    if config.get("peft_type") != "LORA":
        raise refused(name, f"it is of type {config.get('peft_type')!r}, not LORA")
    if config.get("task_type") not in (None, "CAUSAL_LM"):
        raise refused(name, f"it is for {config['task_type']!r}, not for writing text (CAUSAL_LM)")
    if config.get("bias") not in (None, "none"):
        raise refused(name, f"it trains biases as well (bias {config['bias']!r})")
    if config.get("init_lora_weights", True) not in _KEEPS_THE_BASE:
        raise refused(
            name,
            f"its beginning ({config['init_lora_weights']!r}) changed the base's own weights",
            "Convert it with PEFT to one on the unchanged base first (save_pretrained's "
            "path_initial_model_for_weight_conversion).",
        )
    for key, value in config.items():
        if value and key not in _UNDERSTOOD:
            raise refused(name, f"it {_BEYOND.get(key, f'asks for {key}, which is not known here')}")


def _parts(tensors: Mapping[str, Stored], name: str) -> dict[str, dict[str, Stored]]:
    parts: dict[str, dict[str, Stored]] = {}
    for key, tensor in tensors.items():
        if "lora_embedding_" in key:
            raise refused(name, f"it adapts embeddings ({key})")
        suffix = next((suffix for suffix in _HALVES if key.endswith(f".{suffix}")), None)
        if suffix is None or not key.startswith(PREFIX):
            raise refused(name, f"it holds {key}, which is no part of a LoRA adapter")
        path = key.removeprefix(PREFIX).removesuffix(f".{suffix}")
        parts.setdefault(path, {})[_HALVES[suffix]] = tensor
    return parts


def _with_blocks(adapter: Adapter, config: Mapping[str, Any], name: str) -> Adapter:
    """Compare what is declared with what is there; without a block list, PEFT adapts every block."""
    _check_targets(adapter, config.get("target_modules"), name)
    declared, covered = config.get("layers_to_transform"), adapter.covered
    if declared is None:
        if covered.start or adapter.blocks not in (None, covered.stop):
            raise refused(name, f"it adapts every block, but has tensors only for {_shown(covered)}")
        return replace(adapter, blocks=covered.stop)
    numbers = [declared] if isinstance(declared, int) else declared
    if not isinstance(numbers, list) or sorted(set(map(str, numbers))) != sorted(map(str, covered)):
        raise refused(name, f"it declares the blocks {declared}, but has tensors for {_shown(covered)}")
    return adapter


def _check_targets(adapter: Adapter, targets: Any, name: str) -> None:
    """Every listed target has tensors and every tensor a target. A pattern (text) is not run: the tensors say
    what it matched."""
    if not isinstance(targets, list):
        return
    paths = [f".{path}" for path in adapter.layers]
    for target in targets:
        if not any(path.endswith(f".{target}") for path in paths):
            raise refused(name, f"it declares {target!r}, but has no tensors for it")
    for path in paths:
        if not any(path.endswith(f".{target}") for target in targets):
            raise refused(name, f"it has tensors for {path[1:]}, which is not among its target_modules")


def _shown(blocks: range) -> str:
    return f"block {blocks.start}" if len(blocks) == 1 else f"blocks {blocks.start} to {blocks.stop - 1}"
