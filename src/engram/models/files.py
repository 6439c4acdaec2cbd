"""What lies in a model folder: its JSON files and its weights, read with suspicion.

Weights are safetensors or nothing: a pickle can run code when it is read. Not here: what the values mean
(folder.py), and loading tensors (backends).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engram import artifacts
from engram.artifacts import Stored, check_entries, safetensors_header
from engram.artifacts import shown as shown
from engram.errors import ArtifactError, ModelError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.safetensors\Z")
_CHUNK = 1 << 20


def read_object(file: Path) -> dict[str, Any] | None:
    """The JSON object in `file`; None when there is no such file. Raises ModelError for anything else."""
    with _as_model_error():
        return artifacts.read_object(file)


def check_folder(folder: Path) -> None:
    """Raises ModelError if something in `folder` lies elsewhere, or is called as no plain file is."""
    if folder.is_dir():
        with _as_model_error():
            check_entries(folder)


def weight_files(folder: Path) -> list[Path]:
    """The folder's safetensors files in the order of their names, each whole. Raises ModelError."""
    index = read_object(folder / INDEX)
    places = _places(folder, index) if index is not None else {}
    names = set(places.values())
    if (folder / SINGLE).is_file():
        names.add(SINGLE)
    if not names:
        raise _no_weights(folder)
    with _as_model_error():
        headers = {name: safetensors_header(folder / name) for name in sorted(names)}
    _check_parts(folder, places, headers)
    return [folder / name for name in headers]


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


def _places(folder: Path, index: dict[str, Any]) -> dict[str, str]:
    """Tensor to file, by the index. A name must be a plain one: no index reaches out of its folder."""
    weight_map = index.get("weight_map")
    places = weight_map if isinstance(weight_map, dict) else {}
    names = places.values()
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
    return places


def _check_parts(folder: Path, places: dict[str, str], headers: dict[str, dict[str, Stored]]) -> None:
    """Every tensor lies where the index says, and there is no further part: mlx-lm would read it as well."""
    for tensor, name in places.items():
        if tensor not in headers[name]:
            raise ModelError(
                f"{folder.name}/{name} does not hold {tensor}, which the index says it does.",
                "Download the model again.",
            )
    further = sorted(file.name for file in folder.glob("model*.safetensors") if file.name not in headers)
    if further:
        raise ModelError(
            f"The model folder {folder.name} has weights besides its own: {', '.join(further)}.",
            "Take them out: some programs would read them too, and answer with them.",
        )


@contextmanager
def _as_model_error() -> Iterator[None]:
    try:
        yield
    except ArtifactError as error:
        raise ModelError(error.message, error.hint) from error


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
