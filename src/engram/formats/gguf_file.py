"""GGUF files, llama.cpp's format: a whole model, with or without an adapter merged in, or the adapter alone.

Weights keep the number type in which they are stored; vectors become float32, as llama.cpp wants them.
Written tensor by tensor. Not here: quantizing, which llama.cpp's llama-quantize does afterwards.
Format: docs/gguf.md of github.com/ggml-org/ggml; for adapters, llama.cpp's convert_lora_to_gguf.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engram.errors import AdapterError, ModelError
from engram.formats.adapter import Adapter
from engram.formats.gguf_sizes import ROPE_FREQS, Network, library
from engram.formats.gguf_vocabulary import Vocabulary, read_vocabulary
from engram.formats.merged import MergedWeights
from engram.formats.stored import FLOATS, Stored, StoredFile
from engram.models.base import Base

if TYPE_CHECKING:
    from gguf import GGUFWriter

Tensor = tuple[str, str, tuple[int, ...], Callable[[], npt.NDArray[Any]]]
"""GGUF's name of a tensor, its number type in safetensors' terms, its shape, and how to get its numbers."""


def write_model(base: Base, adapter: Adapter | None, name: str, file: Path) -> Vocabulary:
    """Write the base to `file`, with the adapter merged in if there is one; its vocabulary.

    Raises ModelError and AdapterError for what GGUF, or this writer, cannot express.
    """
    network, vocabulary = Network(base), read_vocabulary(base)
    weights = MergedWeights(base, adapter, name)
    tensors = list(_model_tensors(network, weights, base))
    writer = library().GGUFWriter(None, network.name)
    writer.add_type("model")
    writer.add_name(base.id if adapter is None else f"{base.id} with {name}")
    writer.add_file_type(_file_type({dtype for _, dtype, shape, _ in tensors if len(shape) > 1}))
    writer.add_vocab_size(len(vocabulary.tokens))
    network.describe(writer)
    vocabulary.describe(writer)
    _write(writer, tensors, file)
    return vocabulary


def write_adapter(base: Base, adapter: Adapter, name: str, file: Path) -> None:
    """Write the adapter alone, for llama.cpp's --lora beside a GGUF of the bare base.

    Raises ModelError and AdapterError for what GGUF cannot express: DoRA, for instance.
    """
    if adapter.dora:
        raise AdapterError(
            f"The adapter {name} is a DoRA; llama.cpp's adapters have no magnitudes.",
            "Export it merged: --format gguf.",
        )
    network = Network(base)
    MergedWeights(base, adapter, name)  # does it fit this base?
    writer = library().GGUFWriter(None, network.name)
    writer.add_type("adapter")
    writer.add_name(name)
    writer.add_string("adapter.type", "lora")
    # llama.cpp scales by alpha / rank, in float32.
    writer.add_float32("adapter.lora.alpha", adapter.scale * adapter.rank)
    _write(writer, list(_adapter_tensors(network, adapter)), file)


def _model_tensors(network: Network, weights: MergedWeights, base: Base) -> Iterable[Tensor]:
    factors = network.rope_factors()
    if factors is not None:
        yield ROPE_FREQS, "F32", factors.shape, _Held(Stored("F32", factors))
    for name, entry, content in weights.entries():
        theirs = network.tensor_name(name)
        if theirs is None:
            continue
        if entry.dtype not in FLOATS:
            raise ModelError(
                f"{name} of {base.id} is stored as {entry.dtype}, which is not exported to GGUF."
            )
        dtype = entry.dtype if len(entry.shape) > 1 else "F32"
        yield theirs, dtype, entry.shape, _Lazily(network, weights, content, name)


def _adapter_tensors(network: Network, adapter: Adapter) -> Iterable[Tensor]:
    for path, layer in adapter.layers.items():
        name = f"{path}.weight"
        turned = network.ordered(name, layer.b)
        for half, tensor in (("lora_a", layer.a), ("lora_b", turned)):
            yield f"{network.tensor_name(name)}.{half}", tensor.dtype, tensor.shape, _Held(tensor)


class _Held:
    """Numbers that are in memory already."""

    def __init__(self, tensor: Stored) -> None:
        self._tensor = tensor

    def __call__(self) -> npt.NDArray[Any]:
        return self._tensor.bits


class _Lazily:
    """One weight of the model, read, merged and put into llama.cpp's order when it is asked for."""

    def __init__(self, network: Network, weights: MergedWeights, content: StoredFile, name: str) -> None:
        self._network, self._weights, self._content, self._name = network, weights, content, name

    def __call__(self) -> npt.NDArray[Any]:
        tensor = self._network.ordered(self._name, self._weights.tensor(self._content, self._name))
        return tensor.to_float32() if len(tensor.shape) == 1 else tensor.bits


def _write(writer: GGUFWriter, tensors: list[Tensor], file: Path) -> None:
    kinds = library().GGMLQuantizationType
    for name, dtype, shape, _ in tensors:
        kind = np.dtype(FLOATS[dtype])
        writer.add_tensor_info(name, shape, kind, int(np.prod(shape)) * kind.itemsize, raw_dtype=kinds[dtype])
    try:
        writer.write_header_to_file(file)
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for *_, numbers in tensors:
            writer.write_tensor_data(numbers())
    finally:
        writer.close()


def _file_type(dtypes: set[str]) -> int:
    kinds = library().LlamaFileType
    order = {"BF16": kinds.MOSTLY_BF16, "F16": kinds.MOSTLY_F16, "F32": kinds.ALL_F32}
    return int(next(value for dtype, value in order.items() if dtype in dtypes))
