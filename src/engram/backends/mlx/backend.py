"""The door of the mlx backend: a base model's folder in, a loaded model out.

Only local safetensors are read and no code that comes with a model is run. Not here: finding or downloading
a model (models/).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx import nn
from mlx_lm.models.cache import make_prompt_cache
from mlx_lm.utils import load_model

from engram.backends.base import Quantization
from engram.backends.mlx.device import device_name, dtype_name, memory_guard, pick_dtype
from engram.backends.mlx.lora import read_adapter
from engram.backends.mlx.model import MlxModel
from engram.errors import ModelError
from engram.models.base import Base

_MEMORY_HINT = "Use a smaller base model, or one that is stored in 4 bits."
_GROUP, _BITS = 64, 4


class MlxBackend:
    """Computes with mlx, on the GPU of an Apple chip where there is one. `dtype` is a name, or `auto`."""

    name = "mlx"

    def __init__(self, dtype: str = "auto") -> None:
        self._dtype = dtype

    def load(
        self, base: Base, adapter: Path | None = None, quantization: Quantization | None = None
    ) -> MlxModel:
        """Raises ModelError, AdapterError, OutOfMemory."""
        dtype = self._pick(base)
        mx.reset_peak_memory()
        with memory_guard(f"loading {base.id}", _MEMORY_HINT):
            model = _load_base(base, dtype, quantization)
            if adapter is not None:
                read_adapter(model, adapter, base)
        return MlxModel(base, model, adapter is not None, dtype)

    def placement(self, base: Base) -> tuple[str, str]:
        """Device and number type by name. Raises ModelError."""
        return device_name(), dtype_name(self._pick(base))

    def _pick(self, base: Base) -> mx.Dtype:
        weights = sum(file.stat().st_size for file in base.folder.glob("model*.safetensors"))
        if not weights:
            raise ModelError(
                f"The folder of {base.id} holds no model*.safetensors weights.", "Pull the model again."
            )
        return pick_dtype(self._dtype, weights)


def _load_base(base: Base, dtype: mx.Dtype, quantization: Quantization | None) -> Any:
    try:
        model, _ = load_model(base.folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelError(f"{base.id} cannot be loaded by mlx-lm: {error}", "Use --backend torch.") from error
    kinds = {type(cache).__name__ for cache in make_prompt_cache(model)}
    if kinds != {"KVCache"}:
        raise ModelError(
            f"Not every block of {base.id} attends to all that was read before ({', '.join(sorted(kinds))}); "
            "the mlx backend cannot answer in batches with such a model yet.",
            "Use --backend torch.",
        )
    stored_quantized = any(isinstance(module, nn.QuantizedLinear) for _, module in model.named_modules())
    if not stored_quantized:
        model.set_dtype(dtype)
        if quantization is not None:
            nn.quantize(model, group_size=_GROUP, bits=_BITS)
    mx.eval(model.parameters())
    return model.eval()
