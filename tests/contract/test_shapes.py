"""The architectures in use, tiny and random: transformers, our torch and our mlx compute the same.

Not here: how one plan is trained for long (test_parity.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mlx_lm")

import torch
from tests.support.agreeing import ROUNDING, disagreements, gap
from tests.support.tiny import batch_of, random_prompts
from tests.support.tiny_run import on_cpu
from tests.support.tiny_shapes import SHAPES, tiny_shape
from transformers import AutoModelForCausalLM

from engram.backends.base import AdapterSpec, TrainSpec
from engram.backends.batching import Generator
from engram.backends.mlx.engine import MlxEngine
from engram.backends.torch.engine import TorchEngine
from engram.errors import UsageError
from engram.models.base import Base
from engram.models.fake import ByteRenderer
from engram.training.publish import publish_adapter
from engram.types import Message, Sampling

PAIRS = [("the sky?", "blue"), ("grass?", "green, mostly"), ("2+2", "4"), ("say x", "x")]
# The upper half, so that torch enters the model in the middle where that can be done.
SPEC = TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0, num_layers=0), anchor_weight=2.0, seed=1)
LAYERS = {
    "phi": {"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"},
    "phi3": {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"},
}
USUAL = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
LOSSES = 1e-3  # relative, as in test_parity.py
TIE = 2e-4  # nats; the largest difference seen was 1e-5
CAPPED = {"phi3 long": 64, "phi3 window": 24}
"""Shapes that mlx-lm computes as transformers does only so far, in tokens."""


@pytest.fixture(scope="module", params=SHAPES)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Base:
    return tiny_shape(request.param, tmp_path_factory.mktemp("shape"))


def length(base: Base) -> int:
    return min(CAPPED.get(base.id, 60), 60)


def test_scores_are_those_of_transformers(base: Base) -> None:
    prompts = random_prompts(12, longest=length(base))
    stock = AutoModelForCausalLM.from_pretrained(base.folder, local_files_only=True).eval()
    expected = []
    for prompt in prompts:
        ids = torch.as_tensor(prompt, dtype=torch.long)
        with torch.inference_mode():
            whole = stock(input_ids=ids[None]).logits[0, :-1].log_softmax(-1)
        expected.append(whole.gather(1, ids[1:, None])[:, 0].numpy())
    for name in ("torch", "mlx"):
        assert gap(expected, on_cpu(name).load(base).score(prompts)) < ROUNDING, name


class Abrupt(ByteRenderer):
    """One token in ten ends an answer."""

    stop_ids = frozenset(range(7, 300, 10))


def test_answers_are_the_same_in_batches_that_come_and_go(base: Base) -> None:
    """Six at a time; they end early and late, so that rows leave and others join those that stay."""
    abrupt = replace(base, renderer=Abrupt())
    prompts = random_prompts(24, longest=length(base) - 2, seed=2)
    left, right = (on_cpu(name).load(abrupt) for name in ("torch", "mlx"))
    sampling = Sampling(max_tokens=24)
    engines = TorchEngine(left._module, torch.device("cpu")), MlxEngine(right._model)
    ours, theirs = (
        Generator(engine, right.base, rows=6).generate(prompts, sampling, ()) for engine in engines
    )
    assert not disagreements(left, prompts, ours, theirs, tolerance=TIE)
    assert theirs[::4] == [right.generate([prompt], sampling)[0] for prompt in prompts[::4]]
    assert len({len(done.token_ids) for done in theirs}) > 3


def test_an_adapter_trains_alike_and_moves_over(base: Base, tmp_path: Path) -> None:
    models = {name: on_cpu(name).load(base) for name in ("torch", "mlx")}
    sessions = {name: model.begin_training(SPEC) for name, model in models.items()}
    start = sessions["torch"].state() | {"random": sessions["mlx"].state()["random"]}
    sessions["mlx"].restore(start)
    rows = [batch_of(base, PAIRS[:3]), batch_of(base, PAIRS[3:], [True], first_id=3)]
    for session in sessions.values():
        session.prepare(rows)
    for _ in range(3):
        ours, theirs = (session.step(rows, 2e-2) for session in sessions.values())
        assert theirs.loss == pytest.approx(ours.loss, rel=LOSSES)
        assert theirs.anchor_loss == pytest.approx(ours.anchor_loss, rel=LOSSES, abs=1e-6)
    found = {name.split(".")[-3] for name in sessions["mlx"].export().tensors}
    assert found == LAYERS.get(base.id.split()[0], USUAL)
    prompts = random_prompts(6, longest=length(base))
    for trained, session in sessions.items():
        publish_adapter(session.export(), {}, tmp_path / trained)
        own = models[trained].score(prompts)
        for name in ("torch", "mlx"):
            assert gap(own, on_cpu(name).load(base, tmp_path / trained).score(prompts)) < ROUNDING
        assert gap(own, on_cpu(trained).load(base).score(prompts)) > 100 * ROUNDING


@pytest.mark.parametrize("name, limit", CAPPED.items())
def test_mlx_goes_no_further_than_it_computes_the_same(name: str, limit: int, tmp_path: Path) -> None:
    base = tiny_shape(name, tmp_path)
    torch, mlx = (on_cpu(backend).load(base) for backend in ("torch", "mlx"))
    assert (torch.base.context, mlx.base.context) == (base.context, limit)
    longer = [np.full(limit + 1, 65, dtype=np.int32)]
    assert len(torch.score(longer)[0]) == limit
    with pytest.raises(UsageError, match=f"row of {limit + 1} tokens is too long"):
        mlx.score(longer)
    with pytest.raises(UsageError, match=f"{limit + 1} tokens cannot be answered"):
        mlx.generate(longer, Sampling(max_tokens=2))
    question = "x" * (limit - 4)  # and three tokens of frame, an answer, and its end
    assert len(base.renderer.conversation([Message("user", question), Message("assistant", "y")]).ids) > limit
    with pytest.raises(UsageError, match="too long: with mlx"):
        mlx.begin_training(SPEC).step([batch_of(base, [(question, "y")])], 1e-3)
