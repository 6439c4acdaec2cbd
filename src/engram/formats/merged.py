"""A base with its adapter merged in: W + s B A computed in float32 and rounded once to the stored type.

The result is a Hugging Face folder of the base's own shape: the same files, tensors and number types. It is
written tensor by tensor, so that memory holds one weight at a time. Not here: 4-bit weights; rounding to so
few bits would undo most of what an adapter adds.
DoRA: Liu et al., arXiv 2402.09353, equation 5: m (W + s B A) / ||W + s B A||, norms by output.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engram.artifacts import Stored as Entry
from engram.disk import to_json
from engram.errors import AdapterError, ModelError
from engram.formats.adapter import Adapter, Layer
from engram.formats.frame import first_id, template_of
from engram.formats.stored import FLOATS, Stored, StoredFile, header_bytes, rounded
from engram.models.base import Base
from engram.models.files import INDEX, read_object, weight_files
from engram.models.folder import special_tokens

_BESIDE = (
    *("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model"),
    *("special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"),
    *("chat_template.jinja", "chat_template.json", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", INDEX),
)
_PATHS = ("_name_or_path", "name_or_path")  # where transformers notes which folder a file was loaded from

_ROTARY = ("rope_theta", "partial_rotary_factor")  # older configurations have them beside the scaling


class MergedWeights:
    """The tensors of a base, file by file, with an adapter merged in where it has one (None: nowhere)."""

    def __init__(self, base: Base, adapter: Adapter | None, name: str) -> None:
        """`name` is the adapter's, for messages. Raises ModelError for weights that cannot be merged into,
        and AdapterError when the adapter has a layer that the base has not."""
        _refuse_quantized(base)
        self._scale = adapter.scale if adapter else 0.0
        self._layers = {f"{path}.weight": layer for path, layer in adapter.layers.items()} if adapter else {}
        self.files: dict[str, StoredFile] = {}
        for file in weight_files(base.folder):
            self.files[file.name] = StoredFile(file)
        self._check_fit(base, name)

    def entries(self) -> Iterator[tuple[str, Entry, StoredFile]]:
        """Every tensor of the base: name, type and shape, and the file it lies in."""
        for content in self.files.values():
            for name, entry in content.entries.items():
                yield name, entry, content

    def changed(self, name: str) -> bool:
        return name in self._layers

    def tensor(self, content: StoredFile, name: str) -> Stored:
        """The stored tensor, merged where the adapter changes it. Raises ModelError, AdapterError."""
        try:
            stored = content.read(name)
        except (OSError, ValueError) as error:
            raise ModelError(f"The base's weights cannot be used: {error}.") from error
        if name not in self._layers:
            return stored
        merged = rounded(merge(stored.to_float32(), self._layers[name], self._scale), stored.dtype)
        if not np.isfinite(merged.to_float32()).all():
            raise AdapterError(
                f"Merged, {name} would have values that {stored.dtype} cannot hold.",
                "Export the adapter unmerged (--format peft, mlx or gguf-lora).",
            )
        return merged

    def _check_fit(self, base: Base, name: str) -> None:
        shapes = {key: entry for key, entry, _ in self.entries()}
        for key, layer in self._layers.items():
            wanted = (layer.b.shape[0], layer.a.shape[1])
            if key not in shapes:
                raise AdapterError(f"The adapter {name} changes {key}, which {base.id} does not have.")
            if shapes[key].shape != wanted:
                raise AdapterError(
                    f"The adapter {name} changes {key} as {list(wanted)}, but in {base.id} it is "
                    f"{list(shapes[key].shape)}."
                )
            if shapes[key].dtype not in FLOATS:
                raise ModelError(
                    f"{key} of {base.id} is stored as {shapes[key].dtype}, which cannot be merged into.",
                    f"Merge into a base stored as {', '.join(FLOATS)}.",
                )


def merge(weight: npt.NDArray[np.float32], layer: Layer, scale: float) -> npt.NDArray[np.float32]:
    """W + s B A, float32 [out, in]; with a magnitude m [out], each row scaled to that length (DoRA)."""
    update = layer.b.to_float32() @ layer.a.to_float32()
    update *= np.float32(scale)
    update += weight
    if layer.magnitude is not None:
        length = np.linalg.norm(update, axis=1)
        update *= (layer.magnitude.to_float32() / length)[:, None]
    return update


def write_merged(base: Base, adapter: Adapter, name: str, folder: Path) -> None:
    """Write weights, configuration and tokenizer into `folder`. Raises ModelError, AdapterError, OSError."""
    weights = MergedWeights(base, adapter, name)
    for file, content in weights.files.items():
        with (folder / file).open("wb") as out:
            for piece in _pieces(weights, content):
                out.write(piece)
    for beside in _BESIDE:
        if (base.folder / beside).is_file():
            _copy(base.folder / beside, folder / beside)
    if base.template:
        _write_template(base, folder)


def _write_template(base: Base, folder: Path) -> None:
    """Another template than the base's own takes its place, and what ends a turn in it ends an answer."""
    bos = special_tokens(base.folder, read_object(base.folder / "tokenizer_config.json") or {}).get(
        "bos_token"
    )
    source = template_of(base)
    begins = bos is not None and base.renderer.tokenizer.encode(bos) == [first_id(base)]
    if begins and "bos_token" not in source:
        source = "{{ bos_token }}" + source
    (folder / "chat_template.jinja").write_text(source, encoding="utf-8", newline="")
    generation = read_object(folder / "generation_config.json") or {}
    generation["eos_token_id"] = sorted(base.renderer.stop_ids)
    (folder / "generation_config.json").write_bytes(to_json(generation))


