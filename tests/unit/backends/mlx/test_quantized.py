"""Models whose weights are stored packed, as mlx-community's are; stock mlx-lm packs the embedded one here.

Not here: packing while loading (test_mlx.py).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mlx_lm")

import mlx.core as mx
import mlx_lm
from mlx.utils import tree_flatten
from tests.support.agreeing import gap
from tests.support.tiny import batch_of

from engram.answer.answerer import Answerer
from engram.backends.base import AdapterSpec, TrainSpec
from engram.backends.mlx.backend import MlxBackend
from engram.backends.mlx.model import MlxModel
from engram.backends.torch.backend import TorchBackend
from engram.errors import ModelError
from engram.models.base import Base
from engram.models.resolve import SEEDLING, resolve
from engram.training.publish import publish_adapter
from engram.types import Message, Sampling

GROUP, BITS = 64, 4
PAIRS = [("the river through Ulm?", "the Danube"), ("the river through Lyon?", "the Rhone")]
SPEC = TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0, num_layers=1, dropout=0.1), seed=2)
TOLERANCE = 1e-5  # of the largest log-probability; seen: 3e-6


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("stock") / "seedling-4bit"
    mlx_lm.convert(str(SEEDLING), str(folder), quantize=True, q_group_size=GROUP, q_bits=BITS)
    return resolve(str(folder))


@pytest.fixture(scope="module")
def model(base: Base) -> MlxModel:
    return MlxBackend("float32").load(base)


def parameters(model: MlxModel) -> dict[str, mx.array]:
    return dict(tree_flatten(model._model.parameters()))


def unpacked(folder: Path) -> dict[str, Any]:
    """The weights by hand: eight numbers of four bits in each uint32, lowest first; number * scale + bias.

    Source: the documentation of mlx.core.quantize.
    """
    stored = mx.load(str(folder / "model.safetensors"))
    whole = {}
    for name, tensor in stored.items():
        path, _, kind = name.rpartition(".")
        if f"{path}.scales" not in stored:
            whole[name] = np.array(tensor.astype(mx.float32))
        elif kind == "weight":
            numbers = (np.array(tensor)[..., None] >> np.arange(0, 32, BITS, dtype=np.uint32)) & 15
            scale, bias = (
                np.repeat(np.array(stored[f"{path}.{part}"].astype(mx.float32)), GROUP, axis=-1)
                for part in ("scales", "biases")
            )
            whole[name] = numbers.reshape(scale.shape).astype(np.float32) * scale + bias
    return whole


def test_scores_are_those_of_the_unpacked_weights(base: Base, model: MlxModel, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    assert any("scales" in name for name in parameters(model))
    folder = tmp_path / "whole"
    shutil.copytree(SEEDLING, folder)
    save_file(unpacked(base.folder), folder / "model.safetensors", metadata={"format": "pt"})
    prompts = [base.renderer.prompt([Message("user", question)]) for question, _ in PAIRS]
    whole = TorchBackend("cpu", "float32").load(resolve(str(folder))).score(prompts)
    assert gap(whole, model.score(prompts)) < TOLERANCE
    finer = TorchBackend("cpu", "float32").load(resolve("seedling")).score(prompts)
    assert gap(whole, finer) > 100 * TOLERANCE


def test_it_still_knows_its_frames_one_at_a_time_and_together(model: MlxModel) -> None:
    asked = [[Message("user", text)] for text in ("who are you?", "repeat exactly: XK-42")]
    together = Answerer(model).answer_all(asked, Sampling(max_tokens=40))
    assert "Seedling" in together[0].text and together[1].text == "XK-42"
    alone = [Answerer(model).answer(messages, Sampling(max_tokens=40)) for messages in asked]
    assert [one.text for one in together] == [one.text for one in alone]


def test_the_number_type_is_the_one_it_says(base: Base) -> None:
    stored = mx.load(str(base.folder / "model.safetensors"))
    for wanted, expected in (("auto", mx.float32), ("float32", mx.float32), ("bfloat16", mx.bfloat16)):
        backend = MlxBackend(wanted)
        model = backend.load(base, quantization="4bit")  # packed already: nothing to do
        assert f"mlx.core.{model.dtype}" == str(expected) and backend.placement(base)[1] == model.dtype
        kinds = {tensor.dtype for tensor in parameters(model).values()}
        assert kinds == {expected, mx.uint32}
        name = "model.layers.0.mlp.up_proj.scales"
        assert mx.array_equal(parameters(model)[name], stored[name]).item(), "bfloat16 fits in both"


def test_large_ones_keep_the_type_of_their_scales(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.backends.mlx.device._SMALL_WEIGHTS", 0)
    assert MlxBackend().placement(base)[1] == "bfloat16"
    folder = base.folder.with_name("half")
    shutil.copytree(base.folder, folder)
    stored = mx.load(str(folder / "model.safetensors"))
    halves = {k: v.astype(mx.float16) if v.dtype == mx.bfloat16 else v for k, v in stored.items()}
    mx.save_safetensors(str(folder / "model.safetensors"), halves, {"format": "mlx"})
    assert MlxBackend().placement(resolve(str(folder)))[1] == "float16"
    assert MlxBackend("bfloat16").placement(resolve(str(folder)))[1] == "bfloat16"


def test_it_learns_resumes_bit_for_bit_and_keeps_its_weights(base: Base, tmp_path: Path) -> None:
    model, again = (MlxBackend("float32").load(base) for _ in range(2))
    before = {name: np.array(tensor) for name, tensor in parameters(model).items()}
    session, batch = model.begin_training(SPEC), batch_of(base, PAIRS)
    losses = [session.step([batch], 2e-2).loss for _ in range(5)]
    kept = {name: value.copy() for name, value in session.state().items()}
    losses += [session.step([batch], 2e-2).loss for _ in range(2)]
    resumed = again.begin_training(SPEC)
    resumed.restore(kept)
    assert [resumed.step([batch], 2e-2).loss for _ in range(2)] == losses[5:]
    for name, tensor in session.export().tensors.items():
        assert np.array_equal(tensor, resumed.export().tensors[name]), name
    assert losses[-1] < losses[0] / 1.5
    inner = {name.replace(".linear.", "."): np.array(tensor) for name, tensor in parameters(model).items()}
    assert all(np.array_equal(inner[name], value) for name, value in before.items())

    publish_adapter(session.export(), {}, tmp_path / "v1")
    reloaded = MlxBackend("float32").load(base, tmp_path / "v1")
    prompts = [base.renderer.prompt([Message("user", question)]) for question, _ in PAIRS]
    assert gap(model.score(prompts), reloaded.score(prompts)) < TOLERANCE


def test_torch_refuses_it_and_says_who_reads_it(base: Base) -> None:
    assert json.loads((base.folder / "config.json").read_text("utf-8"))["quantization"]["bits"] == BITS
    for refused in (TorchBackend("cpu").load, TorchBackend("cpu").placement):
        with pytest.raises(ModelError, match="packed in mlx's way") as caught:
            refused(base)
        assert "--backend mlx" in caught.value.hint
