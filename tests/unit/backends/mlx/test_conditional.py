"""The module's arithmetic in mlx is the reference's, and a cache that it was not told of is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mlx_lm")

import mlx.core as mx
from mlx_lm.models.cache import make_prompt_cache
from tests.support.tiny import tiny_base

from engram.backends.base import ConditionalSpec, TrainSpec
from engram.backends.conditional import written as reference
from engram.backends.mlx.backend import MlxBackend
from engram.backends.mlx.conditional import beside, written
from engram.errors import UsageError
from engram.lookup.hashing import Addressing
from engram.lookup.reading import Reader


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 50.0])
def test_a_write_is_the_references(scale: float) -> None:
    draw = np.random.default_rng(5).normal
    hidden, read = scale * draw(size=(6, 16)), draw(size=(6, 12))
    read[0] = 0.0
    parts = {"key": draw(size=(16, 12)), "value": draw(size=(16, 12)), "bias": np.array(0.3)}
    given = {name: mx.array(values.astype(np.float32)) for name, values in parts.items()}
    ours = np.array(written(mx.array(hidden.astype(np.float32)), mx.array(read.astype(np.float32)), given))
    assert ours == pytest.approx(reference(hidden, read, parts), rel=1e-4, abs=1e-6 * (scale + 1e-3))
    assert not ours[0].any()


def test_rows_are_laid_side_by_side() -> None:
    live = np.array([[True, False, True], [False, True, False]])
    found = np.array(beside(mx.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), live))
    assert found.tolist() == [[1, 2, 0, 0, 3, 4], [0, 0, 5, 6, 0, 0]]


def test_going_on_from_an_unknown_cache_is_refused(tmp_path: Path) -> None:
    base = tiny_base(tmp_path)
    model = MlxBackend("float32").load(base)
    reader = Reader(np.arange(300, dtype=np.int32), Addressing((1,), 1, 40))
    model.begin_training(TrainSpec(conditional=ConditionalSpec(reader)))
    stock = model._model
    cache = make_prompt_cache(stock)
    mx.eval(stock(mx.array([[5, 6, 7]]), cache=cache))
    with pytest.raises(UsageError, match="not told of"):
        stock(mx.array([[5]]), cache=cache)
