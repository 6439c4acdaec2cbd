"""A tiny random Llama (2 blocks, hidden 64) in a folder, with the byte tokenizer: real code, no knowledge.

Not here: anything it could be right about.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from engram.backends.base import Batch, Ids
from engram.models.base import Base
from engram.models.fake import ByteRenderer
from engram.training.batches import make_batch
from engram.types import Message

CONTEXT = 256


def tiny_base(folder: Path, seed: int = 0, near_ties: bool = False) -> Base:
    """Save the model to `folder` and describe it. Weights are drawn wide, so that answers differ by prompt.

    `near_ties` makes the even rows of the vocabulary head equal to the odd ones but for rounding errors.
    """
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        initializer_range=0.15,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    if near_ties:
        with torch.no_grad():
            head = model.lm_head.weight
            head[::2] = head[1::2] * (1 + 2e-7 * torch.randn(150, 1))
    model.save_pretrained(folder)
    parsed = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Base("tiny", f"seed-{seed}", folder, parsed, ByteRenderer(), CONTEXT)


def random_prompts(count: int, longest: int = 60, seed: int = 0) -> list[Ids]:
    """Printable bytes, 3 to `longest` tokens each."""
    random = np.random.default_rng(seed)
    return [random.integers(32, 127, random.integers(3, longest + 1)).astype(np.int32) for _ in range(count)]


def batch_of(
    base: Base, pairs: Sequence[tuple[str, str]], anchored: Sequence[bool] = (), first_id: int = 0
) -> Batch:
    """Questions and answers as one batch; row ids count from `first_id`."""
    rows = [
        base.renderer.conversation([Message("user", question), Message("assistant", answer)])
        for question, answer in pairs
    ]
    return make_batch(rows, range(first_id, first_id + len(rows)), anchored or [False] * len(rows))
