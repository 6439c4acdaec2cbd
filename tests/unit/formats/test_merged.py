"""Merged folders load in the stock programs, with the logits of base and adapter together."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.support.stock import make_mlx, make_peft, mlx_logits, torch_logits
from transformers import AutoModelForCausalLM

from engram.errors import AdapterError, ModelError
from engram.formats.convert import read_adapter
from engram.formats.merged import write_merged
from engram.models.base import Base

# Logits are up to about 8 large. Merged in float32 they differ by rounding alone; weights rounded to bfloat16
# carry 2^-9 of relative error each.
CLOSE = {torch.float32: 5e-5, torch.float16: 0.02, torch.bfloat16: 0.15}


def stored(
    base: Base, folder: Path, dtype: torch.dtype = torch.float32, shards: str = "5GB", **config: Any
) -> Base:
    """The tiny base saved by transformers with another number type, in parts, or with other settings."""
    model = AutoModelForCausalLM.from_pretrained(str(base.folder), dtype=dtype)
    model.save_pretrained(folder, max_shard_size=shards)
    file = folder / "config.json"
    parsed = json.loads(file.read_text()) | config
    file.write_text(json.dumps(parsed))
    return replace(base, folder=folder, config=parsed)


def merged(base: Base, adapter: Path, out: Path) -> Path:
    out.mkdir()
    write_merged(base, read_adapter(adapter, 2), adapter.name, out)
    return out


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("shards", ["5GB", "100KB"])
@pytest.mark.parametrize("dora", [False, True])
def test_logits_are_those_of_base_and_adapter(
    base: Base, tmp_path: Path, dtype: torch.dtype, shards: str, dora: bool
) -> None:
    adapter = make_peft(tmp_path / "adapter", base, use_dora=dora, use_rslora=True)
    kept = stored(base, tmp_path / "base", dtype, shards)
    assert (kept.folder / "model.safetensors.index.json").exists() == (shards == "100KB")
    out = merged(kept, adapter, tmp_path / "merged")
    expected = torch_logits(kept.folder, adapter)
    assert np.abs(expected - torch_logits(kept.folder)).max() > 0.5
    assert np.abs(torch_logits(out) - expected).max() < CLOSE[dtype]
    assert np.abs(mlx_logits(out) - torch_logits(out)).max() < 5e-5
    names = {file.name for file in out.iterdir()}
    assert names == {file.name for file in kept.folder.iterdir()}


@pytest.mark.parametrize("dtype", CLOSE)
def test_rounded_once_and_only_where_the_adapter_is(base: Base, tmp_path: Path, dtype: torch.dtype) -> None:
    """Weights are those that PEFT merges in float32, rounded by torch; all others are the base's bits."""
    from peft import PeftModel

    adapter = make_peft(tmp_path / "adapter", base)
    kept = stored(base, tmp_path / "base", dtype)
    out = load_file(merged(kept, adapter, tmp_path / "merged") / "model.safetensors")
    wide = AutoModelForCausalLM.from_pretrained(str(kept.folder), dtype=torch.float32)
    theirs = PeftModel.from_pretrained(wide, str(adapter)).merge_and_unload().state_dict()
    before = load_file(kept.folder / "model.safetensors")
    assert set(out) == set(before)
    for name, tensor in before.items():
        assert out[name].dtype == dtype
        if "q_proj" not in name and "down_proj" not in name:
            assert torch.equal(out[name], tensor), name
            continue
        assert not torch.equal(out[name], tensor)
        # The order of additions may differ in the last bit of float32, and so a tie may round the other way.
        same = (out[name] == theirs[name].to(dtype)).float().mean()
        assert same > 0.99 if dtype != torch.float32 else torch.allclose(out[name], theirs[name], atol=1e-6)


LLAMA_3 = {
    "rope_type": "llama3",
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}


