"""Adapter folders in mlx-lm's format: adapter_config.json and adapters.safetensors.

mlx-lm keeps A and B the other way round, the scale itself instead of an alpha, and a count of blocks from the
last one instead of a list. Not here: loading one to compute with it.
Format: mlx_lm/tuner/utils.py (linear_to_lora_layers, load_adapters), lora.py and dora.py of mlx-lm 0.32.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engram.disk import to_json
from engram.formats.adapter import Adapter, layers_of, refused, split_path
from engram.formats.files import CONFIG, base_name, number, read_config, read_weights, whole
from engram.formats.stored import Stored, stored_bytes

WEIGHTS = "adapters.safetensors"
_HALVES = {"lora_a": "a", "lora_b": "b", "m": "magnitude"}
_PARAMETERS = {"rank", "scale", "dropout", "keys"}


def read_mlx(folder: Path) -> Adapter:
    """The adapter in mlx-lm's folder. Raises AdapterError that names what is broken, missing or not LoRA."""
    config, name = read_config(folder), folder.name
    kind, parameters = config.get("fine_tune_type", "lora"), config.get("lora_parameters")
    if kind not in ("lora", "dora"):
        raise refused(name, f"its fine_tune_type is {kind!r}: it holds no LoRA but other weights")
    if not isinstance(parameters, dict):
        raise refused(name, "its adapter_config.json has no lora_parameters")
    if unknown := sorted(set(parameters) - _PARAMETERS):
        raise refused(name, f"its lora_parameters hold {unknown[0]}, which mlx-lm does not know")
    rank = whole(parameters, "rank", name)
    layers = layers_of(_parts(read_weights(folder / WEIGHTS), name), rank, name)
    adapter = Adapter(
        rank=rank,
        scale=number(parameters, "scale", name),
        dropout=number(parameters, "dropout", name, 0.0),
        layers=layers,
        blocks=1 + max(split_path(path)[0] for path in layers),  # they are the last ones, so they end there
        base=base_name(config.get("model")),
        revision=base_name(config.get("revision")),
    )
    if adapter.dora != (kind == "dora"):
        raise refused(name, f"its fine_tune_type is {kind!r}, which its tensors are not")
    _check_blocks(adapter, config.get("num_layers"), name)
    _check_keys(adapter, parameters.get("keys"), name)
    return adapter


def mlx_files(adapter: Adapter) -> dict[str, bytes]:
    """The two files of an mlx-lm folder. Raises ValueError when the adapted blocks are not the last ones."""
    covered = adapter.covered
    if adapter.blocks is None:
        raise ValueError(
            f"mlx-lm adapts the last blocks, and nothing says whether block {covered.stop - 1} is the last"
        )
    if covered.stop != adapter.blocks:
        raise ValueError(
            f"mlx-lm adapts the last blocks, and this ends with block {covered.stop - 1} of 0 to "
            f"{adapter.blocks - 1}"
        )
    config = {
        "fine_tune_type": "dora" if adapter.dora else "lora",
        "num_layers": len(covered),
        "lora_parameters": {
            "rank": adapter.rank,
            "scale": adapter.scale,
            "dropout": adapter.dropout,
            "keys": adapter.inner_paths,
        },
        "model": adapter.base,
        "revision": adapter.revision,
    }
    tensors: dict[str, Stored] = {}
    for path, layer in adapter.layers.items():
        tensors[f"{path}.lora_a"] = layer.a.transposed()
        tensors[f"{path}.lora_b"] = layer.b.transposed()
        if layer.magnitude is not None:
            tensors[f"{path}.m"] = layer.magnitude
    return {CONFIG: to_json(config), WEIGHTS: stored_bytes(tensors, {"format": "mlx"})}


def _parts(tensors: Mapping[str, Stored], name: str) -> dict[str, dict[str, Stored]]:
    """By path and half, halves in PEFT's shapes."""
    parts: dict[str, dict[str, Stored]] = {}
    for key, tensor in tensors.items():
        path, _, leaf = key.rpartition(".")
        if leaf not in _HALVES:
            raise refused(name, f"it holds {key}, which is no part of a LoRA adapter")
        turned = tensor.transposed() if len(tensor.shape) == 2 else tensor
        parts.setdefault(path, {})[_HALVES[leaf]] = turned
    return parts


def _check_blocks(adapter: Adapter, declared: Any, name: str) -> None:
    """mlx-lm takes a count of 0 or less, and one beyond all blocks, as all of them."""
    if not isinstance(declared, int) or isinstance(declared, bool):
        raise refused(name, f"its num_layers is {declared!r}, not a whole number")
    covered = adapter.covered
    expected = covered.stop if declared <= 0 else min(declared, covered.stop)
    if len(covered) != expected:
        raise refused(name, f"it adapts the last {expected} blocks, but has tensors for {len(covered)}")


def _check_keys(adapter: Adapter, keys: Any, name: str) -> None:
    """`keys` are paths within a block; absent, they are whatever the tensors say."""
    if keys is None:
        return
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise refused(name, "its keys are not a list of layer names")
    held = set(adapter.inner_paths)
    if lacking := sorted(set(keys) - held):
        raise refused(name, f"it declares {lacking[0]!r}, but has no tensors for it")
    if beyond := sorted(held - set(keys)):
        raise refused(name, f"it has tensors for {beyond[0]}, which is not among its keys")
