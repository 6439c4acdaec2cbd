"""A tiny Hugging Face model folder, made on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 320,
    "max_position_embeddings": 64,
    "eos_token_id": 0,
}
SETTINGS: dict[str, Any] = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": {"__type": "AddedToken", "content": "<|im_start|>", "lstrip": False},
    "eos_token": "<|im_end|>",
    "chat_template": CHATML,
}


def byte_tokenizer() -> Tokenizer:
    """Ids 0-2 are the special tokens, 3-258 the bytes."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL])
    return tokenizer


def write_json(folder: Path, name: str, value: Any) -> None:
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


def make_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    write_json(folder, "config.json", CONFIG)
    write_json(folder, "tokenizer_config.json", SETTINGS)
    save_file({"w": np.arange(6, dtype=np.float32)}, folder / "model.safetensors")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "tiny")


@pytest.fixture
def config(folder: Path) -> Callable[..., None]:
    """Rewrite config.json with changes; a value of None takes the key away."""

    def change(**changes: Any) -> None:
        merged = {**CONFIG, **changes}
        write_json(folder, "config.json", {k: v for k, v in merged.items() if v is not None})

    return change


@pytest.fixture
def settings(folder: Path) -> Callable[..., None]:
    """The same for tokenizer_config.json."""

    def change(**changes: Any) -> None:
        merged = {**SETTINGS, **changes}
        write_json(folder, "tokenizer_config.json", {k: v for k, v in merged.items() if v is not None})

    return change


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A Hub cache with one whole model, one without weights, one data set, and nothing else."""
    root = tmp_path / "hub"
    commits = {"models--Qwen--Qwen2-0.5B-Instruct": "a" * 40, "models--me--mine": "b" * 40}
    for name, commit in {**commits, "models--me--cut": "c" * 40, "datasets--me--rows": "d" * 40}.items():
        (root / name / "refs").mkdir(parents=True)
        (root / name / "blobs").mkdir()
        (root / name / "refs" / "main").write_text(commit)
        make_folder(root / name / "snapshots" / commit)
    (root / "models--me--cut" / "snapshots" / ("c" * 40) / "model.safetensors").unlink()
    return root
