"""What one format says and the other cannot is refused by name, and then nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.support.stock import make_mlx, make_peft

from engram.errors import AdapterError
from engram.formats.convert import convert
from engram.models.base import Base

Tensors = dict[str, np.ndarray[Any, Any]]
Q = "model.layers.1.self_attn.q_proj"
P = f"base_model.model.{Q}"


def without(part: str) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        for name in [name for name in tensors if part in name]:
            del tensors[name]

    return change


def put(name: str, *shape: int, dtype: Any = np.float32) -> Callable[[Tensors], None]:
    return lambda tensors: tensors.update({name: np.ones(shape, dtype)})


def renamed(before: str, after: str) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        for name in [name for name in tensors if before in name]:
            tensors[name.replace(before, after)] = tensors.pop(name)

    return change


# What is changed in adapter_config.json or the tensors of a sound folder: what is said.
PEFT: dict[str, tuple[dict[str, Any] | Callable[[Tensors], None], str]] = {
    "another kind": ({"peft_type": "LOHA"}, "type 'LOHA', not LORA"),
    "no kind": ({"peft_type": None}, "type None"),
    "another task": ({"task_type": "SEQ_CLS"}, "'SEQ_CLS'"),
    "ranks by layer": ({"rank_pattern": {"q_proj": 8}}, "rank_pattern"),
    "alphas by layer": ({"alpha_pattern": {"q_proj": 8}}, "alpha_pattern"),
    "biases": ({"bias": "lora_only"}, "bias 'lora_only'"),
    "bias in B": ({"lora_bias": True}, "lora_bias"),
    "whole layers": ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
    "the other way round": ({"fan_in_fan_out": True}, "fan_in_fan_out"),
    "tokens": ({"trainable_token_indices": [1]}, "trainable_token_indices"),
    "parameters": ({"target_parameters": ["x"]}, "target_parameters"),
    "repeated blocks": ({"layer_replication": [[0, 2]]}, "layer_replication"),
    "invoked": ({"alora_invocation_tokens": [1]}, "alora_invocation_tokens"),
    "something new": ({"use_something_new": True}, "use_something_new, which is not known"),
    "PiSSA": ({"init_lora_weights": "pissa"}, "'pissa'.*changed the base"),
    "not the last blocks": ({"layers_to_transform": [0]}, "declares the blocks"),
    "blocks without tensors": ({"layers_to_transform": [0, 1, 2]}, "declares the blocks"),
    "blocks of nonsense": ({"layers_to_transform": {"a": 1}}, "declares the blocks"),
    "a target without tensors": ({"target_modules": ["q_proj", "down_proj", "k_proj"]}, "no tensors for it"),
    "tensors without a target": ({"target_modules": ["q_proj"]}, "not among its target_modules"),
    "another rank": ({"r": 8}, r"not rank 8"),
    "a rank of text": ({"r": "8"}, "its r is '8'"),
    "a rank of zero": ({"r": 0}, "its r is 0"),
    "no alpha": ({"lora_alpha": None}, "its lora_alpha is None"),
    "endless alpha": ({"lora_alpha": float("inf")}, "its lora_alpha is inf"),
    "DoRA in words only": ({"use_dora": True}, "lacks DoRA magnitudes"),
    "one rank different": (put(f"{P}.lora_A.weight", 8, 64), r"not rank 4"),
    "half a pair": (without(f"{P}.lora_B.weight"), f"half B of {Q} is missing"),
    "embeddings": (put("base_model.model.model.embed_tokens.lora_embedding_A", 4, 300), "adapts embeddings"),
    "the head": (
        renamed(Q, "lm_head"),
        "lm_head is no plain layer of a block",
    ),
    "an expert": (renamed("mlp.down_proj", "mlp.experts.0.down_proj"), "no plain layer of a block"),
    "GPT-2": (renamed("model.layers", "transformer.h"), "no plain layer of a block"),
    "something else": (put("base_model.model.score.weight", 2, 2), "score.weight, which is no part"),
    "another prefix": (renamed("base_model.model.", "base."), "no part of a LoRA adapter"),
    "a block less": (renamed("layers.0.", "layers.4."), "block 2 lacks"),
    "a layer less": (
        without(P),
        "block 1 lacks self_attn.q_proj",
    ),
    "one magnitude": (put(f"{P}.lora_magnitude_vector", 64), "some have none"),
    "odd magnitude": (put(f"{P}.lora_magnitude_vector", 63), r"\[63\], not \[64\]"),
    "integers": (put(f"{P}.lora_A.weight", 4, 64, dtype=np.int32), "I32"),
    "no tensors": (lambda t: t.clear(), "holds no tensors"),
    "not numbers": (lambda t: t[f"{P}.lora_A.weight"].fill(np.nan), "not finite"),
}  # fmt: skip
MLX: dict[str, tuple[dict[str, Any] | Callable[[Tensors], None], str]] = {
    "full": ({"fine_tune_type": "full"}, "fine_tune_type is 'full'"),
    "no parameters": ({"lora_parameters": None}, "no lora_parameters"),
    "alpha instead of scale": (
        {"lora_parameters": {"rank": 4, "alpha": 8, "dropout": 0.0}}, "hold alpha, which mlx-lm does not know"
    ),
    "no scale": ({"lora_parameters": {"rank": 4}}, "its scale is None"),
    "DoRA in words only": ({"fine_tune_type": "dora"}, "'dora', which its tensors are not"),
    "blocks of text": ({"num_layers": "all"}, "num_layers is 'all'"),
    "more blocks than tensors": (without("layers.0."), "last 2"),
    "fewer blocks than tensors": ({"num_layers": 1}, "last 1 blocks, but has tensors for 2"),
    "a key without tensors": (
        {"lora_parameters": {"rank": 4, "scale": 3.0, "keys": ["self_attn.q_proj", "self_attn.k_proj"]}},
        "declares 'self_attn.k_proj'",
    ),
    "tensors without a key": (
        {"lora_parameters": {"rank": 4, "scale": 3.0, "keys": []}}, "not among its keys"
    ),
    "keys of nonsense": ({"lora_parameters": {"rank": 4, "scale": 3.0, "keys": [1]}}, "not a list of layer"),
    "the other way round": (put(f"{Q}.lora_a", 4, 64), "not rank 4"),
    "half a pair": (without(f"{Q}.lora_a"), f"half A of {Q} is missing"),
    "experts in one": (put(f"{Q}.lora_a", 2, 64, 4), "not rank 4"),
    "embeddings": (
        lambda t: t.update({f"model.embed_tokens.lora_{h}": np.ones((4, 4), "f4") for h in "ab"}),
        "embed_tokens is no plain layer of a block",
    ),
    "a bare weight": (put("model.norm.weight", 64), "norm.weight, which is no part"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(base: Base, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("sound")
    return {
        "peft": make_peft(place / "peft", base),
        "mlx": make_mlx(place / "mlx", base, num_layers=2, keys=["self_attn.q_proj"]),
    }


def changed(source: Path, to: Path, change: dict[str, Any] | Callable[[Tensors], None], weights: str) -> Path:
    """A copy of a sound folder with keys of its configuration, or its tensors, changed."""
    to.mkdir()
    config = json.loads((source / "adapter_config.json").read_text())
    tensors = load_file(source / weights)
    if isinstance(change, dict):
        config |= change
    else:
        change(tensors)
    (to / "adapter_config.json").write_text(json.dumps(config))
    save_file(tensors, to / weights)
    return to


def test_the_sound_ones_convert(sound: dict[str, Path], tmp_path: Path) -> None:
    convert(
        changed(sound["peft"], tmp_path / "p", {}, "adapter_model.safetensors"), "mlx", tmp_path / "to_mlx"
    )
    convert(changed(sound["mlx"], tmp_path / "m", {}, "adapters.safetensors"), "peft", tmp_path / "to_peft")


@pytest.mark.parametrize("case", PEFT)
def test_peft_that_mlx_lm_cannot_say(sound: dict[str, Path], tmp_path: Path, case: str) -> None:
    change, words = PEFT[case]
    source = changed(sound["peft"], tmp_path / "theirs", change, "adapter_model.safetensors")
    with pytest.raises(AdapterError, match=words) as said:
        convert(source, "mlx", tmp_path / "out", blocks=2)
    assert "theirs" in said.value.message and [path.name for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize("case", MLX)
def test_mlx_lm_that_peft_cannot_say(sound: dict[str, Path], tmp_path: Path, case: str) -> None:
    change, words = MLX[case]
    source = changed(sound["mlx"], tmp_path / "theirs", change, "adapters.safetensors")
    with pytest.raises(AdapterError, match=words) as said:
        convert(source, "peft", tmp_path / "out")
    assert "theirs" in said.value.message and [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_blocks_that_are_not_the_last(base: Base, tmp_path: Path) -> None:
    source = make_peft(tmp_path / "lower", base, layers_to_transform=[0])
    with pytest.raises(AdapterError, match=r"lower cannot .* ends with block 0 of 0 to 1"):
        convert(source, "mlx", tmp_path / "out", blocks=2)
    with pytest.raises(AdapterError, match="nothing says whether block 0 is the last") as said:
        convert(source, "mlx", tmp_path / "out")
    assert "--model" in said.value.hint
    every = make_peft(tmp_path / "every", base)
    with pytest.raises(AdapterError, match="every block, but has tensors only for blocks 0 to 1"):
        convert(every, "mlx", tmp_path / "out", blocks=3)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("adapter_model.bin", b"x", "may be a pickle"),
        ("run.py", b"x", "is code"),
        ("adapter_config.json", b"[]", "not an object"),
        ("adapter_config.json", b"{", "not valid JSON"),
        ("adapter_model.safetensors", b"\x08\0\0\0\0\0\0\0{}      more", "not a whole safetensors file"),
    ],
)
def test_broken_and_dangerous_folders(
    sound: dict[str, Path], tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    source = changed(sound["peft"], tmp_path / "theirs", {}, "adapter_model.safetensors")
    (source / name).write_bytes(data)
    with pytest.raises(AdapterError, match=words):
        convert(source, "mlx", tmp_path / "out", blocks=2)


def test_folders_that_are_no_adapters(sound: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        AdapterError, match=r"empty holds no adapter_model.safetensors or adapters.safetensors"
    ):
        convert(tmp_path / "empty", "mlx", tmp_path / "out")
    both = changed(sound["peft"], tmp_path / "both", {}, "adapter_model.safetensors")
    (both / "adapters.safetensors").write_bytes((both / "adapter_model.safetensors").read_bytes())
    with pytest.raises(AdapterError, match="two adapters"):
        convert(both, "mlx", tmp_path / "out")
    (both / "adapters.safetensors").unlink()
    (both / "adapter_config.json").unlink()
    with pytest.raises(AdapterError, match=r"no adapter_config.json"):
        convert(both, "mlx", tmp_path / "out")
