"""What every backend refuses in an adapter's folder, in the same words. Not here: reading tensors."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from engram.errors import AdapterError
from engram.models.base import Base

WEIGHTS = "adapter_model.safetensors"

Shapes = Mapping[str, tuple[int, ...]]


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


def check_fit(
    expected: Shapes, found: Shapes, broken: Set[str], changes: bool, folder: Path, base: Base
) -> None:
    """Raises AdapterError unless the tensors are those that the base has places for, by name and shape.

    `broken` are the names of tensors with values that are not finite; `changes` says whether any B is not
    zero (several tools load a misnamed adapter without a word, as a no-op).
    """
    problems = [f"{name} is missing" for name in expected.keys() - found.keys()]
    problems += [f"{name} has no place" for name in found.keys() - expected.keys()]
    for name in expected.keys() & found.keys():
        if found[name] != expected[name]:
            problems.append(f"{name} is {found[name]}, not {expected[name]}")
        elif name in broken:
            problems.append(f"{name} has values that are not finite")
    if problems:
        shown = "; ".join(sorted(problems)[:5]) + ("; ..." if len(problems) > 5 else "")
        raise AdapterError(f"The adapter {folder.name} does not fit {base.id}: {shown}.")
    if not changes:
        raise AdapterError(f"The adapter {folder.name} changes nothing: every B is zero.", "Train it again.")


def unreadable(folder: Path, error: Exception) -> AdapterError:
    return AdapterError(
        f"The adapter {folder.name} cannot be read: {error}", "Choose another version, or train it again."
    )
