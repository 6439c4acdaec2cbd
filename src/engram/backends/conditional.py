"""What torch and mlx share of the Engram-style module: its shape, its first numbers, its files.

A fresh module's rows are zero and its matrices are drawn by numpy, so both backends begin alike. Only rows
that were trained are stored. Not here: what a pass of the model reads (conditional_pass.py), arithmetic with
tensors (torch/conditional.py, mlx/conditional.py); `written` is what both are compared with in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from engram.artifacts import CODE, PICKLES, check_entries, odd_tensors, read_object, safetensors_header
from engram.backends.adapters import CONFIG as LORA_CONFIG
from engram.backends.base import AdapterWeights, ConditionalSpec
from engram.errors import AdapterError, ArtifactError
from engram.lookup.hashing import LONGEST, Addressing, Verified
from engram.lookup.reading import Borders, Reader, Reading
from engram.models.base import Base

WEIGHTS = "engram_model.safetensors"
CONFIG = "engram_config.json"
KIND = "engram-style conditional memory"
FORMAT = 1
EPSILON = 1e-6

Array = npt.NDArray[Any]
_MOST_TABLES, _MOST_ROWS, _WIDEST = 256, 2**28, 1024
_WAY_OUT = "Restore the folder from a copy, or train it again."


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module's numbers, float32: `table` [rows, width]; `writes` by block: `key` and `value`
    [hidden, tables * width] and `bias` []."""

    reader: Reader
    table: npt.NDArray[np.float32]
    writes: Mapping[int, Mapping[str, npt.NDArray[np.float32]]]

    @property
    def width(self) -> int:
        return int(self.table.shape[1])


def fresh_module(spec: ConditionalSpec, hidden: int, depth: int, seed: int) -> Module:
    """One that changes nothing yet: rows of zeros, matrices that keep the size of what they multiply."""
    addressing = spec.reader.addressing
    read = addressing.tables * spec.width
    random = np.random.default_rng([seed, 7])
    writes = {}
    for block in spec.written_blocks(depth):
        key, value = (random.normal(0.0, read**-0.5, (hidden, read)).astype(np.float32) for _ in range(2))
        writes[block] = {"key": key, "value": value, "bias": np.zeros((), np.float32)}
    return Module(spec.reader, np.zeros((addressing.rows, spec.width), np.float32), writes)


def open_positions(reading: Reading) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Array]:
    """Of all positions, counted through [rows * new], those where some table speaks: their numbers [open],
    addresses [open, tables], and which tables speak, bool [open, tables]."""
    live = reading.live.reshape(-1, reading.live.shape[-1])
    positions = np.flatnonzero(live.any(-1))
    return positions, reading.addresses.reshape(live.shape)[positions], live[positions]


def gathered(table: Array, addresses: npt.NDArray[np.int64], live: Array) -> Array:
    """Rows side by side, zeros where a table does not speak: [open, tables * width]."""
    return (table[addresses] * live[..., None]).reshape(len(addresses), -1)


def written(hidden: Array, read: Array, write: Mapping[str, Array]) -> Array:
    """What a write adds to `hidden` [open, hidden] where `read` [open, tables * width] was read: in numpy,
    for the tests of both backends. The formula stands in torch/conditional.py."""
    size = np.sqrt((hidden**2).mean(-1, keepdims=True) + EPSILON)
    key = read @ write["key"].T
    key = key / np.sqrt((key**2).mean(-1, keepdims=True) + EPSILON)
    fit = (hidden / size * key).sum(-1, keepdims=True) / np.sqrt(hidden.shape[-1])
    gate = 1 / (1 + np.exp(-(np.sign(fit) * np.log1p(np.abs(fit)) + write["bias"])))
    return np.asarray(size * gate * (read @ write["value"].T))


def export_module(module: Module, touched: npt.NDArray[np.bool_], base: Base) -> AdapterWeights:
    """Tensors and configuration of the module's files; of the table the rows that were `touched` [rows]."""
    reader, addressing = module.reader, module.reader.addressing
    rows = np.flatnonzero(touched)
    tensors: dict[str, Array] = {
        "canonical": reader.canonical,
        "table.rows": rows.astype(np.int32),
        "table.values": module.table[rows],
    }
    for block, write in module.writes.items():
        tensors |= {f"write.{block}.{name}": values for name, values in write.items()}
    if reader.verified is not None:
        lengths, digests = reader.verified.arrays()
        tensors |= {"taught.lengths": lengths, "taught.digests": digests}
    config = {
        "kind": KIND,
        "format": FORMAT,
        "base_model_name_or_path": base.id,
        "revision": base.revision,
        "tokenizer": base.renderer.tokenizer.digest,
        "orders": list(addressing.orders),
        "heads": addressing.heads,
        "slots": addressing.slots,
        "seed": addressing.seed,
        "width": module.width,
        "blocks": sorted(module.writes),
        "opens": "everywhere" if reader.verified is None else "where a taught suffix ends",
    }
    return AdapterWeights(tensors, config)


