"""Loading and scoring: what is refused, what is picked, and log-probabilities against transformers' own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.tiny import random_prompts
from transformers import AutoModelForCausalLM

from engram.backends import scoring
from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.device import pick_device, pick_dtype
from engram.errors import ModelError, UsageError
from engram.models.base import Base


@pytest.mark.parametrize("room", [2**25, 300 * 64, 1], ids=["one batch", "some", "one by one"])
def test_scores_are_transformers_own_log_softmax(
    base: Base, backend: TorchBackend, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(scoring, "_LOGITS", room)
    reference = AutoModelForCausalLM.from_pretrained(base.folder).eval()
    sequences = [*random_prompts(9), np.array([65], np.int32)]
    for ids, ours in zip(sequences, backend.load(base).score(sequences), strict=True):
        with torch.no_grad():
            expected = torch.log_softmax(reference(torch.from_numpy(ids)[None].long()).logits[0], -1)
        chosen = [float(expected[t - 1, ids[t]]) for t in range(1, len(ids))]
        np.testing.assert_allclose(ours, chosen, rtol=0, atol=2e-5)


def test_a_model_says_where_and_in_what_it_computes(base: Base, backend: TorchBackend) -> None:
    model = backend.load(base)
    assert (backend.name, model.device, model.dtype, model.base) == ("torch", "cpu", "float32", base)
    assert backend.placement(base) == (model.device, model.dtype)
    assert TorchBackend("cpu", "bfloat16").placement(base) == ("cpu", "bfloat16")
    assert model.peak_memory_bytes() > 2**20


@pytest.mark.parametrize("wanted", ["float32", "bfloat16", "float16"])
def test_a_wanted_number_type_is_taken(wanted: str) -> None:
    assert str(pick_dtype(wanted, torch.device("cpu"), 10**12)) == f"torch.{wanted}"


def test_the_probe_picks_a_type_once() -> None:
    first = pick_dtype("auto", torch.device("cpu"), 10**12)
    assert first in (torch.float32, torch.bfloat16)
    assert pick_dtype("auto", torch.device("cpu"), 10**12) == first


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
def test_a_small_model_computes_in_float32_everywhere(device: str) -> None:
    assert pick_dtype("auto", torch.device(device), 24 * 2**20) == torch.float32


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_an_absent_device_is_refused(base: Base) -> None:
    with pytest.raises(ModelError, match="cuda"):
        TorchBackend(device="cuda").load(base)
    assert pick_device("auto").type in ("cpu", "mps")


def test_four_bits_off_cuda_are_refused(base: Base, backend: TorchBackend) -> None:
    with pytest.raises(ModelError, match="NVIDIA"):
        backend.load(base, quantization="4bit")


def test_a_folder_without_weights_is_refused(base: Base, backend: TorchBackend, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="tiny"):
        backend.load(replace(base, folder=tmp_path))


def test_broken_weights_are_refused(base: Base, backend: TorchBackend, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((base.folder / "config.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not a tensor in sight")
    with pytest.raises(ModelError, match="tiny"):
        backend.load(replace(base, folder=tmp_path))


def test_there_must_be_an_adapter_to_merge(base: Base, backend: TorchBackend) -> None:
    with pytest.raises(UsageError):
        backend.load(base).merge()
