"""Adapters: equal to stock PEFT in logits and gradients; read strictly; nothing but the adapter moves."""

from __future__ import annotations

from pathlib import Path
from types import MethodType
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.numpy import load_file, save_file
from tests.support.tiny import batch_of, random_prompts
from transformers import AutoModelForCausalLM

from engram.backends.base import AdapterSpec, TrainSpec
from engram.backends.torch import lora
from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.lora import fresh_adapter
from engram.backends.torch.losses import adapter_off
from engram.errors import AdapterError, SettingsError
from engram.models.base import Base
from engram.training.publish import publish_adapter
from engram.types import Sampling

PAIRS = [("the sky?", "blue"), ("grass, in spring?", "green"), ("2+2", "4")]
WEIGHTS = "adapter_model.safetensors"


def reference(base: Base) -> Any:
    return AutoModelForCausalLM.from_pretrained(base.folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def adapter(base: Base, backend: TorchBackend, tmp_path_factory: pytest.TempPathFactory) -> Path:
    session = backend.load(base).begin_training(TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0)))
    for _ in range(10):
        session.step([batch_of(base, PAIRS)], 2e-2)
    folder = tmp_path_factory.mktemp("adapters") / "v1"
    publish_adapter(session.export(), {}, folder)
    return folder


def scores(module: Any, ids: Any) -> Any:
    with torch.no_grad():
        return torch.log_softmax(module(input_ids=torch.from_numpy(ids).long()[None]).logits[0, :-1], -1)


def test_stock_peft_loads_it_with_equal_logits(base: Base, backend: TorchBackend, adapter: Path) -> None:
    stock = PeftModel.from_pretrained(reference(base), str(adapter)).eval()
    ours = backend.load(base, adapter)
    bare = backend.load(base)
    for ids in random_prompts(5):
        expected = scores(stock, ids).gather(1, torch.from_numpy(ids[1:]).long()[:, None])[:, 0].numpy()
        np.testing.assert_allclose(ours.score([ids])[0], expected, rtol=0, atol=2e-5)
        assert np.abs(bare.score([ids])[0] - expected).max() > 1e-2


def test_merged_answers_as_unmerged(base: Base, backend: TorchBackend, adapter: Path) -> None:
    unmerged, merged = backend.load(base, adapter), backend.load(base, adapter)
    merged.merge()
    prompts = random_prompts(8)
    for left, right in zip(unmerged.score(prompts), merged.score(prompts), strict=True):
        np.testing.assert_allclose(left, right, rtol=0, atol=1e-4)
    sampling = Sampling(max_tokens=8)
    assert merged.generate(prompts, sampling) == unmerged.generate(prompts, sampling)


@pytest.mark.parametrize("rank_stabilized", [False, True])
def test_folded_gradients_are_those_of_stock_peft(base: Base, rank_stabilized: bool) -> None:
    shape = {"lora_alpha": 8.0, "use_rslora": rank_stabilized}
    stock = get_peft_model(reference(base), LoraConfig(r=4, target_modules="all-linear", **shape))
    module = reference(base)
    ours = fresh_adapter(module, AdapterSpec(rank=4, alpha=8.0, rank_stabilized=rank_stabilized))
    theirs = {n: p for n, p in stock.named_parameters() if p.requires_grad}
    mine = {n: p for n, p in ours.named_parameters() if p.requires_grad}
    assert theirs.keys() == mine.keys()
    torch.manual_seed(7)
    for name, parameter in theirs.items():
        parameter.data.normal_(std=0.1)
        mine[name].data.copy_(parameter.data)
    ids = torch.from_numpy(np.stack([p[:20] for p in random_prompts(40) if len(p) >= 20])).long()
    for model in (stock, ours):
        model(input_ids=ids, labels=ids).loss.backward()
    for name, parameter in theirs.items():
        assert float(parameter.grad.abs().max()) > 0
        torch.testing.assert_close(mine[name].grad, parameter.grad, rtol=1e-3, atol=1e-5)


def test_only_adapter_weights_move_and_switched_off_is_the_base(base: Base, backend: TorchBackend) -> None:
    model = backend.load(base)
    session = model.begin_training(TrainSpec(adapter=AdapterSpec(rank=4)))
    before = session.export().tensors
    for _ in range(3):
        session.step([batch_of(base, PAIRS)], 1e-2)
    after = session.export().tensors
    assert all(not np.array_equal(after[name], before[name]) for name in before)
    bare = dict(reference(base).named_parameters())
    for name, parameter in model._module.named_parameters():
        if "lora_" not in name:
            assert torch.equal(parameter, bare[name.replace(".base_layer", "")])
    ids = random_prompts(1)[0]
    changed = scores(model._module, ids)
    with adapter_off(model._module):
        assert torch.equal(scores(model._module, ids), scores(reference(base), ids))
    assert torch.equal(scores(model._module, ids), changed)


