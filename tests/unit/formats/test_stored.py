"""Stored tensors: torch rounds, the safetensors library reads and writes, and ours are the same bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.torch import load_file, save_file

from engram.disk import Files
from engram.errors import StorageError
from engram.formats.stored import FLOATS, Stored, StoredFile, read_stored, rounded, stored_bytes
from engram.formats.streamed import new_folder

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(values=arrays(np.float32, st.integers(1, 40), elements=FINITE))
@settings(max_examples=200, deadline=None)
def test_rounding_is_torchs(values: np.ndarray) -> None:  # type: ignore[type-arg]
    for dtype, theirs in TYPES.items():
        expected = torch.from_numpy(values).to(theirs)
        ours = rounded(values, dtype)
        bits = expected if dtype != "BF16" else expected.view(torch.int16)
        assert ours.bits.tobytes() == bits.numpy().tobytes()
        assert ours.to_float32().tobytes() == expected.float().numpy().tobytes()


def test_ties_go_to_the_even_neighbour() -> None:
    """Halfway between every two neighbours in bfloat16, one bit to either side; and past the largest."""
    for low in (0x7FFF, 0x8000, 0x8001):
        wide = (np.arange(2**16, dtype=np.uint32) << 16) + np.uint32(low)
        values = wide.view(np.float32)
        values = values[np.isfinite(values)]
        expected = torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy()
        assert rounded(values, "BF16").bits.tobytes() == expected.tobytes()


def test_all_of_bfloat16_is_read_as_torch_reads_it() -> None:
    bits = np.arange(2**16, dtype=np.uint16)
    theirs = torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).float().numpy()
    assert Stored("BF16", bits).to_float32().tobytes() == theirs.tobytes()


@pytest.mark.parametrize("dtype", FLOATS)
def test_files_are_the_librarys(tmp_path: Path, dtype: str) -> None:
    torch.manual_seed(0)
    tensors = {f"t{n}": torch.randn(n, 3).to(TYPES[dtype]) for n in (4, 1, 2)}
    save_file(tensors, tmp_path / "theirs", {"format": "pt"})
    ours = read_stored(tmp_path / "theirs")
    (tmp_path / "ours").write_bytes(stored_bytes(ours, {"format": "pt"}))
    again = load_file(tmp_path / "ours")
    assert set(again) == set(tensors)
    for name, tensor in tensors.items():
        assert torch.equal(again[name], tensor) and ours[name].shape == tuple(tensor.shape)
        assert torch.equal(
            torch.from_numpy(ours[name].transposed().to_float32()), tensor.float().T.contiguous()
        )


def test_chunks_are_the_bytes_of_a_tensor(tmp_path: Path) -> None:
    tensors = {
        "a": Stored("F32", np.arange(12, dtype="<f4").reshape(3, 4)),
        "b": Stored("F16", np.ones(5, "<f2")),
    }
    (tmp_path / "f").write_bytes(stored_bytes(tensors, {}))
    content = StoredFile(tmp_path / "f")
    for name, tensor in tensors.items():
        assert b"".join(content.chunks(name)) == tensor.bits.tobytes()


class Failing(Files):
    """Refuses one kind of call."""

    def __init__(self, call: str) -> None:
        self._call = call

    def sync(self, path: Path) -> None:
        if self._call == "sync" and path.name == "parent":
            raise OSError(5, "I/O error")
        super().sync(path)

    def rename(self, source: Path, target: Path) -> None:
        if self._call == "rename":
            raise OSError(28, "No space left on device")
        super().rename(source, target)

    def write(self, file: Path, data: bytes) -> None:
        if self._call == "write":
            raise OSError(28, "No space left on device")
        super().write(file, data)


@pytest.mark.parametrize("call", ["write", "rename", "sync", "body"])
def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path, call: str) -> None:
    (tmp_path / "parent").mkdir()
    target = tmp_path / "parent" / "new"
    with pytest.raises((StorageError, KeyboardInterrupt)), new_folder(target, {}, Failing(call)) as aside:
        (aside / "large").write_bytes(b"x" * 1000)
        assert not target.exists()
        if call == "body":
            raise KeyboardInterrupt
    assert list((tmp_path / "parent").iterdir()) == []
    with new_folder(target, {"a": 1}) as aside:
        (aside / "large").write_bytes(b"x" * 1000)
    assert sorted(path.name for path in target.iterdir()) == ["large", "manifest.json"]


def test_a_folder_that_came_meanwhile_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "new"
    with pytest.raises(StorageError), new_folder(target, {}) as aside:
        (aside / "mine").write_bytes(b"x")
        target.mkdir()
        (target / "theirs").write_bytes(b"y")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert (target / "theirs").read_bytes() == b"y"
