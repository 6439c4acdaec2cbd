"""Training arithmetic against plain references: losses, anchors, faults, memory settings, number types."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.tiny import batch_of
from transformers import AutoModelForCausalLM

from engram.backends.base import AdapterSpec, Batch, TrainSpec
from engram.backends.grouping import GROUP_COST, cut_by_length
from engram.backends.torch import losses
from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.device import memory_guard
from engram.backends.torch.rows import group_rows
from engram.errors import OutOfMemory, TrainingError
from engram.models.base import Base

PAIRS = [("the sky?", "blue"), ("grass, in spring, far from here?", "green"), ("2+2", "4"), ("x", "yes")]
SPEC = TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0), anchor_weight=0.5, seed=2)
RATE = 1e-2


def same_state(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[k], right[k]) for k in left)


def test_the_loss_is_transformers_own(base: Base, backend: TorchBackend) -> None:
    reference = AutoModelForCausalLM.from_pretrained(base.folder).eval()
    batch = batch_of(base, PAIRS)
    labels = torch.from_numpy(np.where(batch.targets, batch.ids, -100)).long()
    with torch.no_grad():
        expected = float(reference(input_ids=torch.from_numpy(batch.ids).long(), labels=labels).loss)
    assert backend.load(base).begin_training(SPEC).step([batch], 0.0).loss == pytest.approx(
        expected, rel=1e-5
    )


def test_the_anchor_loss_is_the_divergence_from_the_base(base: Base, backend: TorchBackend) -> None:
    model = backend.load(base)
    session = model.begin_training(SPEC)
    for _ in range(5):
        session.step([batch_of(base, PAIRS)], RATE)
    batch = batch_of(base, PAIRS[:2], [True, True], first_id=50)
    tuned, bare = (
        copy.deepcopy(model._module).eval(),
        AutoModelForCausalLM.from_pretrained(base.folder).eval(),
    )
    where = np.argwhere(batch.targets)
    ids = torch.from_numpy(batch.ids).long()
    with torch.no_grad():
        p, q = (torch.log_softmax(m(input_ids=ids).logits, -1) for m in (bare, tuned))
    divergence = [float((p[r, t - 1].exp() * (p[r, t - 1] - q[r, t - 1])).sum()) for r, t in where]
    result = session.step([batch], 0.0)
    assert result.anchor_loss == pytest.approx(np.mean(divergence), rel=1e-4)
    assert result.anchor_loss > 1e-3 and result.loss == 0.0 and result.rows == 0


def test_a_coarse_anchor_bounds_the_full_one_from_below(
    base: Base, backend: TorchBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchored = batch_of(base, PAIRS[:2], [True, True], first_id=50)

    def divergence(kept: int | None) -> float:
        if kept is not None:
            monkeypatch.setattr(losses, "_WHOLE_VOCABULARY", 0)
            monkeypatch.setattr(losses, "_KEPT", kept)
        session = backend.load(base).begin_training(SPEC)
        for _ in range(5):
            session.step([batch_of(base, PAIRS)], RATE)
        return session.step([anchored], 0.0).anchor_loss

    full = divergence(None)
    # Merging outcomes never raises a KL divergence (data processing); keeping all but one merges nothing.
    assert 0 < divergence(40) < full
    assert divergence(299) == pytest.approx(full, rel=1e-3)


def test_anchors_hold_the_adapter_near_the_base(base: Base, backend: TorchBackend) -> None:
    taught = batch_of(base, PAIRS[:2])
    anchored = batch_of(base, PAIRS[2:], [True, True], first_id=50)

    def drift(weight: float) -> float:
        session = backend.load(base).begin_training(
            TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0), anchor_weight=weight)
        )
        return [session.step([taught, anchored], RATE).anchor_loss for _ in range(20)][-1]

    assert drift(5.0) < drift(0.0) / 2


def test_a_row_is_anchored_to_the_same_targets_whatever_its_batch(base: Base, backend: TorchBackend) -> None:
    one = batch_of(base, PAIRS[:1], [True], first_id=50)
    wide = batch_of(base, PAIRS[:3], [True] * 3, first_id=50)
    kept = []
    for batch in (one, wide):
        session = backend.load(base).begin_training(SPEC)
        session.step([batch], 0.0)
        kept.append(session._anchors._kept[50][0])
    assert torch.equal(*kept)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_non_finite_numbers_change_nothing(base: Base, backend: TorchBackend, bad: float) -> None:
    model = backend.load(base)
    session = model.begin_training(SPEC)
    session.step([batch_of(base, PAIRS)], RATE)
    before = session.state()
    norm = model._module.model.norm.weight
    good = norm[0].item()
    norm.data[0] = bad
    assert not np.isfinite(session.step([batch_of(base, PAIRS)], RATE).loss)
    assert same_state(before, session.state())
    norm.data[0] = good
    assert np.isfinite(session.step([batch_of(base, PAIRS)], RATE).loss)


def test_clipping_bounds_the_step_and_reports_the_norm_before(base: Base, backend: TorchBackend) -> None:
    moments = []
    for clip in (1e9, 1e-3):
        spec = TrainSpec(adapter=SPEC.adapter, clip_norm=clip)
        session = backend.load(base).begin_training(spec)
        norm = session.step([batch_of(base, PAIRS)], RATE).grad_norm
        squares = [v for k, v in session.state().items() if k.startswith("exp_avg/")]
        moments.append((norm, float(np.sqrt(sum((v / 0.1) ** 2 for v in map(np.linalg.norm, squares))))))
    assert moments[0][0] == moments[1][0] == pytest.approx(moments[0][1], rel=1e-4)
    assert moments[1][1] == pytest.approx(1e-3, rel=1e-2)


def test_gradient_checkpointing_changes_memory_only(base: Base, backend: TorchBackend) -> None:
    plain, saving = (
        backend.load(base).begin_training(TrainSpec(adapter=SPEC.adapter, grad_checkpoint=on))
        for on in (False, True)
    )
    for _ in range(3):
        left, right = (s.step([batch_of(base, PAIRS)], RATE) for s in (plain, saving))
        assert left.loss == pytest.approx(right.loss, rel=1e-5)
        assert left.grad_norm == pytest.approx(right.grad_norm, rel=1e-4)


def test_a_bfloat16_base_learns_with_a_float32_adapter(base: Base) -> None:
    session = TorchBackend("cpu", "bfloat16").load(base).begin_training(SPEC)
    results = [session.step([batch_of(base, PAIRS)], RATE) for _ in range(30)]
    assert results[-1].loss < results[0].loss / 3
    assert all(t.dtype == np.float32 for t in session.export().tensors.values())


def test_dropout_uses_no_randomness_of_the_process(base: Base, backend: TorchBackend) -> None:
    spec = TrainSpec(adapter=AdapterSpec(rank=4, dropout=0.3), seed=9)
    losses_seen = []
    for noise in (0, 1):
        torch.manual_seed(noise)
        session = backend.load(base).begin_training(spec)
        before = torch.get_rng_state()
        losses_seen.append([session.step([batch_of(base, PAIRS)], RATE).loss for _ in range(3)])
        assert torch.equal(before, torch.get_rng_state())
    assert losses_seen[0] == losses_seen[1]


def test_a_foreign_state_is_refused(base: Base, backend: TorchBackend) -> None:
    small = backend.load(base).begin_training(TrainSpec(adapter=AdapterSpec(rank=2)))
    large = backend.load(base).begin_training(TrainSpec(adapter=AdapterSpec(rank=4)))
    with pytest.raises(TrainingError, match="other training settings"):
        large.restore(small.state())


def test_a_step_without_targets_is_refused(base: Base, backend: TorchBackend) -> None:
    batch = batch_of(base, PAIRS)
    empty = Batch(batch.ids, batch.lengths, np.zeros_like(batch.targets), batch.anchored, batch.row_ids)
    with pytest.raises(TrainingError, match="without a single target"):
        backend.load(base).begin_training(SPEC).step([empty], RATE)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
    ],
)
def test_no_memory_is_said_in_one_way(error: Exception) -> None:
    with pytest.raises(OutOfMemory, match="Lower it"), memory_guard("testing", "Lower it."):
        raise error
    with pytest.raises(RuntimeError, match="shapes"), memory_guard("testing", "Lower it."):
        raise RuntimeError("shapes do not match")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=30))
def test_groups_hold_every_row_once_and_cost_no_more_than_one_group(lengths: list[int]) -> None:
    lengths.sort()
    runs = cut_by_length(lengths)
    assert [at for start, end in runs for at in range(start, end)] == list(range(len(lengths)))
    cost = sum((end - start) * lengths[end - 1] + GROUP_COST for start, end in runs)
    assert cost <= len(lengths) * lengths[-1] + GROUP_COST


def test_groups_keep_targets_labels_and_ids_together(base: Base) -> None:
    batch = batch_of(base, [*PAIRS, ("a long question " * 12, "done"), ("another long one " * 12, "done")])
    seen = {}
    groups = group_rows(batch, torch.device("cpu"))
    assert len(groups) == 2
    for group in groups:
        for place, row_id in enumerate(group.row_ids):
            seen[row_id] = group.labels[group.row_of == place].tolist()
            positions = group.mask[place].nonzero()[:, 0] + 1
            assert group.ids[place, positions].tolist() == seen[row_id]
    assert seen == {int(r): batch.ids[r][batch.targets[r]].tolist() for r in range(len(batch.ids))}
