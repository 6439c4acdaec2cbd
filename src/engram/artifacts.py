"""What comes in from outside is data: its files are looked through before any library reads them.

A safetensors file is believed only when every byte of it is accounted for; JSON only when it says each thing
once; a folder only when it holds nothing that a loader could run, and nothing that lies elsewhere. No tensor
is loaded and no name is followed. Not here: what the values mean (models/folder.py, backends/adapters.py).
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from engram.errors import ArtifactError

LARGEST_JSON = 64 * 2**20
"""Bytes. The index of a model with hundreds of thousands of tensors has a tenth of it."""
LONGEST_HEADER = 100_000_000
"""Bytes; the limit that the safetensors library has."""
DEEPEST = 64
"""Levels of nested lists and objects. Configurations have about five."""
MOST_ENTRIES = 10_000
LONGEST_NAME = 512

PICKLES = frozenset(
    {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill", ".npy", ".npz", ".mar"}
)
"""Endings of files that are, or may hold, pickles: reading one can run code."""
CODE = frozenset({".py", ".pyc", ".pyd", ".so", ".dylib", ".dll", ".sh", ".bat", ".ps1", ".exe"})

# Bits of one number. Source: github.com/huggingface/safetensors, enum Dtype.
_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
# A number is infinite or no number when all bits of its exponent are set (IEEE 754; bfloat16 likewise):
# how its bits are read, and which those are.
_EXPONENT = {
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
    "F32": ("<u4", 0x7F800000),
    "F64": ("<u8", 0x7FF0000000000000),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor as its file's header describes it; its bytes are `start` up to `end` of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def shown(file: Path) -> str:
    """A file as messages name it: with its folder, without the way there."""
    return f"{file.parent.name}/{file.name}"


def read_object(file: Path) -> dict[str, Any] | None:
    """The JSON object in `file`; None when there is no such file. Raises ArtifactError for anything else."""
    try:
        with file.open("rb") as content:
            data = content.read(LARGEST_JSON + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtifactError(f"{shown(file)} cannot be opened: {error.strerror}.", "Check it.") from error
    if len(data) > LARGEST_JSON:
        raise ArtifactError(
            f"{shown(file)} is longer than {LARGEST_JSON:,} bytes.", "It is no settings file."
        )
    try:
        value = _parse(data)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{shown(file)} is not valid JSON: {error}.", "Download it again.") from error
    if not isinstance(value, dict):
        raise ArtifactError(
            f"{shown(file)} holds {type(value).__name__}, not an object.", "Download it again."
        )
    return value


def safetensors_header(file: Path) -> dict[str, Stored]:
    """What a safetensors file holds, by name, once the header accounts for every byte. Raises ArtifactError.

    Format: 8 bytes with the header's length N, little-endian; N bytes of JSON; then the tensors, one after
    another without holes. Source: github.com/huggingface/safetensors, "Format".
    """
    try:
        with file.open("rb") as content:
            size = os.fstat(content.fileno()).st_size
            length = int.from_bytes(content.read(8), "little")
            if size < 8 or length > size - 8:
                raise _not_whole(file, "it ends within its header")
            if length > LONGEST_HEADER:
                raise _not_whole(file, f"its header has {length:,} bytes")
            text = content.read(length)
    except OSError as error:
        raise ArtifactError(f"{shown(file)} cannot be opened: {error.strerror}.", "Check it.") from error
    try:
        entries = _parse(text) if text[:1] == b"{" else None
        if not isinstance(entries, dict):
            raise ValueError("it is no JSON object")
        _check_metadata(entries.pop("__metadata__", None) or {})  # mlx writes null
        tensors = {name: _stored(name, entry, 8 + length) for name, entry in entries.items()}
        _check_places(tensors, 8 + length, size)
    except (ValueError, RecursionError) as error:
        raise _not_whole(file, str(error)) from error
    return tensors


def odd_tensors(file: Path, tensors: Mapping[str, Stored]) -> tuple[set[str], set[str]]:
    """Names of the float tensors with a number that is infinite or none, and of those that are zero all over.

    They are read one at a time.
    """
    broken, zero = set(), set()
    with file.open("rb") as content:
        for name, tensor in tensors.items():
            if tensor.dtype in _EXPONENT:
                words, exponent = _EXPONENT[tensor.dtype]
                content.seek(tensor.start)
                bits = np.frombuffer(content.read(tensor.end - tensor.start), words)
                if ((bits & exponent) == exponent).any():
                    broken.add(name)
                if not (bits << 1).any():  # without the sign
                    zero.add(name)
    return broken, zero


def check_entries(folder: Path, runnable: frozenset[str] = frozenset()) -> None:
    """Raises ArtifactError unless `folder` holds plain files and folders of its own, with plain names.

    `runnable` are the endings of files that may not lie there. Links that stay inside are let through, and so
    are those of the Hub's cache, where a snapshot's files are links into the blobs beside it.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ArtifactError(
            f"{folder.name} cannot be read as a folder: {error.strerror}.", "Name a folder that is there."
        ) from error
    if len(entries) > MOST_ENTRIES:
        raise ArtifactError(
            f"{folder.name} holds more than {MOST_ENTRIES:,} files.", "Name the right folder."
        )
    for entry in entries:
        _check_entry(entry, runnable)


