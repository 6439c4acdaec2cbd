"""The door of the mlx backend: a base model's folder in, a loaded model out.

Only local safetensors are read and no code that comes with a model is run. Not here: finding or downloading
a model (models/).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx import nn
from mlx.utils import tree_flatten
from mlx_lm.utils import load_model

from engram.backends.adapters import checked_config
from engram.backends.base import Quantization
from engram.backends.conditional import has_module, holds_lora, read_module
from engram.backends.mlx.conditional import ConditionalMemory
from engram.backends.mlx.config import check_read, faithful_length, in_mlx_words
from engram.backends.mlx.device import DTYPES, device_name, dtype_name, is_small, memory_guard, pick_dtype
from engram.backends.mlx.engine import cache_kinds
from engram.backends.mlx.layout import keep_both_layouts
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
        lora = adapter if adapter is not None and holds_lora(adapter) else None
        config = None if lora is None else checked_config(lora, base)  # before the base, which takes time
        memory = None
        mx.reset_peak_memory()
        with memory_guard(f"loading {base.id}", _MEMORY_HINT):
            model = _load_base(base, dtype, quantization)
            if lora is not None and config is not None:
                read_adapter(model, lora, config, base)
            if adapter is not None and has_module(adapter):
                hidden, depth = int(model.args.hidden_size), len(model.layers)
                memory = ConditionalMemory(model, read_module(adapter, base, hidden, depth))
        return MlxModel(_as_far_as_faithful(base, model), model, lora is not None, dtype, memory)

    def placement(self, base: Base) -> tuple[str, str]:
        """Device and number type by name. Raises ModelError."""
        return device_name(), dtype_name(self._pick(base))

    def _pick(self, base: Base) -> mx.Dtype:
        files = sorted(base.folder.glob("model*.safetensors"))
        if not files:
            raise ModelError(
                f"The folder of {base.id} holds no model*.safetensors weights.", "Pull the model again."
            )
        return pick_dtype(
            self._dtype, sum(file.stat().st_size for file in files), _scales_dtype(base, files[0])
        )


def _load_base(base: Base, dtype: mx.Dtype, quantization: Quantization | None) -> Any:
    words = in_mlx_words(base.config)
    try:
        model, _ = load_model(base.folder, model_config=words)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ModelError(f"{base.id} cannot be loaded by mlx-lm: {error}", "Use --backend torch.") from error
    check_read({**base.config, **words}, model.args, base.id)
    if strange := cache_kinds(model) - {"KVCache", "RotatingKVCache"}:
        raise ModelError(
            f"Blocks of {base.id} remember in a way ({', '.join(sorted(strange))}) in which the mlx backend "
            "cannot answer in batches yet.",
            "Use --backend torch.",
        )
    stored_quantized = any(isinstance(module, nn.QuantizedLinear) for _, module in model.named_modules())
    model.set_dtype(dtype)  # packed weights are whole numbers and stay; their scales and all else change
    if quantization is not None and not stored_quantized:
        nn.quantize(model, group_size=_GROUP, bits=_BITS)
    if is_small(sum(weight.nbytes for _, weight in tree_flatten(model.parameters()))):
        keep_both_layouts(model)
    mx.eval(model.parameters())
    return model.eval()


def _scales_dtype(base: Base, file: Path) -> mx.Dtype | None:
    """The number type of the scales of weights that are stored packed, None for others; reads no tensor."""
    if "quantization" not in base.config:
        return None
    try:
        stored = mx.load(str(file))
    except RuntimeError:
        return None  # loading will say what is wrong with it
    kinds = [tensor.dtype for name, tensor in stored.items() if name.endswith(".scales")]
    return next((kind for kind in kinds if kind in DTYPES.values()), None)


def _as_far_as_faithful(base: Base, model: Any) -> Base:
    """`base`, with no more context than mlx-lm computes as transformers does."""
    config = {**base.config, **in_mlx_words(base.config)}
    limit = faithful_length(config, windows="RotatingKVCache" in cache_kinds(model))
    return base if limit is None or limit >= base.context else replace(base, context=limit)