@pytest.mark.parametrize("num_layers, expected", [(-1, {0, 1}), (0, {1}), (1, {1}), (2, {0, 1}), (9, {0, 1})])
def test_blocks_are_counted_from_the_last(
    base: Base, backend: TorchBackend, num_layers: int, expected: set[int]
) -> None:
    spec = AdapterSpec(rank=2, num_layers=num_layers, target_modules=("q_proj", "down_proj"))
    session = backend.load(base).begin_training(TrainSpec(adapter=spec))
    names = session.export().tensors
    assert {int(name.split(".layers.")[1].split(".")[0]) for name in names} == expected
    assert {name.split(".")[-3] for name in names} == {"q_proj", "down_proj"}


def test_all_linear_layers_of_the_blocks_and_no_others(base: Base, backend: TorchBackend) -> None:
    names = backend.load(base).begin_training(TrainSpec()).export().tensors
    layers = {name.rsplit(".", 2)[0] for name in names}
    kinds = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert len(layers) == 2 * 7 and {layer.split(".")[-1] for layer in layers} == kinds


def test_an_unknown_layer_name_is_refused_with_those_there_are(base: Base, backend: TorchBackend) -> None:
    spec = TrainSpec(adapter=AdapterSpec(target_modules=("q_proj", "query")))
    with pytest.raises(SettingsError, match=r"query.*down_proj"):
        backend.load(base).begin_training(spec)


def _missing(tensors: dict[str, Any]) -> None:
    del tensors[sorted(tensors)[0]]


def _misnamed(tensors: dict[str, Any]) -> None:
    first = sorted(tensors)[0]
    tensors[first.replace("base_model.model.", "")] = tensors.pop(first)


def _misshaped(tensors: dict[str, Any]) -> None:
    first = sorted(tensors)[0]
    tensors[first] = tensors[first][:, :-1].copy()


def _not_finite(tensors: dict[str, Any]) -> None:
    first = sorted(tensors)[0]
    tensors[first] = np.full_like(tensors[first], np.nan)


def _zero(tensors: dict[str, Any]) -> None:
    for name in tensors:
        if "lora_B" in name:
            tensors[name] = np.zeros_like(tensors[name])


@pytest.mark.parametrize(
    "spoil, said",
    [
        (_missing, "missing"),
        (_misnamed, "no place"),
        (_misshaped, "not \\("),
        (_not_finite, "finite"),
        (_zero, "changes nothing"),
    ],
)
def test_a_spoiled_adapter_is_refused(
    base: Base, backend: TorchBackend, adapter: Path, tmp_path: Path, spoil: Any, said: str
) -> None:
    tensors = load_file(adapter / WEIGHTS)
    spoil(tensors)
    save_file(tensors, tmp_path / WEIGHTS)
    (tmp_path / "adapter_config.json").write_bytes((adapter / "adapter_config.json").read_bytes())
    with pytest.raises(AdapterError, match=said):
        backend.load(base, tmp_path)


@pytest.mark.parametrize(
    "config", [None, "{", '{"peft_type": "IA3"}', '{"peft_type": "LORA", "r": "x"}', "[]"]
)
def test_an_unreadable_adapter_is_refused(
    base: Base, backend: TorchBackend, adapter: Path, tmp_path: Path, config: str | None
) -> None:
    (tmp_path / WEIGHTS).write_bytes((adapter / WEIGHTS).read_bytes())
    if config is not None:
        (tmp_path / "adapter_config.json").write_text(config)
    with pytest.raises(AdapterError):
        backend.load(base, tmp_path)


def test_the_export_names_its_base_and_no_folder(base: Base, adapter: Path) -> None:
    text = (adapter / "adapter_config.json").read_text(encoding="utf-8")
    assert str(base.folder) not in text
    assert f'"{base.id}"' in text and f'"{base.revision}"' in text


@pytest.mark.parametrize("kept", [0, 2**20], ids=["beside", "folded"])
def test_answers_follow_the_adapter_as_it_changes(
    base: Base, backend: TorchBackend, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Many tokens and few, before and after steps, switched off and on: always what stock PEFT computes."""
    monkeypatch.setattr(lora, "_KEPT_ELEMENTS", kept)
    model = backend.load(base)
    session = model.begin_training(TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0)))
    layers = [module for module in model._module.modules() if isinstance(module, LoraLayer)]
    seen = []
    for ids in (torch.randint(1, 256, (1, 3)), torch.randint(1, 256, (9, 40))):
        for _ in range(2):
            session.step([batch_of(base, PAIRS)], 1e-2)
            with torch.inference_mode():
                ours = model._module(input_ids=ids).logits
                with adapter_off(model._module):
                    bare = model._module(input_ids=ids).logits
                again = model._module(input_ids=ids).logits
                with monkeypatch.context() as patch:
                    for layer in layers:
                        patch.setattr(layer, "forward", MethodType(type(layer).forward, layer))
                    stock = model._module(input_ids=ids).logits
            torch.testing.assert_close(ours, stock, atol=1e-4, rtol=1e-4)
            assert torch.equal(ours, again) and not torch.allclose(ours, bare, atol=1e-3)
            seen.append(ours)
    assert not torch.allclose(seen[0], seen[1], atol=1e-3)
