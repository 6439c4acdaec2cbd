"""A finished adapter becomes a version: a PEFT folder that appears whole or not at all, and proves itself.

Not here: which version is in service (the database), or loading it (backends).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from engram.backends import conditional
from engram.backends.base import AdapterWeights
from engram.disk import Files, read_folder, sha256, sha256_of_file, to_json, write_folder
from engram.errors import AdapterError, StorageError
from engram.home import check_name
from engram.training.checkpoint import tensor_bytes

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
_LORA, _MODULE = (WEIGHTS, CONFIG), (conditional.WEIGHTS, conditional.CONFIG)


def publish_adapter(
    weights: AdapterWeights,
    manifest: Mapping[str, Any],
    folder: Path,
    files: Files | None = None,
    beside: Mapping[str, bytes] | None = None,
    aside: Path | None = None,
) -> str:
    """Write `folder` in PEFT's format with manifest.json last; returns the adapter's digest.

    A memory module has files of its own names. `beside` are further files to keep with it, such as its
    report, by plain name; those of a LoRA adapter beside a module are a part of what is served. `aside` is
    where it lies until it is whole, see write_folder.

    The digest (sha256 over weights and configuration) is stored in the manifest as "digest". Raises BadName,
    StorageError (then nothing is to be seen), and AdapterError if config or manifest hold a local path.
    """
    check_name("adapter", folder.name)
    for place, text in _texts({"config": weights.config, "manifest": manifest}):
        if _is_local_path(text):
            raise AdapterError(f"{place} holds the local path {text!r}.", "Name it, without its folders.")
    tensors, config = _MODULE if weights.config.get("kind") == conditional.KIND else _LORA
    contents = {**(beside or {}), tensors: tensor_bytes(weights.tensors), config: to_json(weights.config)}
    digest = _digest({name: sha256(data) for name, data in contents.items()})
    write_folder(folder, contents, {**manifest, "digest": digest}, files, aside)
    return digest


def verify_adapter(folder: Path) -> dict[str, Any]:
    """The manifest, once every file matches its digest. Raises AdapterError naming the file."""
    try:
        manifest = read_folder(folder)
    except StorageError as error:
        raise AdapterError(error.message, "Train it again, or restore the folder from a copy.") from error
    if manifest.get("digest") != _digest(manifest["files"]):
        raise AdapterError(f"{folder.name}/manifest.json does not match the adapter.", "Train it again.")
    return manifest


def served_digest(folder: Path) -> str:
    """sha256 over what is served of a folder: the same digest as its manifest's, computed from the files."""
    served = {name for name in (*_LORA, *_MODULE) if (folder / name).exists()}
    return _digest({name: sha256_of_file(folder / name) for name in served})


def _digest(files: Mapping[str, str]) -> str:
    """Over what is served: the files of a LoRA adapter, of a memory module, or of both."""
    served = sorted({*_LORA, *_MODULE} & set(files))
    lines = "".join(f"{files[name]}  {name}\n" for name in served)
    return sha256(lines.encode())


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string in nested values, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{number}]")


def _is_local_path(text: str) -> bool:
    """An absolute path of two parts or more in one word; prose such as "/help me" is left alone."""
    if any(character.isspace() for character in text):
        return False
    posix, windows = PurePosixPath(text), PureWindowsPath(text)
    return (posix.is_absolute() and len(posix.parts) > 2) or bool(windows.drive and windows.root)
