"""Preparing saves work and changes nothing: the same losses, the same steps, the same bits on resume."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tests.support.tiny import batch_of

from engram.backends.base import AdapterSpec, Batch, TrainSession, TrainSpec
from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.trunk import Trunk
from engram.models.base import Base

PAIRS = [("the sky", "is blue"), ("a", "b"), ("what is the long name of it", "x"), ("one two", "three four")]
ANCHORED = [False, False, True, True]


def session(backend: TorchBackend, base: Base, num_layers: int = 1) -> TrainSession:
    return backend.load(base).begin_training(TrainSpec(AdapterSpec(rank=4, num_layers=num_layers)))


def losses(session: TrainSession, batch: Batch, steps: int = 5) -> list[float]:
    """Loss and anchor loss of every step, one after the other."""
    results = [session.step([batch], 5e-3) for _ in range(steps)]
    return [loss for result in results for loss in (result.loss, result.anchor_loss)]


def count_lower_passes(session: Any) -> list[int]:
    """How often the lowest block runs from now on."""
    calls: list[int] = []
    block = session._module.model.layers[0]
    block.register_forward_hook(lambda *_: calls.append(1))
    return calls


def test_prepared_steps_are_the_unprepared_ones(base: Base, backend: TorchBackend) -> None:
    batch = batch_of(base, PAIRS, ANCHORED)
    plain, prepared = session(backend, base), session(backend, base)
    prepared.prepare([batch])
    assert losses(prepared, batch) == pytest.approx(losses(plain, batch), rel=1e-4, abs=1e-5)


def test_prepared_rows_skip_the_lower_blocks(base: Base, backend: TorchBackend) -> None:
    batch = batch_of(base, PAIRS, ANCHORED)
    prepared = session(backend, base)
    prepared.prepare([batch])
    calls = count_lower_passes(prepared)
    losses(prepared, batch)
    assert calls == []
    prepared.evaluate([batch_of(base, PAIRS, first_id=100)])
    assert calls != []  # rows that were not announced go through all blocks


def test_other_batches_of_prepared_rows_are_read_right(base: Base, backend: TorchBackend) -> None:
    prepared = session(backend, base)
    prepared.prepare([batch_of(base, PAIRS)])
    plain = session(backend, base)
    for start, end in ((0, 2), (2, 4), (1, 2)):
        part = batch_of(base, PAIRS[start:end], first_id=start)
        assert prepared.evaluate([part]).loss == pytest.approx(plain.evaluate([part]).loss, rel=1e-5)


def test_a_resumed_session_takes_bit_identical_steps(base: Base, backend: TorchBackend) -> None:
    batch = batch_of(base, PAIRS, ANCHORED)
    unbroken, broken, resumed = (session(backend, base) for _ in range(3))
    for one in (unbroken, broken, resumed):
        one.prepare([batch])
    losses(unbroken, batch, 6)
    losses(broken, batch, 3)
    resumed.restore(broken.state())
    losses(resumed, batch, 3)
    ours, theirs = resumed.state(), unbroken.state()
    assert all(np.array_equal(ours[key], theirs[key]) for key in theirs)


def test_nothing_is_kept_where_every_block_is_adapted(base: Base, backend: TorchBackend) -> None:
    whole: Any = session(backend, base, num_layers=-1)
    whole.prepare([batch_of(base, PAIRS)])
    assert not whole._trunk.usable


def test_a_model_that_cannot_be_entered_is_left_alone(base: Base, backend: TorchBackend) -> None:
    """An embedding that is scaled inside the model, as some architectures do, must be noticed."""
    spoiled: Any = session(backend, base)
    inner = spoiled._module.model
    stock = inner.forward

    def scaled(*args: Any, inputs_embeds: torch.Tensor | None = None, **options: Any) -> Any:
        if inputs_embeds is not None:
            inputs_embeds = inputs_embeds * 8
        return stock(*args, inputs_embeds=inputs_embeds, **options)

    inner.forward = scaled
    batch = batch_of(base, PAIRS, ANCHORED)
    spoiled.prepare([batch])
    trunk: Trunk = spoiled._trunk
    assert not trunk.usable
    inner.forward = stock
    plain = losses(session(backend, base), batch, 1)
    assert losses(spoiled, batch, 1) == pytest.approx(plain, rel=1e-5, abs=1e-6)
