"""The module's arithmetic in torch is the reference's, and a cache that it was not told of is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.tiny import tiny_base
from transformers import DynamicCache

from engram.backends.base import ConditionalSpec, TrainSpec
from engram.backends.conditional import gathered, open_positions, written
from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.conditional import Write
from engram.errors import UsageError
from engram.lookup.hashing import Addressing
from engram.lookup.reading import Reader

CPU = torch.device("cpu")


def numbers(hidden: int, read: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(3).normal
    return {"key": draw(size=(hidden, read)), "value": draw(size=(hidden, read)), "bias": np.array(0.3)}


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 50.0])
def test_a_write_is_the_references(scale: float) -> None:
    draw = np.random.default_rng(5).normal
    hidden, read = scale * draw(size=(6, 16)), draw(size=(6, 12))
    read[0] = 0.0
    parts = numbers(16, 12)
    with torch.no_grad():
        ours = Write(parts, CPU)(torch.tensor(hidden).float(), torch.tensor(read).float()).numpy()
    expected = written(hidden, read, parts)
    assert ours == pytest.approx(expected, rel=1e-4, abs=1e-6 * (scale + 1e-3))
    assert not ours[0].any()


def test_rows_are_gathered_as_the_reference_gathers_them(tmp_path: Path) -> None:
    base = tiny_base(tmp_path)
    model = TorchBackend("cpu", "float32").load(base)
    reader = Reader(np.arange(300, dtype=np.int32), Addressing((1, 3), 2, 40))
    session = model.begin_training(TrainSpec(conditional=ConditionalSpec(reader, width=3)))
    table = np.random.default_rng(1).normal(size=(reader.addressing.rows, 3)).astype(np.float32)
    with torch.no_grad():
        session.memory.table.copy_(torch.tensor(table))
    ids = np.array([[5, 6, 7, 5], [0, 0, 9, 9]])
    positions, read = session.memory.read_ids(ids, skipped=[0, 2])
    expected, addresses, live = open_positions(reader.read(ids, skipped=[0, 2]))
    assert positions.tolist() == expected.tolist() == [0, 1, 2, 3, 6, 7]
    assert (read.detach().numpy() == gathered(table, addresses, live)).all()


def test_going_on_from_an_unknown_cache_is_refused(tmp_path: Path) -> None:
    base = tiny_base(tmp_path)
    model = TorchBackend("cpu", "float32").load(base)
    reader = Reader(np.arange(300, dtype=np.int32), Addressing((1,), 1, 40))
    model.begin_training(TrainSpec(conditional=ConditionalSpec(reader)))
    stock = model._module
    ids, cache = torch.tensor([[5, 6, 7]]), DynamicCache()
    stock(input_ids=ids, past_key_values=cache, use_cache=True)
    with pytest.raises(UsageError, match="not told of"):
        stock(input_ids=ids[:, :1], past_key_values=cache, use_cache=True)