def _check_entry(entry: Path, runnable: frozenset[str]) -> None:
    name = entry.name
    if "\\" in name or ":" in name or not name.isprintable():
        raise ArtifactError(
            f"A file of {entry.parent.name} is called {name!r}, which other systems take for a path.",
            "Get the folder from elsewhere.",
        )
    if entry.is_symlink() and not _stays(entry):
        raise ArtifactError(
            f"{shown(entry)} is a link that leaves its folder.", "Put the file itself there, if you trust it."
        )
    mode = entry.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ArtifactError(f"{shown(entry)} is neither a file nor a folder.", "Take it out.")
    ending = entry.suffix.lower()
    if ending in runnable and stat.S_ISREG(mode):
        kind = "is code" if ending in CODE else "may be a pickle, which can run code when it is read"
        raise ArtifactError(
            f"{shown(entry)} {kind}.",
            "Engram reads safetensors and JSON alone. Take it out, if you trust the rest.",
        )


def _stays(link: Path) -> bool:
    """Whether a link ends inside its folder or, from a snapshot of the Hub's cache, in its blobs."""
    folder = link.parent.resolve()
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False
    in_cache = folder.parent.name == "snapshots" and target.parent == folder.parent.parent / "blobs"
    return in_cache or target.is_relative_to(folder)


def _parse(data: bytes) -> Any:
    """JSON that says each thing once, in whole characters, and is not too deep. Raises ValueError,
    RecursionError."""
    value = json.loads(data, object_pairs_hook=_each_once)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # no tokenizer takes it, and no file can say it again
        raise ValueError("it holds half of a surrogate pair, which is not a character") from None
    level = [value]
    for _ in range(DEEPEST):
        inner = [v.values() if isinstance(v, dict) else v for v in level if isinstance(v, (dict, list))]
        level = [item for items in inner for item in items]
        if not level:
            return value
    raise ValueError(f"it is nested more than {DEEPEST} levels deep")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one key, one reader may take the first and another the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"it says {max(keys, key=keys.count)!r} twice")
    return found


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("its __metadata__ is not made of texts")


def _stored(name: str, entry: Any, begin: int) -> Stored:
    """One entry of the header, its offsets counted from the start of the file."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a tensor is called {name[:80]!r}")
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{name} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise ValueError(f"{name} is of the unknown type {dtype!r}")
    if not _counts(shape) or not _counts(offsets) or len(offsets) != 2:
        raise ValueError(f"{name} has a shape or a place that is no list of whole numbers")
    if 8 * (offsets[1] - offsets[0]) != prod(shape) * _BITS[dtype]:
        raise ValueError(f"{name} has {offsets[1] - offsets[0]:,} bytes, not those of {dtype} {shape}")
    return Stored(dtype, tuple(shape), begin + offsets[0], begin + offsets[1])


def _counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 2**63 for n in value)


def _check_places(tensors: Mapping[str, Stored], begin: int, size: int) -> None:
    """Tensors lie one after another from `begin` to `size`: no hole, no overlap, nothing behind them."""
    end = begin
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].end)):
        if tensor.start != end:
            what = "bytes before it belong to no tensor" if tensor.start > end else "it overlaps with another"
            raise ValueError(f"{name} is out of place: {what}")
        end = tensor.end
    if end > size:
        raise ValueError("it ends before its last tensor does")
    if end < size:
        raise ValueError(f"{size - end:,} bytes follow its last tensor")


def _not_whole(file: Path, reason: str) -> ArtifactError:
    return ArtifactError(f"{shown(file)} is not a whole safetensors file: {reason}.", "Download it again.")
