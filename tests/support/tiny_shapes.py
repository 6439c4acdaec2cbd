"""Tiny random models of the architectures in use, written by transformers, in folders.

Biases and norms, which start as zeros and ones, are drawn too, and the rotary base is nobody's default, so
that what a backend leaves out shows. Not here: the tiny Llama of most tests (tiny.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engram.models.base import Base
from engram.models.fake import ByteRenderer

CONTEXT = 256
_COMMON = {
    "vocab_size": 300,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
    "initializer_range": 0.15,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}
_THETA = 5000.0
SHAPES: dict[str, dict[str, Any]] = {
    "llama": {"model_type": "llama"},
    "llama 3 positions": {
        "model_type": "llama",
        "rope_parameters": {
            "rope_type": "llama3",
            "rope_theta": _THETA,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32,
        },
    },
    "qwen2": {"model_type": "qwen2", "tie_word_embeddings": True},
    "qwen3": {"model_type": "qwen3", "head_dim": 32},
    "phi": {"model_type": "phi", "num_key_value_heads": 4},
    "phi3": {"model_type": "phi3"},
    "phi3 long": {
        "model_type": "phi3",
        "original_max_position_embeddings": 64,
        "rope_parameters": {
            "rope_type": "longrope",
            "rope_theta": _THETA,
            "short_factor": [1.0, 1.1, 1.3, 1.6, 2.0, 2.5, 3.0, 4.0],
            "long_factor": [1.0, 1.5, 2.5, 4.0, 6.0, 8.0, 12.0, 16.0],
        },
    },
    "phi3 window": {"model_type": "phi3", "sliding_window": 24},
    "gemma3": {
        "model_type": "gemma3_text",
        "tie_word_embeddings": False,
        "head_dim": 16,
        "query_pre_attn_scalar": 16,
        "num_hidden_layers": 4,
        "sliding_window": 12,
        "layer_types": ["sliding_attention", "full_attention"] * 2,
        "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": _THETA},
            "sliding_attention": {"rope_type": "default", "rope_theta": 700.0},
        },
    },
}
"""Name: what is said of it beyond the common sizes."""


def tiny_shape(name: str, folder: Path, seed: int = 0, **changes: Any) -> Base:
    """Save a model of that shape to `folder` and describe it."""
    torch.manual_seed(seed)
    wanted = {"rope_parameters": {"rope_type": "default", "rope_theta": _THETA}, **SHAPES[name], **changes}
    kind = wanted.pop("model_type")
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **{**_COMMON, **wanted}))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    parsed = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Base(name, f"seed-{seed}", folder, parsed, ByteRenderer(), CONTEXT)
