"""Ways to harm a sound folder: other files, links, values of JSON, and safetensors written byte by byte.

Not here: which harms are tried, and what must be said of them (hostile_artifacts.py).
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt
from safetensors.numpy import load_file, save_file

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
MODEL = "model.safetensors"
INDEX = "model.safetensors.index.json"
TRAP = "sprung"
"""The file that a pickle of ours makes when someone reads it, in the current folder."""


class _Trap:
    def __reduce__(self) -> Any:
        return Path.touch, (Path(TRAP),)


def trap() -> bytes:
    return pickle.dumps(_Trap())


def write(name: str, data: bytes | None = None) -> Callable[[Path], object]:
    """A further file, or another content; a pickle unless `data` is given."""
    return lambda folder: (folder / name).write_bytes(trap() if data is None else data)


def edit(name: str, **changes: Any) -> Callable[[Path], object]:
    """Other values in a JSON file."""

    def harm(folder: Path) -> None:
        file = folder / name
        found = json.loads(file.read_text("utf-8")) if file.exists() else {}
        file.write_text(json.dumps(found | changes), encoding="utf-8")

    return harm


def text(name: str, old: str, new: str) -> Callable[[Path], object]:
    def harm(folder: Path) -> None:
        before = (folder / name).read_text("utf-8")
        assert old in before
        (folder / name).write_text(before.replace(old, new, 1), encoding="utf-8")

    return harm


def link(name: str, target: str) -> Callable[[Path], object]:
    """A link in the place of a file; the file itself lies outside, whole."""

    def harm(folder: Path) -> None:
        if target == "outside":
            (folder / name).rename(folder.parent / f"elsewhere-{name}")
        else:
            (folder / name).unlink()
        to = f"../elsewhere-{name}" if target == "outside" else target
        (folder / name).symlink_to(to)

    return harm


def gone(*names: str) -> Callable[[Path], object]:
    return lambda folder: [(folder / name).unlink() for name in names]


def instead(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Something that is no file in the place of one."""

    def harm(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return harm


def both(*harms: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: [harm(folder) for harm in harms]


# --- safetensors, by hand


def crafted(name: str, change: Callable[[dict[str, Any], bytes], Any]) -> Callable[[Path], object]:
    """The file again, after `change(header, tensors)`, which may give another (header, tensors)."""

    def harm(folder: Path) -> None:
        data = (folder / name).read_bytes()
        length = int.from_bytes(data[:8], "little")
        header, tensors = json.loads(data[8 : 8 + length]), data[8 + length :]
        header, tensors = change(header, tensors) or (header, tensors)
        written = header if isinstance(header, bytes) else json.dumps(header).encode()
        (folder / name).write_bytes(len(written).to_bytes(8, "little") + written + tensors)

    return harm


def first(header: dict[str, Any]) -> dict[str, Any]:
    """The entry of the tensor whose bytes come first."""
    entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
    return dict(min(entries.items(), key=lambda item: item[1]["data_offsets"])[1])


def entry(**changes: Any) -> Callable[[dict[str, Any], bytes], Any]:
    """Other values in the entry of the first tensor."""

    def change(header: dict[str, Any], tensors: bytes) -> Any:
        spoiled = first(header)
        named = next(name for name, found in header.items() if found == spoiled)
        return {**header, named: spoiled | changes}, tensors

    return change


def shifted(by: int) -> Callable[[dict[str, Any], bytes], Any]:
    """All tensors but the first lie `by` bytes further on."""

    def change(header: dict[str, Any], tensors: bytes) -> Any:
        start = first(header)["data_offsets"][1]
        moved = {
            name: e
            if e["data_offsets"][0] < start
            else {**e, "data_offsets": [at + by for at in e["data_offsets"]]}
            for name, e in header.items()
            if name != "__metadata__"
        }
        return moved, tensors[:start] + bytes(max(by, 0)) + tensors[start:]

    return change


def hollow(header: dict[str, Any], tensors: bytes) -> Any:
    """The only tensor lies eight bytes further on."""
    spoiled, _ = entry(data_offsets=[8, 8 + len(tensors)])(header, tensors)
    return spoiled, bytes(8) + tensors


def twice(header: dict[str, Any], tensors: bytes) -> Any:
    """One name with two entries: which of the two counts depends on the reader."""
    name = next(name for name in header if name != "__metadata__")
    again = json.dumps({name: header[name]})[1:-1]
    return (json.dumps(header)[:-1] + ", " + again + "}").encode(), tensors


Tensors = dict[str, npt.NDArray[Any]]


def retensored(change: Callable[[Tensors], Mapping[str, Any] | None]) -> Callable[[Path], object]:
    """A well-formed file with other tensors."""

    def harm(folder: Path) -> None:
        tensors = dict(load_file(folder / WEIGHTS))
        save_file(dict(change(tensors) or tensors), folder / WEIGHTS)

    return harm


def spoiled(value: float, kind: str = "float32") -> Callable[[Tensors], Tensors]:
    def change(tensors: Tensors) -> Tensors:
        found = {name: t.astype(kind) for name, t in tensors.items()}
        found[max(found)].flat[-1] = value
        return found

    return change


def sliced(half: str) -> Callable[[Tensors], Tensors]:
    """One half has a lower rank."""

    def change(tensors: Tensors) -> Tensors:
        name = min(name for name in tensors if half in name)
        cut = tensors[name][:-1] if half == "lora_A" else tensors[name][:, :-1]
        return tensors | {name: cut.copy()}

    return change


def zero_b(tensors: Tensors) -> Tensors:
    return {name: t * 0 if "lora_B" in name else t for name, t in tensors.items()}
