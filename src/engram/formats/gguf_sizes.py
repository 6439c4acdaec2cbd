"""What a GGUF file says about a Llama-shaped network: its sizes, its rotary frequencies, its tensors' names.

llama.cpp keeps the rows of Llama's query and key weights in another order than Hugging Face does, because
its rotary embedding pairs neighbours and not halves; Qwen's stay. Not here: the vocabulary, and writing.
Sources: gguf's constants.py and tensor_mapping.py; llama.cpp's convert_hf_to_gguf.py (LlamaModel, Qwen2Model,
Qwen3Model) for which key means what; transformers' modeling_rope_utils.py for llama3's frequencies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engram.errors import MissingBackend, ModelError
from engram.formats.stored import Stored
from engram.models.base import Base

if TYPE_CHECKING:
    from gguf import GGUFWriter

ARCHITECTURES = {"LlamaForCausalLM": "llama", "Qwen2ForCausalLM": "qwen2", "Qwen3ForCausalLM": "qwen3"}
"""Transformers' class name: llama.cpp's name of the architecture."""
ROPE_FREQS = "rope_freqs.weight"
_SUFFIXES = (".weight", ".bias")
_NOT_WEIGHTS = ".rotary_emb.inv_freq"  # old checkpoints keep these frequencies, which follow from the sizes


class Network:
    """One base as llama.cpp sees it."""

    def __init__(self, base: Base) -> None:
        """Raises ModelError for an architecture or a variant of it that llama.cpp would compute otherwise,
        and MissingBackend without the gguf package."""
        if base.architecture not in ARCHITECTURES:
            raise ModelError(
                f"{base.id} is a {base.architecture}, which is not exported to GGUF.",
                f"Exported are {', '.join(ARCHITECTURES)}; for others use --format merged and llama.cpp's "
                "own convert_hf_to_gguf.py.",
            )
        self.name = ARCHITECTURES[base.architecture]
        self._config = base.config
        self._id = base.id
        self.blocks = self._whole("num_hidden_layers")
        self.heads = self._whole("num_attention_heads")
        self.kv_heads = self._whole("num_key_value_heads", self.heads)
        self.head_size = self._whole("head_dim", self._whole("hidden_size") // self.heads)
        self._rope = _rope(base.config)
        self._refuse_variants()
        gguf = library()
        self._map = gguf.get_tensor_name_map(
            {
                "llama": gguf.MODEL_ARCH.LLAMA,
                "qwen2": gguf.MODEL_ARCH.QWEN2,
                "qwen3": gguf.MODEL_ARCH.QWEN3,
            }[self.name],
            self.blocks,
        )

    def describe(self, writer: GGUFWriter) -> None:
        """Put the sizes into a file's metadata."""
        writer.add_context_length(self._whole("max_position_embeddings"))
        writer.add_embedding_length(self._whole("hidden_size"))
        writer.add_block_count(self.blocks)
        writer.add_feed_forward_length(self._whole("intermediate_size"))
        writer.add_head_count(self.heads)
        writer.add_head_count_kv(self.kv_heads)
        writer.add_key_length(self.head_size)
        writer.add_value_length(self.head_size)
        writer.add_layer_norm_rms_eps(float(self._config.get("rms_norm_eps", 1e-6)))
        writer.add_rope_dimension_count(self.head_size)
        writer.add_rope_freq_base(float(self._rope.get("rope_theta", 10000.0)))
        if self._rope_type == "linear":
            writer.add_rope_scaling_type(library().RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(float(self._rope["factor"]))

    def rope_factors(self) -> npt.NDArray[np.float32] | None:
        """What llama3's rule divides each rotary frequency by: float32 [head_size / 2]; None without it."""
        if self._rope_type != "llama3":
            return None
        theta, rope = float(self._rope.get("rope_theta", 10000.0)), self._rope
        return np.array(
            [
                _llama3_factor(2 * math.pi * theta ** (pair / self.head_size), rope)
                for pair in range(0, self.head_size, 2)
            ],
            dtype=np.float32,
        )

    def tensor_name(self, name: str) -> str | None:
        """llama.cpp's name of a Hugging Face tensor; None for one that is left out. Raises ModelError."""
        if name.endswith(_NOT_WEIGHTS):
            return None
        found: str | None = self._map.get_name(name, try_suffixes=_SUFFIXES)
        if found is None:
            raise ModelError(f"{self._id} holds {name}, which GGUF's {self.name} has no place for.")
        return found

    def ordered(self, name: str, tensor: Stored) -> Stored:
        """Rows as llama.cpp wants them: of a weight or bias [out, ...], or of an adapter's B [out, rank]."""
        if self.name != "llama":
            return tensor
        if ".q_proj." in name:
            return Stored(tensor.dtype, interleaved(tensor.bits, self.heads))
        if ".k_proj." in name:
            return Stored(tensor.dtype, interleaved(tensor.bits, self.kv_heads))
        return tensor

    @property
    def _rope_type(self) -> str:
        return str(self._rope.get("rope_type") or self._rope.get("type") or "default")

    def _refuse_variants(self) -> None:
        config = self._config
        wrong = {
            f"the activation {config.get('hidden_act')!r}": config.get("hidden_act", "silu") != "silu",
            f"rotary scaling {self._rope_type!r}": self._rope_type not in ("default", "linear", "llama3"),
            "sliding windows": bool(config.get("use_sliding_window")),
            "rotary embeddings of a part of each head": float(config.get("partial_rotary_factor", 1)) != 1,
        }
        if found := [what for what, is_so in wrong.items() if is_so]:
            raise ModelError(f"{self._id} uses {found[0]}, with which it is not exported to GGUF.")

    def _whole(self, key: str, missing: int | None = None) -> int:
        value = self._config.get(key)
        value = missing if value is None else value
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ModelError(f"config.json of {self._id}: {key} is {value!r}, not a positive whole number.")
        return value


def library() -> Any:
    """The gguf package. Raises MissingBackend."""
    try:
        import gguf
    except ImportError:
        raise MissingBackend(
            "GGUF files are written with the package gguf, which is not installed.",
            "pip install 'engram[gguf]' adds it.",
        ) from None
    return gguf


def interleaved(rows: npt.NDArray[Any], heads: int) -> npt.NDArray[Any]:
    """Rows [heads * 2 * half, ...]: of each head, first halves and second halves in turn."""
    half = rows.shape[0] // heads // 2
    turned = rows.reshape(heads, 2, half, *rows.shape[1:]).swapaxes(1, 2)
    return np.ascontiguousarray(turned.reshape(rows.shape))


def _rope(config: Mapping[str, Any]) -> dict[str, Any]:
    """Rotary settings: transformers 5 keeps them in rope_parameters, earlier ones in two places."""
    found: dict[str, Any] = {}
    if config.get("rope_theta") is not None:
        found["rope_theta"] = config["rope_theta"]
    for key in ("rope_scaling", "rope_parameters"):
        if isinstance(config.get(key), Mapping):
            found |= config[key]
    return found


def _llama3_factor(wavelength: float, rope: Mapping[str, Any]) -> float:
    """1 for short waves, `factor` for long ones, and a smooth way between them."""
    factor, context = float(rope["factor"]), float(rope["original_max_position_embeddings"])
    low, high = float(rope["low_freq_factor"]), float(rope["high_freq_factor"])
    if wavelength < context / high:
        return 1.0
    if wavelength > context / low:
        return factor
    smooth = (context / wavelength - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)
