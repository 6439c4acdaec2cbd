"""The mlx backend's own corners: what it refuses, 4-bit bases, and the check that only the adapter moves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.tiny import batch_of, random_prompts, tiny_base

from engram.backends.base import AdapterSpec, TrainSpec
from engram.errors import AdapterError, ModelError, SettingsError, TrainingError
from engram.models.base import Base
from engram.training.publish import publish_adapter
from engram.types import Sampling

pytest.importorskip("mlx_lm")

import mlx.core as mx
from mlx.utils import tree_flatten

from engram.backends.mlx.backend import MlxBackend
from engram.backends.mlx.train import MlxTrainSession

PAIRS = [("the sky?", "blue"), ("grass?", "green, mostly")]
SPEC = TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0), seed=2)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny_base(tmp_path_factory.mktemp("base"))


def begun(base: Base, spec: TrainSpec = SPEC, **loading: Any) -> MlxTrainSession:
    return MlxBackend("float32").load(base, **loading).begin_training(spec)


def published(base: Base, folder: Path) -> Path:
    session = begun(base)
    for _ in range(3):
        session.step([batch_of(base, PAIRS)], 1e-2)
    publish_adapter(session.export(), {}, folder)
    return folder


def test_only_the_adapters_leaves_are_trainable(base: Base) -> None:
    session = begun(base, TrainSpec(adapter=AdapterSpec(rank=4, num_layers=1, target_modules=("q_proj",))))
    leaves = [path for path, _ in tree_flatten(session._model.trainable_parameters())]
    assert leaves == ["model.layers.1.self_attn.q_proj.lora_a", "model.layers.1.self_attn.q_proj.lora_b"]


def test_an_unknown_layer_name_is_refused_with_those_there_are(base: Base) -> None:
    with pytest.raises(SettingsError, match="called Wq") as caught:
        begun(base, TrainSpec(adapter=AdapterSpec(target_modules=("Wq",))))
    assert "q_proj" in caught.value.hint


@pytest.mark.parametrize("culprit", ["model.embed_tokens.weight", "model.norm.weight"])
def test_a_tensor_of_the_base_that_moves_stops_the_training(base: Base, culprit: str) -> None:
    session = begun(base)
    session.step([batch_of(base, PAIRS)], 1e-3)
    session._model.load_weights(
        [(culprit, dict(tree_flatten(session._model.parameters()))[culprit] * 1.01)], strict=False
    )
    with pytest.raises(TrainingError, match=culprit):
        session.step([batch_of(base, PAIRS)], 1e-3)


def test_a_tensor_of_the_adapter_that_stays_stops_the_training(base: Base) -> None:
    session = begun(base)
    session._layers["model.layers.0.mlp.up_proj"].freeze(keys=["lora_b"], recurse=False)
    with pytest.raises(TrainingError, match=r"model\.layers\.0\.mlp\.up_proj\.lora_b"):
        for _ in range(2):
            session.step([batch_of(base, PAIRS)], 1e-3)


@pytest.mark.parametrize(
    "key, value", [("use_dora", True), ("rank_pattern", {"q_proj": 2}), ("lora_bias", True)]
)
def test_what_is_beyond_plain_lora_is_refused_by_name(
    base: Base, tmp_path: Path, key: str, value: Any
) -> None:
    folder = published(base, tmp_path / "v1")
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {key: value}), encoding="utf-8")
    with pytest.raises(AdapterError, match=key):
        MlxBackend("float32").load(base, folder)


@pytest.mark.parametrize("harm", ["missing", "shape", "nan", "name", "cut"])
def test_an_adapter_that_does_not_fit_is_refused(base: Base, tmp_path: Path, harm: str) -> None:
    file = published(base, tmp_path / "v1") / "adapter_model.safetensors"
    tensors = dict(mx.load(str(file)))
    name = next(iter(tensors))
    if harm == "missing":
        del tensors[name]
    elif harm == "shape":
        tensors[name] = tensors[name][:1]
    elif harm == "nan":
        tensors[name] = tensors[name] * mx.array(np.nan)
    elif harm == "name":
        tensors[name.replace("layers.0", "layers.9").replace("layers.1", "layers.9")] = tensors.pop(name)
    mx.save_safetensors(str(file), tensors)
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(AdapterError, match=r"fit|read"):
        MlxBackend("float32").load(base, file.parent)


def test_four_bits_answer_and_train(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "base")
    model = MlxBackend("float32").load(base, quantization="4bit")
    whole = MlxBackend("float32").load(base)
    prompts = random_prompts(6)
    left, right = model.score(prompts), whole.score(prompts)
    gap = max(float(np.abs(a - b).max()) for a, b in zip(left, right, strict=True))
    assert gap > 1e-3, "the weights are coarser"
    together = model.generate(prompts, Sampling(max_tokens=6))
    assert together == [model.generate([prompt], Sampling(max_tokens=6))[0] for prompt in prompts]
    session = model.begin_training(SPEC)
    batch = batch_of(base, PAIRS)
    losses = [session.step([batch], 2e-2).loss for _ in range(25)]
    assert losses[-1] < 0.5 * losses[0]
    publish_adapter(session.export(), {}, tmp_path / "v1")
    reloaded = MlxBackend("float32").load(base, tmp_path / "v1", quantization="4bit")
    for a, b in zip(model.score(prompts), reloaded.score(prompts), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_folder_without_weights_or_of_an_unknown_kind_is_refused(base: Base, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(base.folder, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "no-such-kind"}), encoding="utf-8")
    broken = Base("other", "r", folder, config, base.renderer, base.context)
    with pytest.raises(ModelError, match="other cannot be loaded") as caught:
        MlxBackend().load(broken)
    assert "torch" in caught.value.hint
    next(folder.glob("*.safetensors")).unlink()
    with pytest.raises(ModelError, match="holds no"):
        MlxBackend().load(broken)


def test_a_model_that_remembers_in_another_way_is_refused(base: Base, tmp_path: Path) -> None:
    """A state space model: nothing of it could be joined with other rows."""
    from transformers import MambaConfig, MambaForCausalLM

    config = MambaConfig(vocab_size=300, hidden_size=32, num_hidden_layers=2, state_size=8, pad_token_id=0)
    MambaForCausalLM(config).save_pretrained(tmp_path)
    read = json.loads((tmp_path / "config.json").read_text("utf-8"))
    with pytest.raises(ModelError, match="ArraysCache") as caught:
        MlxBackend().load(Base("mamba", "r", tmp_path, read, base.renderer, base.context))
    assert "torch" in caught.value.hint


def test_positions_that_mlx_lm_would_leave_out_are_refused(base: Base, tmp_path: Path) -> None:
    from tests.support.tiny_shapes import tiny_shape

    made = tiny_shape("phi", tmp_path)
    scaled = {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}
    with pytest.raises(ModelError, match="no place for rope_scaling") as caught:
        MlxBackend().load(Base("phi", "r", tmp_path, {**made.config, **scaled}, base.renderer, base.context))
    assert "torch" in caught.value.hint


def test_training_leaves_the_generator_of_others_alone(base: Base) -> None:
    model = MlxBackend("float32").load(base)
    mx.random.seed(5)
    expected = np.array(mx.random.uniform(shape=(4,)))
    mx.random.seed(5)
    model.begin_training(SPEC).step([batch_of(base, PAIRS)], 1e-3)
    assert np.array_equal(np.array(mx.random.uniform(shape=(4,))), expected)
