"""What lies in a model folder: its JSON files and its weights, read with suspicion.

Weights are safetensors or nothing: a pickle can run code when it is read. Not here: what the values mean
(folder.py), and loading tensors (backends).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from engram.errors import ModelError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors\Z")
_CHUNK = 1 << 20


def read_object(file: Path) -> dict[str, Any] | None:
    """The JSON object in `file`; None when there is no such file. Raises ModelError for anything else."""
    try:
        value = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}.", "Check who owns it.") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{shown(file)} is not valid JSON: {error}.", "Download it again.") from error
    if not isinstance(value, dict):
        raise ModelError(f"{shown(file)} holds {type(value).__name__}, not an object.", "Download it again.")
    return value


def weight_files(folder: Path) -> list[Path]:
    """The folder's safetensors files in the order of their names, each whole. Raises ModelError."""
    index = read_object(folder / INDEX)
    names = _shards(folder, index) if index is not None else set()
    if (folder / SINGLE).is_file():
        names.add(SINGLE)
    if not names:
        raise _no_weights(folder)
    files = [folder / name for name in sorted(names)]
    _check_whole(files)
    return files


def weights_digest(files: Iterable[Path]) -> str:
    """sha256 over each file's name, size and bytes. Raises ModelError when one cannot be read."""
    total = hashlib.sha256()
    for file in files:
        try:
            total.update(f"{file.name}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as content:
                while chunk := content.read(_CHUNK):
                    total.update(chunk)
        except OSError as error:
            raise ModelError(f"{file} cannot be read: {error.strerror}.", "Check the disk.") from error
    return total.hexdigest()


def shown(file: Path) -> str:
    """A file as messages name it: with its folder, without the way there."""
    return f"{file.parent.name}/{file.name}"


def _shards(folder: Path, index: dict[str, Any]) -> set[str]:
    """The files that the index names. A name must be a plain one: no index reaches out of its folder."""
    weight_map = index.get("weight_map")
    names = list(weight_map.values()) if isinstance(weight_map, dict) else []
    if not names or not all(isinstance(name, str) and _PLAIN.match(name) for name in names):
        raise ModelError(
            f"{folder.name}/{INDEX} does not name safetensors files beside it.", "Download the model again."
        )
    missing = sorted(name for name in set(names) if not (folder / name).is_file())
    if missing:
        raise ModelError(
            f"The model folder {folder.name} lacks {', '.join(missing)}, which its index names.",
            "Download it again; an interrupted download goes on where it stopped.",
        )
    return set(names)


def _check_whole(files: Iterable[Path]) -> None:
    """A cut-off download, or a Git LFS pointer in the place of a file, shows in the header."""
    for file in files:
        try:
            with safe_open(file, framework="numpy"):
                pass
        except (SafetensorError, OSError) as error:
            raise ModelError(
                f"{shown(file)} is not a whole safetensors file: {error}.", "Download it again."
            ) from error


def _no_weights(folder: Path) -> ModelError:
    if any(any(folder.glob(pattern)) for pattern in _PICKLES):
        return ModelError(
            f"The model folder {folder.name} has its weights only as pickle files, which can run code.",
            f"With transformers: AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(FOLDER) writes "
            f"{SINGLE}; do this only if you trust where it came from.",
        )
    if any(folder.glob("*.safetensors")):
        return ModelError(f"The model folder {folder.name} lacks {INDEX}, which names its parts.", "Add it.")
    return ModelError(f"The model folder {folder.name} has no weights ({SINGLE}).", "Download it again.")