def _pieces(weights: MergedWeights, content: StoredFile) -> Iterator[bytes]:
    """A weight file: header, then tensors in the base's order, the unchanged ones as they are."""
    entries = content.entries.items()
    yield header_bytes(((name, e.dtype, e.shape, e.end - e.start) for name, e in entries), {"format": "pt"})
    for name, _ in entries:
        if weights.changed(name):
            yield weights.tensor(content, name).bits.tobytes()
        else:
            yield from content.chunks(name)


def _copy(source: Path, target: Path) -> None:
    """As it is, except for a note of where on this machine it came from, and older words for positions."""
    if source.suffix == ".json" and source.name != INDEX:
        value = read_object(source) or {}
        told = {key: v for key, v in value.items() if key not in _PATHS}
        if source.name == "config.json":
            told = _older_rotary(told) | told
        if told != value:
            target.write_bytes(to_json(told))
            return
    shutil.copyfile(source, target)


def _older_rotary(config: Mapping[str, Any]) -> dict[str, Any]:
    """What transformers 5 keeps under `rope_parameters`, where programs of before look for it.

    Without these, mlx-lm (0.32) would take defaults of its own and answer wrongly. Rotations that differ from
    block to block have no older words.
    """
    rotary = config.get("rope_parameters") or {}
    words = {key: rotary[key] for key in _ROTARY if key in rotary}
    if rotary.get("rope_type", "default") != "default":
        words["rope_scaling"] = {key: value for key, value in rotary.items() if key not in _ROTARY}
    return words


def _refuse_quantized(base: Base) -> None:
    for key in ("quantization", "quantization_config"):
        found: Any = base.config.get(key)
        if isinstance(found, Mapping):
            bits = found.get("bits") or (
                4 if found.get("load_in_4bit") or found.get("_load_in_4bit") else None
            )
            kind = f"{bits}-bit" if bits else str(found.get("quant_method", "quantized"))
            raise ModelError(
                f"{base.id} is stored with {kind} weights ({key} in its config.json); an adapter cannot be "
                "merged into these without rounding it away.",
                "Name the unquantized base with --model, or export it unmerged (--format peft or mlx).",
            )
