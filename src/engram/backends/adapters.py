"""What every backend refuses in an adapter's folder, in the same words and before it loads anything.

The folder's files, what adapter_config.json says and what the header of the weights says are looked at here;
whether the tensors have a place in the model, a backend finds with `check_fit`. Not here: reading tensors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engram.artifacts import (
    CODE,
    PICKLES,
    Stored,
    check_entries,
    odd_tensors,
    read_object,
    safetensors_header,
)
from engram.config import ALL_LINEAR, FEED_FORWARD
from engram.errors import AdapterError, ArtifactError, SettingsError
from engram.models.base import Base

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"

Shapes = Mapping[str, tuple[int, ...]]

_FLOATS = ("F64", "F32", "F16", "BF16")
_PREFIX = "base_model.model."
_HALF = re.compile(r"\.lora_([AB])\.weight\Z")
_OTHER_HALF = {"A": ("B", 0), "B": ("A", 1)}  # and the side on which a half has the rank
_LARGEST = 65_536  # rank, alpha, number of a block
# Keys of adapter_config.json that make PEFT import a library by name, read further files, or change the base
# itself. Source: peft/auto.py, peft/tuners/lora/{config,layer,model,tp_layer}.py.
_ACTING = (
    *("auto_map", "megatron_config", "layer_replication", "loftq_config", "corda_config", "lora_ga_config"),
    *("arrow_config", "custom_modules"),
)
# Ways to draw a fresh adapter that leave the base as it is; others (PiSSA, OLoRA, LoftQ, ...) change it too.
_INITIAL = ("gaussian", "orthogonal", "eva")
# A pattern with a repeated group can take exponential time, and each further repetition multiplies it.
_SLOW = re.compile(r"\)[*+{]|\\\d|\(\?P=")
_REPEATS = re.compile(r"[*+{]")
_LONGEST_PATTERN, _MOST_REPEATS = 1_000, 4


def layer_names(paths: Iterable[str], wanted: Collection[str]) -> set[str]:
    """Last components of the linear layers to adapt, of those at `paths` inside the blocks; all of them
    where none are wanted. Raises SettingsError for one that there is not."""
    paths = list(paths)
    found = {_last(path) for path in paths}
    offered = found | {ALL_LINEAR, FEED_FORWARD}
    if unknown := sorted(set(wanted) - offered):
        raise SettingsError(
            f"No linear layer of this model is called {', '.join(unknown)}.",
            f"It has {', '.join(sorted(offered))}.",
        )
    if ALL_LINEAR in wanted:
        return found
    outside = _outside_attention(paths) if FEED_FORWARD in wanted else set()
    return set(wanted) - {FEED_FORWARD} | outside or found


def _outside_attention(paths: Sequence[str]) -> set[str]:
    """Names of layers outside attention, as model families name it; those that it has too only where there
    are no others."""
    inside = {path for path in paths if "attn" in path.lower() or "attention" in path.lower()}
    outside = {_last(path) for path in paths if path not in inside}
    return outside - {_last(path) for path in inside} or outside


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def checked_config(folder: Path, base: Base) -> dict[str, Any]:
    """adapter_config.json of a LoRA adapter for `base`, once nothing in the folder speaks against loading it.

    Raises AdapterError that says which file is wrong, and in what.
    """
    try:
        check_entries(folder, PICKLES | CODE)
        config = read_object(folder / CONFIG)
        if config is None:
            raise AdapterError(
                f"{folder.name} is not an adapter: it has no {CONFIG}.", "Name another folder."
            )
        check_kind(config, folder, base)
        _check_values(config, folder)
        header = safetensors_header(folder / WEIGHTS)
        _check_halves(config, header, folder)
        _check_numbers(header, folder)
    except ArtifactError as error:
        raise unreadable(folder, error.message) from error
    return config


def check_kind(config: Mapping[str, Any], folder: Path, base: Base) -> None:
    """Raises AdapterError unless adapter_config.json says LoRA, and this very base."""
    if config.get("peft_type") != "LORA":
        raise AdapterError(f"The adapter {folder.name} is of type {config.get('peft_type')}, not LORA.")
    for kind, theirs, ours in (
        ("base model", config.get("base_model_name_or_path"), base.id),
        ("revision", config.get("revision"), base.revision),
    ):
        if theirs and theirs != ours:
            raise AdapterError(
                f"The adapter {folder.name} was made for {kind} {theirs}, not {ours}.",
                "Load it with that one, or teach this base again.",
            )


def check_fit(expected: Shapes, found: Shapes, folder: Path, base: Base) -> None:
    """Raises AdapterError unless the tensors are those that the base has places for, by name and shape.

    Several tools load a misnamed adapter without a word, and it changes nothing.
    """
    problems = [f"{name} is missing" for name in expected.keys() - found.keys()]
    problems += [f"{name} has no place" for name in found.keys() - expected.keys()]
    for name in expected.keys() & found.keys():
        if found[name] != expected[name]:
            problems.append(f"{name} is {found[name]}, not {expected[name]}")
    if problems:
        shown = "; ".join(sorted(problems)[:5]) + ("; ..." if len(problems) > 5 else "")
        raise AdapterError(f"The adapter {folder.name} does not fit {base.id}: {shown}.")


def unreadable(folder: Path, error: Exception | str) -> AdapterError:
    return AdapterError(
        f"The adapter {folder.name} cannot be read: {error}", "Choose another version, or train it again."
    )


def _check_values(config: Mapping[str, Any], folder: Path) -> None:
    """Raises AdapterError for a value that is no plain number or name, or that asks PEFT to act."""
    problems = [f"{key} asks for more than an adapter" for key in _ACTING if config.get(key)]
    rank, alpha, dropout = config.get("r"), config.get("lora_alpha"), config.get("lora_dropout", 0.0)
    if not (_is_count(rank) and rank):
        problems.append(f"r is {rank!r:.40}, not a rank")
    if not _is_size(alpha):
        problems.append(f"lora_alpha is {alpha!r:.40}, not a positive number")
    if not (dropout == 0 or (_is_size(dropout) and dropout < 1)):
        problems.append(f"lora_dropout is {dropout!r:.40}, not a share")
    initial = config.get("init_lora_weights", True)
    if not (initial is None or isinstance(initial, bool) or initial in _INITIAL):
        problems.append(f"init_lora_weights is {initial!r:.40}, which changes the base too")
    problems += [*_mapping_problems(config), *_block_problems(config), *_name_problems(config)]
    if problems:
        raise AdapterError(
            f"The adapter {folder.name} cannot be used: {folder.name}/{CONFIG}: {'; '.join(problems[:5])}.",
            "Get it from elsewhere, or train it again.",
        )


def _mapping_problems(config: Mapping[str, Any]) -> list[str]:
    """`auto_mapping` names a library that PEFT's loaders import."""
    mapping = config.get("auto_mapping")
    library = mapping.get("parent_library") if isinstance(mapping, dict) else mapping
    known = library is None or (isinstance(library, str) and library.split(".")[0] == "transformers")
    return [] if known else [f"auto_mapping asks to import {library!r:.80}"]


