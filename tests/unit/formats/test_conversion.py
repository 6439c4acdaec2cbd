"""Adapters between PEFT and mlx-lm: stock programs load what we write, with the logits of the source."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from tests.support.stock import make_mlx, make_peft, mlx_logits, torch_logits

from engram.errors import AdapterError, UsageError
from engram.formats.adapter import Adapter, Layer, alpha_for
from engram.formats.convert import convert, format_of, read_adapter
from engram.formats.mlx_lm import mlx_files, read_mlx
from engram.formats.peft import peft_files, read_peft
from engram.formats.stored import FLOATS, Stored
from engram.models.base import Base

# Logits of one adapter in torch and in mlx; they are up to about 8 large, and differ by up to 5e-6.
CLOSE = 5e-5

PEFT_KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "rslora": {"use_rslora": True},
    "dora": {"use_dora": True},
    "last block": {"layers_to_transform": [1]},
    "all linear": {"target_modules": "all-linear", "r": 3, "lora_alpha": 5},
    "bfloat16": {"dtype": torch.bfloat16},
    "float16": {"dtype": torch.float16},
}
MLX_KINDS: dict[str, dict[str, Any]] = {
    "plain": {"keys": ["self_attn.q_proj", "mlp.up_proj"]},
    "whatever is linear": {},
    "all blocks": {"num_layers": -1, "scale": 0.7, "rank": 3},
    "more than there are": {"num_layers": 16},
    "dora": {"dora": True, "keys": ["self_attn.v_proj"], "num_layers": 2},
    "bfloat16": {"dtype": mx.bfloat16, "keys": ["self_attn.q_proj"]},
    "float16": {"dtype": mx.float16, "keys": ["mlp.down_proj"]},
}


@pytest.mark.parametrize("kind", PEFT_KINDS)
def test_what_peft_made_answers_the_same_in_mlx_lm(base: Base, tmp_path: Path, kind: str) -> None:
    source = make_peft(tmp_path / "peft", base, **PEFT_KINDS[kind])
    convert(source, "mlx", tmp_path / "mlx", blocks=2)
    expected = torch_logits(base.folder, source)
    assert np.abs(expected - torch_logits(base.folder)).max() > 0.1
    assert np.abs(mlx_logits(base.folder, tmp_path / "mlx") - expected).max() < CLOSE


@pytest.mark.parametrize("kind", MLX_KINDS)
def test_what_mlx_lm_made_answers_the_same_in_peft(base: Base, tmp_path: Path, kind: str) -> None:
    source = make_mlx(tmp_path / "mlx", base, **MLX_KINDS[kind])
    convert(source, "peft", tmp_path / "peft")
    expected = mlx_logits(base.folder, source)
    assert np.abs(expected - mlx_logits(base.folder)).max() > 0.1
    assert np.abs(torch_logits(base.folder, tmp_path / "peft") - expected).max() < CLOSE


@pytest.mark.parametrize("kind", MLX_KINDS)
def test_mlx_to_peft_to_mlx_is_identity(base: Base, tmp_path: Path, kind: str) -> None:
    """Bit for bit, read by mlx; and from then on the files themselves are the same."""
    source = make_mlx(tmp_path / "mlx", base, **MLX_KINDS[kind])
    names = [source, *(tmp_path / name for name in ("peft", "back", "peft2", "back2"))]
    for before, after in pairwise(names):
        convert(before, "peft" if after.name.startswith("peft") else "mlx", after)
    was, now = (mx.load(str(tmp_path / name / "adapters.safetensors")) for name in ("mlx", "back"))
    assert set(was) == set(now)
    for name, tensor in was.items():
        assert now[name].dtype == tensor.dtype and now[name].shape == tensor.shape
        bits = mx.uint32 if tensor.dtype == mx.float32 else mx.uint16
        assert mx.array_equal(tensor.view(bits), now[name].view(bits)), name
    theirs, ours = read_mlx(source), read_mlx(tmp_path / "back")
    assert (theirs.rank, theirs.scale, theirs.dropout, theirs.covered, theirs.inner_paths) == (
        ours.rank,
        ours.scale,
        ours.dropout,
        ours.covered,
        ours.inner_paths,
    )
    for file in ("adapters.safetensors", "adapter_config.json"):
        assert (tmp_path / "back" / file).read_bytes() == (tmp_path / "back2" / file).read_bytes()
    assert np.array_equal(mlx_logits(base.folder, source), mlx_logits(base.folder, tmp_path / "back"))


@pytest.mark.parametrize("kind", PEFT_KINDS)
def test_peft_to_mlx_to_peft_is_identity(base: Base, tmp_path: Path, kind: str) -> None:
    source = make_peft(tmp_path / "peft", base, **PEFT_KINDS[kind])
    convert(source, "mlx", tmp_path / "mlx", blocks=2)
    convert(tmp_path / "mlx", "peft", tmp_path / "back")
    was, now = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("peft", "back"))
    assert set(was) == set(now)
    assert all(torch.equal(was[name], now[name]) and was[name].dtype == now[name].dtype for name in was)
    assert np.array_equal(torch_logits(base.folder, source), torch_logits(base.folder, tmp_path / "back"))


@given(
    rank=st.integers(1, 9),
    scale=st.floats(1e-3, 1e3),
    blocks=st.tuples(st.integers(1, 4), st.integers(0, 3)),
    names=st.sets(st.sampled_from(["self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj"]), min_size=1),
    dtype=st.sampled_from(sorted(FLOATS)),
    dora=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_any_adapter_survives_both_formats(
    tmp_path_factory: pytest.TempPathFactory,
    rank: int,
    scale: float,
    blocks: tuple[int, int],
    names: set[str],
    dtype: str,
    dora: bool,
    seed: int,
) -> None:
    count, first = blocks
    random = np.random.default_rng(seed)

    def tensor(*shape: int) -> Stored:
        bits = random.integers(0, 2**16, shape, dtype=np.uint16) & 0xBFFF  # no infinities in either half type
        wide = random.standard_normal(shape).astype(np.float32)
        return Stored(dtype, wide if dtype == "F32" else bits.view(np.dtype(FLOATS[dtype])))

    made = Adapter(
        rank,
        scale,
        0.25,
        {
            f"model.layers.{block}.{name}": Layer(
                tensor(rank, size), tensor(7, rank), tensor(7) if dora else None
            )
            for block in range(first, first + count)
            for name in sorted(names)
            for size in random.integers(1, 6, 1)
        },
        first + count,
        "owner/name",
        "abc",
    )
    folder = tmp_path_factory.mktemp("any")
    for name, files, read in (
        ("mlx", mlx_files, read_mlx),
        ("peft", peft_files, lambda place: read_peft(place, first + count)),
    ):
        try:
            contents = files(made)
        except ValueError as error:
            assert "is exactly the scale" in str(error)
            continue
        (folder / name).mkdir(exist_ok=True)
        for file, data in contents.items():
            (folder / name / file).write_bytes(data)
        _assert_same(read(folder / name), made)


def _assert_same(found: Adapter, made: Adapter) -> None:
    for field in ("rank", "scale", "dropout", "blocks", "base", "revision", "dora"):
        assert getattr(found, field) == getattr(made, field), field
    assert set(found.layers) == set(made.layers)
    for path, layer in made.layers.items():
        for half in ("a", "b", "magnitude"):
            one, other = getattr(found.layers[path], half), getattr(layer, half)
            assert (one is None) == (other is None)
            if one is not None:
                assert one.dtype == other.dtype and one.bits.tobytes() == other.bits.tobytes()
                assert one.shape == other.shape


@given(scale=st.floats(1e-6, 1e6), rank=st.integers(1, 256))
@settings(max_examples=500, deadline=None)
def test_alpha_gives_the_scale_exactly_or_not_at_all(scale: float, rank: int) -> None:
    try:
        alpha, stabilized = alpha_for(scale, rank)
    except ValueError:
        return
    assert alpha / (math.sqrt(rank) if stabilized else rank) == scale  # as peft/tuners/lora/layer.py does


@pytest.mark.parametrize("rank", [1, 3, 6, 8, 10, 12, 24, 48, 100])
def test_alphas_that_people_choose_survive(rank: int) -> None:
    for alpha in (1, 2, 5, 8, 10, 16, 20, 32, 64, 128, 0.5):
        assert alpha_for(alpha / rank, rank) == (alpha, False)
        assert alpha_for(float(alpha), rank)[0] == alpha * rank  # mlx-lm's way to say it


def test_a_scale_that_no_alpha_gives_is_refused_by_name(base: Base, tmp_path: Path) -> None:
    rank = 3
    scale = next(s for s in (1.9 + n * 2**-52 for n in range(10_000)) if not _reachable(s, rank))
    source = make_mlx(tmp_path / "odd", base, rank=rank, scale=scale, keys=["mlp.up_proj"])
    with pytest.raises(AdapterError, match=rf"odd cannot be converted: no alpha .* rank 3.*{scale!r}"):
        convert(source, "peft", tmp_path / "peft")
    assert not (tmp_path / "peft").exists()


def _reachable(scale: float, rank: int) -> bool:
    """By trying every double near the product."""
    for divisor in (float(rank), math.sqrt(rank)):
        alpha = scale * divisor
        for _ in range(4):
            alpha = math.nextafter(alpha, 0)
        for _ in range(9):
            if alpha / divisor == scale:
                return True
            alpha = math.nextafter(alpha, math.inf)
    return False


def test_what_is_written_says_where_it_is_from(base: Base, tmp_path: Path) -> None:
    source = make_mlx(tmp_path / "mine", base)
    convert(source, "peft", tmp_path / "peft")
    manifest = json.loads((tmp_path / "peft" / "manifest.json").read_bytes())
    assert manifest["source"]["name"] == "mine" and manifest["source"]["format"] == "mlx"
    assert set(manifest["files"]) == {"adapter_config.json", "adapter_model.safetensors"}
    convert(tmp_path / "peft", "mlx", tmp_path / "back")
    chained = json.loads((tmp_path / "back" / "manifest.json").read_bytes())
    assert chained["source"]["manifest"]["source"]["name"] == "mine"
    assert str(tmp_path) not in json.dumps(chained)


def test_a_local_path_does_not_travel(base: Base, tmp_path: Path) -> None:
    source = make_peft(tmp_path / "peft", base)
    assert str(base.folder) in (source / "adapter_config.json").read_text()
    convert(source, "mlx", tmp_path / "mlx", blocks=2)
    for file in (tmp_path / "mlx").iterdir():
        assert str(base.folder).encode() not in file.read_bytes()


def test_nothing_is_overwritten_and_nothing_converted_into_itself(base: Base, tmp_path: Path) -> None:
    source = make_mlx(tmp_path / "mlx", base)
    assert format_of(source) == "mlx"
    with pytest.raises(UsageError, match="in the format mlx already"):
        convert(source, "mlx", tmp_path / "again")
    convert(source, "peft", tmp_path / "peft")
    before = {file.name: file.read_bytes() for file in (tmp_path / "peft").iterdir()}
    with pytest.raises(Exception, match="never overwritten"):
        convert(source, "peft", tmp_path / "peft")
    assert {file.name: file.read_bytes() for file in (tmp_path / "peft").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mlx", "peft"]


def test_both_kinds_are_told_apart(base: Base, tmp_path: Path) -> None:
    assert read_adapter(make_peft(tmp_path / "one", base)).rank == 4
    assert read_adapter(make_mlx(tmp_path / "two", base)).rank == 4