def has_module(folder: Path) -> bool:
    """Whether an adapter's folder holds a module, alone or beside a LoRA adapter."""
    return (folder / CONFIG).exists()


def holds_lora(folder: Path) -> bool:
    """Whether a folder is to be read as a LoRA adapter: unless it holds a module and nothing of LoRA's."""
    return not has_module(folder) or (folder / LORA_CONFIG).exists()


def read_module(folder: Path, base: Base, hidden: int, depth: int) -> Module:
    """The module in a folder, for a model of that width and depth. Raises AdapterError."""
    try:
        check_entries(folder, PICKLES | CODE)
        config = read_object(folder / CONFIG) or {}
        broken, _ = odd_tensors(folder / WEIGHTS, safetensors_header(folder / WEIGHTS))
        tensors = load_file(folder / WEIGHTS)
    except (ArtifactError, OSError, SafetensorError) as error:
        raise _refused(folder, str(getattr(error, "message", error))) from error
    if broken:
        raise _refused(folder, f"{min(broken)} holds numbers that are not finite")
    _check_origin(config, folder, base)
    try:
        return _assembled(config, tensors, base, hidden, depth)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _refused(folder, f"{CONFIG} and {WEIGHTS} disagree ({error})") from error


def _check_origin(config: Mapping[str, Any], folder: Path, base: Base) -> None:
    if config.get("kind") != KIND or config.get("format") != FORMAT:
        raise _refused(folder, f"{CONFIG} describes no {KIND} of format {FORMAT}")
    for kind, theirs, ours in (
        ("base model", config.get("base_model_name_or_path"), base.id),
        ("revision", config.get("revision"), base.revision),
        ("tokenizer", config.get("tokenizer"), base.renderer.tokenizer.digest),
    ):
        if theirs != ours:
            raise AdapterError(
                f"The memory module in {folder.name} was made for {kind} {theirs}, not {ours}.",
                "Load it with that one, or teach this base again.",
            )


def _assembled(
    config: Mapping[str, Any], tensors: Mapping[str, Array], base: Base, hidden: int, depth: int
) -> Module:
    """Raises ValueError, KeyError or TypeError for what does not fit together."""
    orders = tuple(_whole(order, 0, LONGEST) for order in config["orders"])
    addressing = Addressing(
        orders,
        _whole(config["heads"], 1, _MOST_TABLES // max(1, len(orders))),
        _whole(config["slots"], 1, _MOST_ROWS),
        _whole(config["seed"], 0, 2**31),
    )
    width, rows = _whole(config["width"], 1, _WIDEST), tensors["table.rows"]
    if addressing.rows > _MOST_ROWS or (len(rows) and not 0 <= rows.min() <= rows.max() < addressing.rows):
        raise ValueError("table.rows lie outside the tables")
    table = np.zeros((addressing.rows, width), np.float32)
    table[rows] = _shaped(tensors, "table.values", (len(rows), width))
    writes = {}
    for block in config["blocks"]:
        read = addressing.tables * width
        shapes = {"key": (hidden, read), "value": (hidden, read), "bias": ()}
        name = f"write.{_whole(block, 0, depth - 1)}"
        writes[block] = {part: _shaped(tensors, f"{name}.{part}", shape) for part, shape in shapes.items()}
    canonical = tensors["canonical"]
    if canonical.shape != (base.vocabulary_size,) or canonical.dtype != np.int32:
        raise ValueError("canonical ids do not fit the vocabulary")
    verified = None
    if config["opens"] != "everywhere":
        verified = Verified.from_arrays(tensors["taught.lengths"], tensors["taught.digests"])
    reader = Reader(canonical, addressing, verified, Borders(base.renderer.tokenizer))
    return Module(reader, table, writes)


def _shaped(tensors: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    found = tensors[name]
    if found.shape != shape:
        raise ValueError(f"{name} is {found.shape}, not {shape}")
    return found.astype(np.float32)


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r:.40} in the place of a number from {least} to {most}")
    return value


def _refused(folder: Path, why: str) -> AdapterError:
    return AdapterError(f"The memory module in {folder.name} cannot be used: {why}.", _WAY_OUT)