def _block_problems(config: Mapping[str, Any]) -> list[str]:
    blocks = config.get("layers_to_transform")
    numbers = blocks if isinstance(blocks, list) else [] if blocks is None else [blocks]
    fine = all(_is_count(number) for number in numbers)
    return [] if fine else [f"layers_to_transform is {blocks!r:.40}, not numbers of blocks"]


def _name_problems(config: Mapping[str, Any]) -> list[str]:
    """Names of layers, which PEFT reads as patterns where they are a single text or the key of a pattern."""
    problems = []
    for key in ("target_modules", "exclude_modules", "modules_to_save", "layers_pattern"):
        value = config.get(key)
        names = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(name, str) for name in names):
            problems.append(f"{key} is {value!r:.40}, not names of layers")
        elif isinstance(value, str):
            problems += _pattern_problems(key, value)
    for key in ("rank_pattern", "alpha_pattern"):
        value = config.get(key) or {}
        if not isinstance(value, dict) or not all(map(_is_size, value.values())):
            problems.append(f"{key} is {value!r:.40}, not a number for each layer")
        else:
            problems += [problem for name in value for problem in _pattern_problems(key, name)]
    return problems


def _pattern_problems(key: str, pattern: str) -> list[str]:
    slow = len(pattern) > _LONGEST_PATTERN or len(_REPEATS.findall(pattern)) > _MOST_REPEATS
    if slow or _SLOW.search(pattern):
        return [f"{key} is a pattern that could take forever: {pattern!r:.80}"]
    try:
        re.compile(pattern)
    except re.error as error:
        return [f"{key} is no pattern ({error}): {pattern!r:.80}"]
    return []


def _check_halves(config: Mapping[str, Any], header: Mapping[str, Stored], folder: Path) -> None:
    """Raises AdapterError unless the tensors are floats, and A [rank, in] and B [out, rank] come in pairs."""
    problems = [f"{name} is made of {t.dtype}" for name, t in header.items() if t.dtype not in _FLOATS]
    halves = {name: found[1] for name in header if (found := _HALF.search(name))}
    ranks = {int(config["r"]), *(config.get("rank_pattern") or {}).values()}
    problems += [f"{name} has no place in any model" for name in halves if not name.startswith(_PREFIX)]
    for name, half in halves.items():
        other, side = _OTHER_HALF[half]
        shape, partner = header[name].shape, _HALF.sub(f".lora_{other}.weight", name)
        if partner not in halves:
            problems.append(f"{partner} is missing")
        elif len(shape) != 2 or shape[side] not in ranks:
            problems.append(f"{name} is {shape}, and r is {config['r']}")
    if not halves:
        problems.append("there is no lora_A or lora_B in it")
    if problems:
        raise AdapterError(
            f"The adapter {folder.name} cannot be read: {WEIGHTS} does not fit {CONFIG}: "
            f"{'; '.join(problems[:5])}.",
            "Choose another version, or train it again.",
        )


def _check_numbers(header: Mapping[str, Stored], folder: Path) -> None:
    """Raises AdapterError for numbers that are not finite, and where every B is zero."""
    broken, zero = odd_tensors(folder / WEIGHTS, header)
    if broken:
        raise unreadable(folder, f"{min(broken)} holds numbers that are not finite.")
    if all(name in zero for name in header if name.endswith(".lora_B.weight")):
        raise AdapterError(f"The adapter {folder.name} changes nothing: every B is zero.", "Train it again.")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST


def _is_size(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= _LARGEST
