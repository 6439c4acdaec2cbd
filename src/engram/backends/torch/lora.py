"""LoRA adapters in PEFT's terms: make one, read one, write one, and compute with it cheaply.

PEFT owns the layers, names and files. Only the arithmetic of plain LoRA layers is replaced, because PEFT's
makes a full-size product, sum and copy per layer: here training folds the update into the weight on the
fly (`_Folded`), and inference adds it with one fused call. Not here: losses and optimizers (train.py).
"""

from __future__ import annotations

import warnings
from enum import Enum
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn import functional as F

from engram.backends.adapters import WEIGHTS, check_fit, layer_names, unreadable
from engram.backends.base import AdapterSpec, AdapterWeights
from engram.backends.torch.blocks import find_blocks
from engram.errors import AdapterError
from engram.models.base import Base

_NAME = "default"  # PEFT's name for the only adapter
# Up to this many elements the sum of weight and adapter is kept beside the two: 4 MB a layer, and answers
# come nearly as fast as from a merged model, though nothing is merged and the adapter can be taken off.
_KEPT_ELEMENTS = 2**20


def fresh_adapter(model: nn.Module, spec: AdapterSpec) -> PeftModel:
    """Wrap `model` with a new adapter that changes nothing yet (B = 0); A is drawn from torch's generator."""
    blocks = find_blocks(model)
    first = first_adapted_block(model, spec)
    config = LoraConfig(
        r=spec.rank,
        lora_alpha=spec.alpha,  # type: ignore[arg-type]  # PEFT means a number
        lora_dropout=spec.dropout,
        target_modules=sorted(layer_names(blocks.linear_paths, spec.target_modules)),
        layers_to_transform=list(range(first, len(blocks.layers))) if first else None,
        use_rslora=spec.rank_stabilized,
        task_type="CAUSAL_LM",
    )
    return _wrap(model, config)


def first_adapted_block(model: nn.Module, spec: AdapterSpec) -> int:
    """Index of the lowest block that the adapter covers; 0 when it covers all."""
    blocks = len(find_blocks(model).layers)
    covered = spec.num_layers or (blocks + 1) // 2
    return blocks - covered if 0 < covered < blocks else 0


def read_adapter(model: nn.Module, folder: Path, base: Base) -> PeftModel:
    """Wrap `model` with the adapter in a PEFT folder that `checked_config` let through.

    Raises AdapterError if it is unreadable or does not fit tensor by tensor.
    """
    config, tensors = _read_folder(folder)
    try:
        adapted = _wrap(model, config)
    except (ValueError, TypeError) as error:
        raise AdapterError(f"The adapter {folder.name} does not fit {base.id}: {error}") from error
    expected, found = (
        {name: tuple(t.shape) for name, t in group.items()} for group in (_state(adapted), tensors)
    )
    check_fit(expected, found, folder, base)
    set_peft_model_state_dict(adapted, tensors)
    adapted.requires_grad_(False)
    return adapted


def export_adapter(adapted: PeftModel, base: Base) -> AdapterWeights:
    """Tensors and configuration as `peft.PeftModel.from_pretrained` reads them; no local path in them."""
    tensors = {name: t.detach().float().cpu().numpy().copy() for name, t in _state(adapted).items()}
    config = {key: _plain(value) for key, value in adapted.peft_config[_NAME].to_dict().items()}
    config |= {"base_model_name_or_path": base.id, "revision": base.revision, "inference_mode": True}
    return AdapterWeights(tensors, config)


def _state(adapted: PeftModel) -> dict[str, Tensor]:
    """The adapter's tensors by PEFT name. PEFT's default would ask the Hub whether embeddings changed."""
    state: dict[str, Tensor] = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    return state


def _wrap(model: nn.Module, config: LoraConfig) -> PeftModel:
    with warnings.catch_warnings():
        # PEFT reads an attribute that transformers is about to rename; no user can act on it.
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
        adapted = PeftModel(model, config, adapter_name=_NAME)
    for module in adapted.modules():
        if isinstance(module, LoraLayer) and _is_plain(module, config):
            module.forward = _PlainLora(module)
    return adapted


