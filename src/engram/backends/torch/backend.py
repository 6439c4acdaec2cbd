"""The door of the PyTorch backend: a base model's folder in, a loaded model out.

Only local safetensors are read and no code that comes with a model is run. Not here: finding or downloading
a model (models/).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from engram.backends.adapters import checked_config
from engram.backends.base import Quantization
from engram.backends.conditional import has_module, holds_lora, read_module
from engram.backends.torch import sharded
from engram.backends.torch.blocks import find_blocks
from engram.backends.torch.conditional import ConditionalMemory
from engram.backends.torch.device import dtype_name, memory_guard, pick_device, pick_dtype
from engram.backends.torch.lora import read_adapter
from engram.backends.torch.model import TorchModel
from engram.backends.torch.processes import Processes, local_device
from engram.backends.torch.unsloth import load_with_unsloth
from engram.errors import MissingBackend, ModelError
from engram.models.base import Base

_MEMORY_HINT = "Use a smaller base model, --dtype bfloat16, or --load-in-4bit on CUDA."


class TorchBackend:
    """Computes with torch. `device` and `dtype` are names, or `auto`; `accelerator` is none or unsloth."""

    name = "torch"

    def __init__(self, device: str = "auto", dtype: str = "auto", accelerator: str = "none") -> None:
        self._device = device
        self._dtype = dtype
        self._rewritten = accelerator == "unsloth"

    def load(
        self, base: Base, adapter: Path | None = None, quantization: Quantization | None = None
    ) -> TorchModel:
        """Raises ModelError, AdapterError, OutOfMemory."""
        device, dtype = self._pick(base)
        lora = adapter if adapter is not None and holds_lora(adapter) else None
        if lora is not None:
            checked_config(lora, base)  # before the base, which takes its time
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)  # so that the peak is this model's alone
        with memory_guard(f"loading {base.id}", _MEMORY_HINT):
            if self._rewritten:
                model = load_with_unsloth(base, device, dtype, quantization is not None)
                model.requires_grad_(False).eval()
            else:
                model = _load_base(base, device, dtype, quantization)
            adapted = read_adapter(model, lora, base) if lora is not None else None
            memory = None
            if adapter is not None and has_module(adapter):
                memory = _with_memory(model, adapter, base, device)
        return TorchModel(base, model, adapted, device, dtype, not self._rewritten, memory)

    def placement(self, base: Base) -> tuple[str, str]:
        """Device and number type by name. Raises ModelError."""
        device, dtype = self._pick(base)
        return device.type, dtype_name(dtype)

    def _pick(self, base: Base) -> tuple[torch.device, torch.dtype]:
        if "group_size" in (base.config.get("quantization") or ()):
            raise ModelError(
                f"The weights of {base.id} are packed in mlx's way, which transformers does not read.",
                "Use --backend mlx, or the model that it was made from.",
            )
        device = local_device(pick_device(self._device))
        weights = sum(file.stat().st_size for file in base.folder.glob("*.safetensors"))
        if not weights:
            raise ModelError(
                f"The folder of {base.id} holds no *.safetensors weights.", "Pull the model again."
            )
        return device, pick_dtype(self._dtype, device, weights)


def _load_base(
    base: Base, device: torch.device, dtype: torch.dtype, quantization: Quantization | None
) -> Any:
    options: dict[str, Any] = {"dtype": dtype}
    if quantization is not None and sharded.is_asked():
        raise ModelError(
            "4-bit weights cannot be spread over several processes.",
            "Leave out --load-in-4bit, or launch without --use_fsdp.",
        )
    if quantization is not None:
        options |= {"quantization_config": _four_bits(device, dtype), "device_map": {"": device}}
    bar_was_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(base.folder), local_files_only=True, use_safetensors=True, trust_remote_code=False, **options
        )
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        raise ModelError(f"{base.id} cannot be loaded: {error}", "Pull the model again.") from error
    finally:
        if bar_was_on:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    model.requires_grad_(False).eval()
    if sharded.is_asked():
        return sharded.shard_base(model, Processes.join(device), device)
    return model if quantization is not None else model.to(device)


def _with_memory(model: Any, folder: Path, base: Base, device: torch.device) -> ConditionalMemory:
    """The memory module of a folder, put on the model. Raises AdapterError."""
    hidden = int(model.config.get_text_config().hidden_size)
    module = read_module(folder, base, hidden, len(find_blocks(model).layers))
    return ConditionalMemory(model, module, device)


def _four_bits(device: torch.device, dtype: torch.dtype) -> Any:
    """NF4 weights, Dettmers et al., QLoRA, arXiv 2305.14314."""
    if device.type != "cuda":
        raise ModelError(
            f"4-bit weights need an NVIDIA GPU; the device is {device.type}.", "Leave out --load-in-4bit."
        )
    try:
        import bitsandbytes  # noqa: F401
    except ImportError as error:
        raise MissingBackend(
            "4-bit weights need bitsandbytes.", "Install Engram with it: pip install '.[torch,cuda4bit]'."
        ) from error
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
    )