@pytest.mark.parametrize("rotary", [{"rope_theta": 300.0}, {"rope_theta": 300.0, **LLAMA_3}], ids=str)
def test_rotations_are_said_in_older_words_too(base: Base, tmp_path: Path, rotary: dict[str, Any]) -> None:
    adapter = make_peft(tmp_path / "adapter", base)
    kept = stored(base, tmp_path / "base", rope_parameters={"rope_type": "default"} | rotary)
    assert "rope_theta" not in kept.config and "rope_scaling" not in kept.config
    out = merged(kept, adapter, tmp_path / "merged")
    expected = torch_logits(kept.folder, adapter)
    assert np.abs(mlx_logits(out) - expected).max() < 5e-5  # stock mlx-lm, which reads the older ones
    assert np.abs(torch_logits(out) - expected).max() < 5e-5
    assert np.abs(mlx_logits(kept.folder) - torch_logits(kept.folder)).max() > 0.01  # as it would misread it


def test_mlx_lms_adapter_merges_too(base: Base, tmp_path: Path) -> None:
    adapter = make_mlx(tmp_path / "adapter", base)
    out = merged(base, adapter, tmp_path / "merged")
    assert np.abs(mlx_logits(out) - mlx_logits(base.folder, adapter)).max() < 5e-5


def test_tied_embeddings_stay_tied(base: Base, tmp_path: Path) -> None:
    tied = stored(base, tmp_path / "tied", tie_word_embeddings=True)
    tensors = load_file(tied.folder / "model.safetensors")
    del tensors["lm_head.weight"]
    save_file(tensors, tied.folder / "model.safetensors", {"format": "pt"})
    adapter = make_peft(tmp_path / "adapter", tied)
    out = merged(tied, adapter, tmp_path / "merged")
    assert "lm_head.weight" not in load_file(out / "model.safetensors")
    assert np.abs(torch_logits(out) - torch_logits(tied.folder, adapter)).max() < 5e-5


def test_no_local_path_goes_along(base: Base, tmp_path: Path) -> None:
    kept = stored(base, tmp_path / "base", _name_or_path=str(tmp_path / "base"))
    out = merged(kept, make_peft(tmp_path / "adapter", base), tmp_path / "merged")
    assert str(tmp_path) not in "".join(file.read_text() for file in out.glob("*.json"))
    assert json.loads((out / "config.json").read_text())["vocab_size"] == 300


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"quantization": {"bits": 4, "group_size": 64}}, "4-bit weights"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, "4-bit weights"),
        ({"quantization_config": {"quant_method": "fp8"}}, "fp8 weights"),
    ],
)
def test_quantized_bases_are_refused(base: Base, tmp_path: Path, config: dict[str, Any], words: str) -> None:
    kept = stored(base, tmp_path / "base", **config)
    with pytest.raises(ModelError, match=words):
        merged(kept, make_peft(tmp_path / "adapter", base), tmp_path / "merged")


def test_adapters_of_another_shape_are_refused(base: Base, tmp_path: Path) -> None:
    adapter = make_peft(tmp_path / "adapter", base)
    kept = stored(base, tmp_path / "base")
    tensors = load_file(kept.folder / "model.safetensors")
    name = "model.layers.1.mlp.down_proj.weight"
    for change, words in (
        (None, f"changes {name}, which tiny does not have"),
        (torch.ones(64, 120), rf"changes {name} as \[64, 128\], but in tiny it is \[64, 120\]"),
    ):
        left = {key: tensor for key, tensor in tensors.items() if key != name}
        save_file(left if change is None else left | {name: change}, kept.folder / "model.safetensors")
        with pytest.raises(AdapterError, match=words):
            merged(kept, adapter, tmp_path / "merged")
        shutil.rmtree(tmp_path / "merged")
    save_file(tensors | {name: torch.ones(64, 128, dtype=torch.float64)}, kept.folder / "model.safetensors")
    with pytest.raises(ModelError, match="stored as F64"):
        merged(kept, adapter, tmp_path / "merged")


def test_values_beyond_the_stored_type_are_refused(base: Base, tmp_path: Path) -> None:
    kept = stored(base, tmp_path / "base", torch.float16)
    tensors = load_file(kept.folder / "model.safetensors")
    name = "model.layers.0.self_attn.q_proj.weight"
    tensors[name] = torch.full_like(tensors[name], 65504)
    save_file(tensors, kept.folder / "model.safetensors")
    adapter = make_peft(tmp_path / "adapter", base, lora_alpha=100_000)
    with pytest.raises(AdapterError, match=f"Merged, {name} would have values that F16 cannot hold"):
        merged(kept, adapter, tmp_path / "merged")
