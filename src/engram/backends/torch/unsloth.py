"""Loading through Unsloth, which replaces a model's attention, norms and rotations by kernels of its own.

Only for training on NVIDIA GPUs: its models keep another cache, so ours could not make them answer. It wants
other versions of transformers than we do, hence an environment of its own (docs/gpu.md). Written from its
interface (unsloth 2026.10.9, `FastLanguageModel.from_pretrained`) and untested on a GPU. Not here: the
adapter, which is PEFT's as always.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import torch

from engram.errors import MissingBackend, ModelError
from engram.models.base import Base

# It would fetch a file from the Hub to count its users, and look there for the model.
_SILENCE = {"UNSLOTH_DISABLE_STATISTICS": "1", "HF_HUB_OFFLINE": "1"}


def load_with_unsloth(base: Base, device: torch.device, dtype: torch.dtype, in_4bit: bool) -> Any:
    """The frozen base as Unsloth rewrites it. Raises ModelError, or MissingBackend without Unsloth."""
    check_unsloth(device)
    with _silent():
        try:
            from unsloth import FastLanguageModel

            model, _ = FastLanguageModel.from_pretrained(
                model_name=str(base.folder),
                max_seq_length=base.context,
                dtype=dtype,
                load_in_4bit=in_4bit,
                device_map={"": device},
                use_gradient_checkpointing=False,  # ours is switched on by the session
                fix_tokenizer=False,
                trust_remote_code=False,
                local_files_only=True,
            )
        except (ImportError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
            raise ModelError(
                f"Unsloth could not load {base.id}: {error}", "Leave out --accelerator unsloth."
            ) from error
    return model


def check_unsloth(device: torch.device) -> None:
    """Raises ModelError on another device than an NVIDIA GPU, MissingBackend where it is not installed."""
    if device.type != "cuda":
        raise ModelError(
            f"Unsloth needs an NVIDIA GPU; the device is {device.type}.", "Leave out --accelerator unsloth."
        )
    if find_spec("unsloth") is None:
        raise MissingBackend(
            "Unsloth is not installed.", "It needs an environment of its own: docs/gpu.md says how."
        )


@contextmanager
def _silent() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _SILENCE}
    os.environ.update(_SILENCE)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
