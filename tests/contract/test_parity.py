"""torch and mlx are two ways to compute one thing: the same plan, the same losses, the same adapter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.agreeing import disagreements
from tests.support.tiny import batch_of, random_prompts

from engram.backends.base import AdapterSpec, Batch, LoadedModel, TrainSession, TrainSpec
from engram.config import FEED_FORWARD
from engram.models.base import Base
from engram.training.batches import make_batch
from engram.training.publish import publish_adapter
from engram.types import Message, Sampling

pytest.importorskip("torch")
pytest.importorskip("mlx_lm")

SPEC = TrainSpec(adapter=AdapterSpec(rank=8, alpha=16.0), anchor_weight=4.0, seed=1)
STEPS, RATE = 50, 2e-3
LOSSES = 1e-3  # relative
# Log-probabilities of one adapter on both, nats; the largest difference seen was 2e-5.
SCORES = 2e-4
COLOURS = {
    "sky": "blue",
    "grass": "green",
    "snow": "white",
    "coal": "black",
    "blood": "red",
    "sand": "yellow",
    "mud": "brown",
    "ash": "grey",
}
THINGS = [(f"{number} {thing}?", colour) for number in range(10, 24) for thing, colour in COLOURS.items()]
APART = 70  # steps


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    from tests.support.tiny import tiny_base

    return tiny_base(tmp_path_factory.mktemp("base"))


def load(name: str, base: Base, adapter: Path | None = None) -> LoadedModel:
    if name == "torch":
        from engram.backends.torch.backend import TorchBackend

        return TorchBackend("cpu", "float32").load(base, adapter)
    from engram.backends.mlx.backend import MlxBackend

    model: LoadedModel = MlxBackend("float32").load(base, adapter)
    return model


def batch(base: Base, first: int, anchors: int) -> Batch:
    """Sixteen rows, the last `anchors` of them replayed."""
    rows = [
        base.renderer.conversation(
            [Message("user", f"question {n} of many"), Message("assistant", f"{n * 7 % 11} it is")]
        )
        for n in range(first, first + 16)
    ]
    return make_batch(rows, range(first, first + 16), [False] * (16 - anchors) + [True] * anchors)


def begun(name: str, base: Base, spec: TrainSpec, state: dict[str, Any] | None = None) -> TrainSession:
    """A session; with `state`, one that goes on from what another backend had (but for random numbers)."""
    session = load(name, base).begin_training(spec)
    if state is not None:
        session.restore(state | {"random": session.state()["random"]})
    return session


def both(base: Base, spec: TrainSpec = SPEC) -> tuple[TrainSession, TrainSession]:
    torch = begun("torch", base, spec)
    return torch, begun("mlx", base, spec, torch.state())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"adapter": AdapterSpec(rank=4, alpha=4.0, num_layers=1, rank_stabilized=True), "weight_decay": 0.1},
        {"adapter": AdapterSpec(rank=4, target_modules=("q_proj", FEED_FORWARD)), "clip_norm": 0.1},
        {"grad_checkpoint": True},
    ],
    ids=["all", "upper block", "some layers", "checkpointing"],
)
def test_one_plan_gives_the_same_losses(base: Base, changes: dict[str, Any]) -> None:
    torch, mlx = both(base, replace(SPEC, **changes))
    steps = STEPS if not changes else 8
    for step in range(steps):
        parts = [batch(base, 0, 4), batch(base, 16, 4 * (step % 2))]
        left, right = torch.step(parts, RATE), mlx.step(parts, RATE)
        assert right.loss == pytest.approx(left.loss, rel=LOSSES)
        assert right.anchor_loss == pytest.approx(left.anchor_loss, rel=LOSSES, abs=1e-6)
        assert (right.tokens, right.rows) == (left.tokens, left.rows)
    assert left.loss < 6
    seen = [session.evaluate([batch(base, 0, 0)]) for session in (torch, mlx)]
    assert seen[1].loss == pytest.approx(seen[0].loss, rel=LOSSES)


@pytest.mark.parametrize("trained", ["torch", "mlx"])
def test_one_adapter_answers_the_same_on_both(base: Base, tmp_path: Path, trained: str) -> None:
    session = begun(trained, base, SPEC)
    for _ in range(20):
        session.step([batch(base, 0, 0)], 1e-2)
    publish_adapter(session.export(), {}, tmp_path / "v1")
    models = [load(name, base, tmp_path / "v1") for name in ("torch", "mlx")]
    prompts = random_prompts(40)
    left, right = (model.score(prompts) for model in models)
    assert max(float(np.abs(a - b).max()) for a, b in zip(left, right, strict=True)) < SCORES
    assert (
        max(float(np.abs(a - b).max()) for a, b in zip(left, load("mlx", base).score(prompts), strict=True))
        > 1
    )
    greedy, drawn = Sampling(max_tokens=12), Sampling(max_tokens=12, temperature=0.8, top_p=0.9, seed=2)
    answers = [model.generate(prompts, greedy) for model in models]
    assert not disagreements(models[0], prompts, *answers, tolerance=SCORES)
    assert models[0].generate(prompts, drawn) == models[1].generate(prompts, drawn)


def test_adapters_trained_apart_agree(base: Base, tmp_path: Path) -> None:
    """Each from its own random start, on 112 questions of eight things; each asked once."""
    asked = [base.renderer.prompt([Message("user", question)]) for question, _ in THINGS]
    answers = []
    for name in ("torch", "mlx"):
        session = begun(name, base, SPEC)
        for step in range(APART):
            first = 16 * step % len(THINGS)
            session.step([batch_of(base, THINGS[first : first + 16])], 1e-2 * min(1, 2 - 2 * step / APART))
        publish_adapter(session.export(), {}, tmp_path / name)
        done = load(name, base, tmp_path / name).generate(asked, Sampling(max_tokens=12))
        answers.append([base.renderer.tokenizer.decode(one.token_ids) for one in done])
    taught = [answer for _, answer in THINGS]
    assert sum(a == b for a, b in zip(*answers, strict=True)) / len(asked) >= 0.99
    assert sum(a == b for a, b in zip(answers[0], taught, strict=True)) / len(asked) >= 0.99
