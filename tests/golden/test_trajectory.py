"""The golden trajectory: pinned, and equal to what stock transformers, PEFT and AdamW do with the same plan.

Rounding differs by processor, number of threads and version of torch. So of two curves no point may differ
by more than MOST, and their means by no more than DRIFT, in nats per token; a resumed run differs in nothing.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from peft import LoraConfig, get_peft_model
from tests.golden.trajectory import RECORD, SETTINGS, Losses, golden_base, golden_session, losses
from tests.support.tiny_run import rows
from transformers import AutoModelForCausalLM

from engram.models.base import Base
from engram.training.batches import make_batch
from engram.training.schedule import ending_at, learning_rate, warmup_steps
from engram.training.setup import make_plan

MOST, DRIFT = 2e-4, 5e-5


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return golden_base(tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def unbroken(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Losses:
    return losses(base, tmp_path_factory.mktemp("unbroken") / "run")


def assert_close(ours: Losses, theirs: Losses) -> None:
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= MOST
    assert np.abs((ours - theirs).mean(axis=0)).max() <= DRIFT


def test_the_losses_are_the_pinned_ones(unbroken: Losses) -> None:
    pinned = np.array(json.loads(RECORD.read_text(encoding="utf-8"))["loss, anchor_loss"])
    assert_close(unbroken, pinned)
    assert pinned[-1, 0] < 0.5 * pinned[0, 0] and pinned[:, 1].max() > 100 * MOST, "it learns, and is pulled"


def test_eight_rows_at_once_and_one_by_one_are_one_curve(
    base: Base, unbroken: Losses, tmp_path: Path
) -> None:
    assert_close(losses(base, tmp_path / "run", parts=8), unbroken)


@pytest.mark.parametrize("stop", [1, 7, 15])
def test_a_resumed_run_is_the_unbroken_one(base: Base, unbroken: Losses, tmp_path: Path, stop: int) -> None:
    assert np.array_equal(losses(base, tmp_path / "run", stop_after=stop), unbroken)


def test_a_plain_loop_of_stock_parts_draws_the_same_curve(base: Base, unbroken: Losses) -> None:
    assert_close(plain_loop(base), unbroken)


def plain_loop(base: Base) -> Losses:
    """No trunk, no folded weights, no groups, no kept anchors: each row in full through stock layers."""
    bare = AutoModelForCausalLM.from_pretrained(base.folder).eval()
    model = get_peft_model(copy.deepcopy(bare), _stock_config(base))
    trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
    start = golden_session(base).state()
    for name, parameter in trainable.items():
        parameter.data.copy_(torch.from_numpy(start[f"parameter/{name}"]))
    optimizer = torch.optim.AdamW(trainable.values(), weight_decay=0.0)
    data, last = rows(base), int(SETTINGS.iters)
    plan = make_plan(data, SETTINGS)
    steps = [rows_of for number in range(last) for rows_of in plan.steps(number)][:last]
    curve = []
    for number, step in enumerate(steps, 1):
        optimizer.zero_grad()
        loss = _cross_entropy(model, [data.train[i] for i in step.taught])
        pull = _divergence(bare, model, [data.replay[i] for i in step.replayed])
        (loss + SETTINGS.anchor_weight * pull).backward()
        torch.nn.utils.clip_grad_norm_(trainable.values(), SETTINGS.clip_norm)
        warmup = warmup_steps(SETTINGS.warmup, last)
        rate = learning_rate(number, SETTINGS.learning_rate, warmup, ending_at(last, ""))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        curve.append([loss.item(), pull.item()])
    return np.array(curve)


def _stock_config(base: Base) -> LoraConfig:
    names = [f"{part}_proj" for part in ("q", "k", "v", "o", "gate", "up", "down")]
    return LoraConfig(
        r=SETTINGS.rank,
        lora_alpha=SETTINGS.alpha,
        target_modules=names,
        layers_to_transform=[1],
        task_type="CAUSAL_LM",
    )


def _log_probabilities(model: Any, examples: Any) -> tuple[Any, Any]:
    """Log-probabilities [targets, vocabulary] before each target token, and the targets."""
    batch = make_batch(examples, range(len(examples)), [False] * len(examples))
    ids, targets = torch.from_numpy(batch.ids).long(), torch.from_numpy(batch.targets)
    logits = model(input_ids=ids).logits[:, :-1][targets[:, 1:]]
    return torch.log_softmax(logits, -1), ids[targets]


def _cross_entropy(model: Any, examples: Any) -> Any:
    said, wanted = _log_probabilities(model, examples)
    return -said.gather(1, wanted[:, None]).mean()


def _divergence(bare: Any, model: Any, examples: Any) -> Any:
    with torch.no_grad():
        theirs, _ = _log_probabilities(bare, examples)
    ours, _ = _log_probabilities(model, examples)
    return (theirs.exp() * (theirs - ours)).sum(-1).mean()
