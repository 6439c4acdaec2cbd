"""Adapter folders from one program's format into another's, exactly or not at all.

Not here: what each format can say (peft.py, mlx_lm.py), and formats that need the base's weights (export.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from engram import __version__
from engram.backends.adapters import WEIGHTS as PEFT_WEIGHTS
from engram.backends.conditional import has_module
from engram.disk import read_folder, sha256_of_file
from engram.errors import AdapterError, StorageError, UsageError
from engram.formats import mlx_lm
from engram.formats.adapter import Adapter, refused
from engram.formats.files import CONFIG
from engram.formats.mlx_lm import mlx_files, read_mlx
from engram.formats.peft import peft_files, read_peft
from engram.formats.streamed import new_folder


class Format(NamedTuple):
    """A kind of adapter folder: the name of its weights, and how its two files are made."""

    weights: str
    files: Callable[[Adapter], dict[str, bytes]]


FORMATS = {"peft": Format(PEFT_WEIGHTS, peft_files), "mlx": Format(mlx_lm.WEIGHTS, mlx_files)}


def format_of(folder: Path) -> str:
    """ "peft" or "mlx", by the weights that lie in the folder. Raises AdapterError."""
    if has_module(folder):
        raise AdapterError(
            f"{folder.name} holds an Engram-style memory module, which no other program reads.",
            "Export the base alone with `engram export none`, or teach a LoRA adapter.",
        )
    found = [name for name, form in FORMATS.items() if (folder / form.weights).is_file()]
    if len(found) == 1:
        return found[0]
    names = " or ".join(form.weights for form in FORMATS.values())
    if found:
        raise AdapterError(f"{folder.name} holds two adapters: {names}.", "Take one of them out.")
    raise AdapterError(
        f"{folder.name} holds no {names}.",
        "Name an adapter folder of PEFT or mlx-lm; pickles (.bin, .pt, .npz) are never read.",
    )


def read_adapter(folder: Path, blocks: int | None = None) -> Adapter:
    """The adapter in a folder of PEFT or mlx-lm; `blocks` is how many its base has, if known.

    Raises AdapterError that names what cannot be expressed.
    """
    return read_peft(folder, blocks) if format_of(folder) == "peft" else read_mlx(folder)


def adapter_files(adapter: Adapter, to: str, name: str) -> dict[str, bytes]:
    """The files of an adapter folder in a format. Raises AdapterError when it cannot be expressed there."""
    try:
        return FORMATS[to].files(adapter)
    except ValueError as error:
        hint = "Name its base with --model." if adapter.blocks is None else ""
        raise refused(name, str(error), hint) from None


def convert(folder: Path, to: str, out: Path, blocks: int | None = None) -> Adapter:
    """Write the adapter in `folder` to `out` in another format, with a manifest.json that says from what.

    `blocks` is how many blocks its base has; None where only the folder may know.

    Raises UsageError when it is in that format already, AdapterError when it cannot be expressed, and
    StorageError when `out` cannot be written.
    """
    source = format_of(folder)
    if source == to:
        raise UsageError(f"{folder.name} is in the format {to} already.", "It can be copied as it is.")
    adapter = read_adapter(folder, blocks or _noted_blocks(folder))
    contents = adapter_files(adapter, to, folder.name)
    noted = {"format": to, "blocks": adapter.blocks, **origin(folder, source)}
    with new_folder(out, noted) as aside:
        for name, data in contents.items():
            (aside / name).write_bytes(data)
    return adapter


def _noted_blocks(folder: Path) -> int | None:
    """How many blocks the base has, if an earlier conversion noted it: PEFT's own file does not say."""
    noted = (_manifest(folder) or {}).get("blocks")
    return noted if type(noted) is int and noted > 0 else None


def _manifest(folder: Path) -> dict[str, Any] | None:
    """The folder's own manifest.json, if it has one of ours and its files are still as that says."""
    try:
        return read_folder(folder)
    except StorageError:
        return None


def origin(folder: Path, source: str) -> dict[str, Any]:
    """Where an exported adapter comes from: name, format, digests, and its own manifest if it has one."""
    names = (CONFIG, FORMATS[source].weights)
    return {
        "engram": __version__,
        "source": {
            "name": folder.name,
            "format": source,
            "files": {name: sha256_of_file(folder / name) for name in names},
            "manifest": _manifest(folder),
        },
    }
