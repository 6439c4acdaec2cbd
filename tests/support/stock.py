"""Adapters made, saved and loaded by the stock programs, as references for ours: PEFT and mlx-lm themselves.

Not here: any code of Engram's but the description of a base.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import torch
from mlx.utils import tree_flatten, tree_map
from mlx_lm.tuner.utils import linear_to_lora_layers, load_adapters
from mlx_lm.utils import load_model
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

from engram.models.base import Base

IDS = np.array([[72, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100]], dtype=np.int32)
Logits = npt.NDArray[np.float32]


def make_peft(folder: Path, base: Base, dtype: torch.dtype = torch.float32, **config: Any) -> Path:
    """A random adapter, saved by PEFT itself."""
    torch.manual_seed(3)
    settings = {"r": 4, "lora_alpha": 12, "target_modules": ["q_proj", "down_proj"], "task_type": "CAUSAL_LM"}
    model = get_peft_model(_torch_model(base.folder), LoraConfig(**{**settings, **config}))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(_wobbled(name, parameter).to(dtype))
                parameter.data = parameter.data.to(dtype)
    model.save_pretrained(folder, save_embedding_layers=False)
    return folder


def _wobbled(name: str, parameter: torch.Tensor) -> torch.Tensor:
    noise = torch.randn(parameter.shape)
    return parameter * (1 + 0.1 * noise) if "magnitude" in name else 0.1 * noise


def make_mlx(
    folder: Path,
    base: Base,
    dora: bool = False,
    num_layers: int = 1,
    dtype: Any = mx.float32,
    **parameters: Any,
) -> Path:
    """A random adapter, saved as mlx-lm's trainer saves one."""
    mx.random.seed(4)
    settings: dict[str, Any] = {"rank": 4, "scale": 3.0, "dropout": 0.0, **parameters}
    model, _ = load_model(base.folder)
    model.freeze()
    linear_to_lora_layers(model, num_layers, settings, use_dora=dora)
    noisy = tree_map(
        lambda t: (t + 0.1 * mx.random.normal(t.shape)).astype(dtype), model.trainable_parameters()
    )
    folder.mkdir()
    mx.save_safetensors(str(folder / "adapters.safetensors"), dict(tree_flatten(noisy)))
    config = {
        "fine_tune_type": "dora" if dora else "lora",
        "num_layers": num_layers,
        "lora_parameters": settings,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def torch_logits(model: Path, adapter: Path | None = None) -> Logits:
    """float32 [seq, vocabulary], by transformers and PEFT."""
    loaded: Any = _torch_model(model)
    if adapter:
        loaded = PeftModel.from_pretrained(loaded, str(adapter))
    with torch.no_grad():
        logits: Logits = loaded.eval()(torch.tensor(IDS).long()).logits[0].float().numpy()
    return logits


def mlx_logits(model: Path, adapter: Path | None = None) -> Logits:
    """float32 [seq, vocabulary], by mlx-lm."""
    loaded, _ = load_model(model)
    loaded.set_dtype(mx.float32)
    if adapter:
        load_adapters(loaded, str(adapter))
    loaded.eval()
    return np.array(loaded(mx.array(IDS))[0].astype(mx.float32))


def _torch_model(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
