"""What PEFT's and mlx-lm's adapter folders share: a JSON file beside safetensors, read with suspicion.

Not here: what either of them means by it (peft.py, mlx_lm.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engram.artifacts import CODE, PICKLES, check_entries, read_object
from engram.backends.adapters import unreadable
from engram.errors import AdapterError, ArtifactError
from engram.formats.adapter import refused
from engram.formats.stored import Stored, read_stored

CONFIG = "adapter_config.json"
_NAME = re.compile(r"[A-Za-z0-9][\w.@-]{0,95}(?:/[A-Za-z0-9][\w.-]{0,95})?\Z", re.ASCII)


def read_config(folder: Path) -> dict[str, Any]:
    """The object in adapter_config.json of a folder in which nothing could run. Raises AdapterError."""
    try:
        check_entries(folder, PICKLES | CODE)
        config = read_object(folder / CONFIG)
    except ArtifactError as error:
        raise unreadable(folder, error.message) from error
    if config is None:
        raise AdapterError(f"{folder.name} is not an adapter: it has no {CONFIG}.", "Name another folder.")
    return config


def read_weights(file: Path) -> dict[str, Stored]:
    """All tensors of an adapter. Raises AdapterError."""
    try:
        return read_stored(file)
    except ArtifactError as error:
        raise unreadable(file.parent, error.message) from error
    except (OSError, ValueError) as error:
        raise unreadable(file.parent, f"{error}.") from error


def whole(config: Mapping[str, Any], key: str, name: str) -> int:
    """A positive whole number. Raises AdapterError naming the adapter."""
    value = config.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise refused(name, f"its {key} is {value!r}, not a positive whole number")
    return value


def number(config: Mapping[str, Any], key: str, name: str, missing: float | None = None) -> float:
    """A finite number; `missing` stands for an absent one. Raises AdapterError naming the adapter."""
    value = config.get(key, missing)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise refused(name, f"its {key} is {value!r}, not a finite number")
    return float(value)


def base_name(value: Any) -> str | None:
    """A base's id or revision if it may travel: a folder's path on somebody's machine may not."""
    return value if isinstance(value, str) and _NAME.match(value) else None