def _is_plain(module: LoraLayer, config: LoraConfig) -> bool:
    """True for vanilla LoRA on an ordinary linear layer (not quantized, no DoRA, no bias of its own)."""
    return type(module.get_base_layer()) is nn.Linear and not module.lora_variant and not config.lora_bias


class _PlainLora:
    """y = x W' + b with W' = W + s B A, for one PEFT layer; obeys PEFT's own switches."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._stock = type(layer).forward
        self._linear = layer.get_base_layer()
        self._down, self._up = layer.lora_A[_NAME].weight, layer.lora_B[_NAME].weight  # [r, in], [out, r]
        self._scale = float(layer.scaling[_NAME])
        self._dropout = not isinstance(layer.lora_dropout[_NAME], nn.Identity)
        inner, outer = self._down.shape[1], self._up.shape[0]
        self._many = inner * outer // (inner + outer)  # tokens for which folding is the lesser work
        spread = isinstance(self._linear.weight, DTensor)  # then it is whole for moments only
        self._keeps = inner * outer <= _KEPT_ELEMENTS and not spread
        self._kept: tuple[tuple[int, ...], Tensor] | None = None
        # Folding in a coarser type would round the update away.
        self._exact = self._linear.weight.dtype == torch.float32

    def __call__(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        layer = self._layer
        if layer.disable_adapters or layer.merged:
            self._kept = None  # merging changes the weight behind its version's back
            return self._linear(x)
        if not self._exact or (self._dropout and layer.training) or args or kwargs:
            return self._stock(layer, x, *args, **kwargs)
        weight, bias = self._linear.weight, self._linear.bias
        if torch.is_grad_enabled():
            return _Folded.apply(x, weight, bias, self._down, self._up, self._scale)  # type: ignore[no-untyped-call]
        if self._keeps or x.numel() > self._many * x.shape[-1]:
            return F.linear(x, self._folded(), bias)
        flat = x.reshape(-1, x.shape[-1])  # [tokens, in]
        y = F.linear(flat, weight, bias)
        y.addmm_(F.linear(flat, self._down), self._up.t(), alpha=self._scale)
        return y.view(*x.shape[:-1], -1)

    def _folded(self) -> Tensor:
        """W + s B A; a small one is kept until one of the three changes."""
        parts = self._linear.weight, self._up, self._down
        versions = tuple(number for part in parts for number in (part.data_ptr(), part._version))
        if self._kept is not None and self._kept[0] == versions:
            return self._kept[1]
        folded = torch.addmm(*parts, alpha=self._scale)
        self._kept = (versions, folded) if self._keeps else None
        return folded


class _Folded(torch.autograd.Function):
    """x (W + s B A)^T + b with gradients for x, A and B only.

    One large product each way instead of one large and two small ones with full-size sums. W + s B A costs
    as much as `rank` more tokens; it is made again in the backward pass rather than kept.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, scale: float
    ) -> Tensor:
        ctx.save_for_backward(x, weight, down, up)
        ctx.scale = scale
        return F.linear(x, torch.addmm(weight, up, down, alpha=scale), bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        x, weight, down, up = ctx.saved_tensors
        grad = grads[0].reshape(-1, weight.shape[0])  # [tokens, out]
        flat = x.reshape(-1, weight.shape[1])  # [tokens, in]
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = (grad @ torch.addmm(weight, up, down, alpha=ctx.scale)).view(x.shape)
        low = (grad @ up).mul_(ctx.scale)  # [tokens, r]
        grad_up = grad.t() @ (flat @ down.t()).mul_(ctx.scale)
        return grad_x, None, None, low.t() @ flat, grad_up, None


def _read_folder(folder: Path) -> tuple[LoraConfig, dict[str, Tensor]]:
    try:
        return LoraConfig.from_pretrained(str(folder)), load_file(folder / WEIGHTS)
    except (OSError, ValueError, TypeError, AttributeError, SafetensorError) as error:
        raise unreadable(folder, error) from error


def _plain(value: Any) -> Any:
    """PEFT's configuration holds sets and enums; JSON does not."""
    if isinstance(value, Enum):
        return value.value
    return sorted(value) if isinstance(value, set) else value
