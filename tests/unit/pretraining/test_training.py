"""The training run: every token once, resuming bit for bit, learning, schedule, optimizer. Tiny sizes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pretraining import checkpoint  # noqa: E402
from pretraining.batches import Shard, collate, plan  # noqa: E402
from pretraining.model import ModelConfig  # noqa: E402
from pretraining.optimizer import orthogonalise  # noqa: E402
from pretraining.schedule import Schedule  # noqa: E402
from pretraining.train import Run, Settings, parse  # noqa: E402

TINY = ModelConfig(
    vocab_size=64, hidden_size=32, intermediate_size=64,
    num_layers=2, num_heads=4, num_kv_heads=2, head_size=8,
    max_positions=128,
)  # fmt: skip
SETTINGS = Settings(
    tokens=100_000, warmup_tokens=1000, batch_tokens=512, micro_tokens=256, compile=False, log_steps=3
)


def copying_shard(index: int, documents: int = 60) -> Shard:
    """Documents `1 x... 2 x... 3` of many lengths; the second half is supervised."""
    rng = np.random.default_rng(index)
    parts = [rng.integers(10, 64, rng.integers(1, 40)) for _ in range(documents)]
    rows = [[1, *part, 2, *part, 3] for part in parts]
    masks = [[0] * (len(part) + 2) + [1] * (len(part) + 1) for part in parts]
    return SimpleNamespace(
        ids=np.concatenate(rows).astype(np.uint16),
        mask=np.concatenate(masks).astype(np.uint8),
        offsets=np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
        skills=(np.arange(documents) % 2).astype(np.uint8),
    )


def counting_shard(index: int) -> Shard:
    """Documents that count upwards from anywhere: after one token the next is certain."""
    starts = np.random.default_rng(index).integers(10, 40, 60)
    return SimpleNamespace(
        ids=np.concatenate([np.arange(start, start + 20) for start in starts]).astype(np.uint16),
        mask=np.tile(np.arange(20) > 0, 60).astype(np.uint8),
        offsets=np.arange(0, 61 * 20, 20),
        skills=(np.arange(60) % 2).astype(np.uint8),
    )


def new_run(work: Path, settings: Settings = SETTINGS, shards: Callable[[int], Shard] = copying_shard) -> Run:
    return Run(settings, TINY, shards, ("even", "odd"), work)


def state(run: Run) -> dict[str, torch.Tensor]:
    weights = {name: w.detach() for name, w in run.model.named_parameters()}
    return weights | {f"ema.{n}": w for n, w in run.ema.items()} | dict(run.optimizer.state)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_every_supervised_token_is_counted_once() -> None:
    shard = copying_shard(5)
    seen: Counter[tuple[int, int]] = Counter()
    batches = [collate(shard, group, 128) for group in plan(shard, 256, 128, seed=0, index=5)]
    assert all(batch.ids.numel() <= 256 for batch in batches)
    for batch in batches:
        flat = batch.ids.reshape(-1)
        seen.update(zip(flat[batch.where].tolist(), batch.targets.tolist(), strict=True))
    at = np.flatnonzero(shard.mask)
    expected = Counter(zip(shard.ids[at - 1].tolist(), shard.ids[at].tolist(), strict=True))
    assert seen == expected
    assert sum(batch.tokens for batch in batches) == len(shard.ids)
    by_skill = Counter(np.concatenate([batch.skills for batch in batches]).tolist())
    lengths = np.diff(shard.offsets)
    assert by_skill[0] == sum((lengths[0::2] - 1) // 2) and by_skill[1] == sum((lengths[1::2] - 1) // 2)


def test_resumed_equals_unbroken_bit_for_bit(tmp_path: Path) -> None:
    unbroken, first = new_run(tmp_path / "a"), new_run(tmp_path / "b")
    unbroken.train(max_steps=14)
    first.train(max_steps=9)
    second = new_run(tmp_path / "b")
    assert second.resume()
    second.train(max_steps=5)
    assert (second.step, second.tokens, second.shard, second.next_batch) == (
        unbroken.step, unbroken.tokens, unbroken.shard, unbroken.next_batch,
    )  # fmt: skip
    assert unbroken.shard >= 1  # the run crossed a shard border
    ours, theirs = state(second), state(unbroken)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())


def test_budget_may_change_on_resume_but_data_order_may_not(tmp_path: Path) -> None:
    new_run(tmp_path).train(max_steps=2)
    longer = new_run(tmp_path, replace(SETTINGS, tokens=200_000))
    assert longer.resume() and longer.schedule.total == 200_000
    with pytest.raises(ValueError, match="micro_tokens"):
        new_run(tmp_path, replace(SETTINGS, micro_tokens=128)).resume()


def test_loss_falls_and_is_logged_by_skill(tmp_path: Path) -> None:
    run = new_run(tmp_path, replace(SETTINGS, tokens=40_000), counting_shard)
    run.train()
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert 40_000 <= run.tokens < 40_512
    assert rows[0]["loss"] > 3.5  # about ln(54) at first
    assert rows[-1]["loss"] < 0.5  # the task is certain
    assert rows[-1]["loss_by_skill"].keys() == {"even", "odd"}
    assert rows[-1]["rate_factor"] < 0.3


def test_stop_writes_a_checkpoint_and_old_ones_go(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    for _ in range(3):
        run.train(max_steps=1)
    run.stop()
    run.train()
    assert run.step == 3
    assert [path.name for path in checkpoint.complete(tmp_path / "checkpoints")] == [
        "step-0000002",
        "step-0000003",
    ]


def test_a_gradient_that_is_not_finite_stops_before_the_weights_move(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    with torch.no_grad():
        run.model.final_norm[0] = float("nan")
    before = run.model.embedding.detach().clone()
    with pytest.raises(FloatingPointError, match="muon-rate"):
        run.train(max_steps=1)
    assert torch.equal(run.model.embedding, before)
    assert not checkpoint.complete(tmp_path / "checkpoints")


def test_orthogonalise_keeps_directions_and_evens_their_sizes() -> None:
    stack = torch.randn(4, 16, 40, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(stack, full_matrices=False)
    inside = left.mT @ orthogonalise(stack) @ right.mT  # diagonal when the singular vectors are kept
    values = inside.diagonal(dim1=-2, dim2=-1)
    assert values.min() > 0.6 and values.max() < 1.3
    torch.testing.assert_close(inside, torch.diag_embed(values), atol=1e-4, rtol=0)


def test_schedule_rises_stays_and_falls() -> None:
    course = Schedule(total=1000, warmup=100, decay_fraction=0.25)
    assert 0 < course.factor(0) < 0.05
    assert course.factor(100) == course.factor(750) == 1
    assert course.factor(875) == pytest.approx(0.5)
    assert course.factor(1000) == 0
    assert Schedule(2000, 100, 0.25).factor(875) == 1


def test_command_line_gives_settings_and_refuses_uneven_batches() -> None:
    settings, _ = parse(["--tokens", "30_000_000", "--no-compile"])
    assert settings == replace(Settings(), tokens=30_000_000, compile=False)
    with pytest.raises(SystemExit):
        parse(["--batch-tokens", "1000", "--micro-tokens", "300"])
