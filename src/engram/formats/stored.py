"""Tensors as safetensors files store them: the very bits, whatever their number type, also bfloat16.

numpy has no bfloat16, so its bits are held as uint16: they are the upper halves of float32. What is only
moved stays bit for bit; what is computed is computed in float32 and rounded once. Not here: what they mean.
Format: https://github.com/huggingface/safetensors (8 bytes of length, a JSON header, the tensors' bytes).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.artifacts import odd_tensors, safetensors_header

FLOATS: Mapping[str, npt.DTypeLike] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""The number types that can be computed with: as numpy holds their bits."""
_CHUNK = 1 << 24  # bytes
_ALIGNMENT = 8  # the header is filled up with spaces to a multiple of this, as the library does


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor's number type in safetensors' terms, and its bits: float32, float16 or (bfloat16) uint16."""

    dtype: str
    bits: npt.NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.bits.shape)

    def transposed(self) -> Stored:
        """Rows and columns exchanged, not a bit of any number changed."""
        return Stored(self.dtype, np.ascontiguousarray(self.bits.T))

    def to_float32(self) -> npt.NDArray[np.float32]:
        """The same numbers; every stored type is a part of float32."""
        if self.dtype == "BF16":
            return (self.bits.astype(np.uint32) << 16).view(np.float32)
        return self.bits.astype(np.float32)


def rounded(values: npt.NDArray[np.float32], dtype: str) -> Stored:
    """`values` in a stored type, each rounded to the nearest, ties to even. Values must be finite."""
    if dtype == "BF16":
        wide = values.view(np.uint32).astype(np.uint64)
        halves = (wide + 0x7FFF + ((wide >> 16) & 1)) >> 16
        return Stored(dtype, halves.astype(np.uint16))
    with np.errstate(over="ignore"):  # what leaves float16's range becomes infinite; the caller looks
        return Stored(dtype, values.astype(FLOATS[dtype]))


class StoredFile:
    """One safetensors file, read tensor by tensor. `entries` are in the order of the file's bytes."""

    def __init__(self, file: Path) -> None:
        """Raises ArtifactError when the file is none, or not whole."""
        self._file = file
        entries = safetensors_header(file)
        self.entries = dict(sorted(entries.items(), key=lambda item: item[1].start))

    def read(self, name: str) -> Stored:
        """Raises ValueError for a number type that cannot be computed with."""
        entry = self.entries[name]
        if entry.dtype not in FLOATS:
            raise ValueError(f"{name} is stored as {entry.dtype}, not as {', '.join(FLOATS)}")
        count = math.prod(entry.shape)
        kind = np.dtype(FLOATS[entry.dtype])
        bits = np.fromfile(self._file, dtype=kind, count=count, offset=entry.start)
        return Stored(entry.dtype, bits.reshape(entry.shape))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A tensor's bytes as they are, some at a time."""
        entry = self.entries[name]
        with self._file.open("rb") as source:
            source.seek(entry.start)
            left = entry.end - entry.start
            while left:
                chunk = source.read(min(_CHUNK, left))
                if not chunk:
                    raise ValueError(f"{self._file.name} ends in the middle of {name}")
                left -= len(chunk)
                yield chunk


def read_stored(file: Path) -> dict[str, Stored]:
    """All tensors of a small file. Raises ArtifactError, and ValueError for numbers that are not finite, or
    of another type than FLOATS."""
    content = StoredFile(file)
    broken, _ = odd_tensors(file, content.entries)
    if broken:
        raise ValueError(f"{min(broken)} holds numbers that are not finite")
    return {name: content.read(name) for name in content.entries}


def header_bytes(
    entries: Iterable[tuple[str, str, tuple[int, ...], int]], metadata: Mapping[str, str]
) -> bytes:
    """What stands before the tensors: (name, type, shape, bytes) of each, in the order of their bytes."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    place = 0
    for name, dtype, shape, size in entries:
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def stored_bytes(tensors: Mapping[str, Stored], metadata: Mapping[str, str]) -> bytes:
    """A whole file with sorted names: equal tensors are equal bytes."""
    ordered = sorted(tensors.items())
    plan = ((name, tensor.dtype, tensor.shape, tensor.bits.nbytes) for name, tensor in ordered)
    return b"".join([header_bytes(plan, metadata), *(tensor.bits.tobytes() for _, tensor in ordered)])
