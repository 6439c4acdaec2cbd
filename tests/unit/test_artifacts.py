"""Headers of safetensors files against the library's own reader, and what counts as finite.

Not here: hostile files (tests/faults/test_hostile_artifacts.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from engram.artifacts import odd_tensors, read_object, safetensors_header
from engram.errors import ArtifactError

SOUND = save(
    {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.zeros((0, 4), np.float16),
        "c": np.ones(5, np.int8),
        "d": np.array(2.0, np.float64),
    },
    {"format": "np"},
)


def test_it_says_what_the_library_says(tmp_path: Path) -> None:
    file = tmp_path / "x.safetensors"
    file.write_bytes(SOUND)
    header = safetensors_header(file)
    with safe_open(file, framework="numpy") as library:
        assert header.keys() == set(library.keys())
        for name, stored in header.items():
            tensor = library.get_tensor(name)
            assert stored.shape == tensor.shape
            assert SOUND[stored.start : stored.end] == tensor.tobytes()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_library_refuses_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    """One to three edits of a sound file. We refuse some more, such as one name twice."""
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 9)))
        content[start:end] = data.draw(
            st.one_of(st.binary(max_size=9), st.sampled_from([b'"', b"9", b"[", b" "]))
        )
    file = tmp_path / "x.safetensors"
    file.write_bytes(content)
    try:
        safetensors_header(file)
    except ArtifactError as error:
        assert "tmp" not in error.message or "x.safetensors" in error.message
        return
    with safe_open(file, framework="numpy"):
        pass


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, -3.0, np.inf, -np.inf, np.nan, "smallest", "largest"])
def test_finite_and_zero_are_what_numpy_says(tmp_path: Path, kind: str, value: Any) -> None:
    limits = np.finfo(kind)
    number = {"smallest": limits.smallest_subnormal, "largest": limits.max}.get(value, value)
    tensor = np.zeros(4, kind)
    tensor[2] = number
    file = tmp_path / "x.safetensors"
    file.write_bytes(save({"x": tensor}))
    broken, zero = odd_tensors(file, safetensors_header(file))
    assert (broken == {"x"}) == (not np.isfinite(tensor).all())
    assert (zero == {"x"}) == (not tensor.any())


def test_bfloat16_is_read_as_the_upper_half_of_float32(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save as save_torch

    file = tmp_path / "x.safetensors"
    rows = {
        "nan": [0, float("nan")],
        "inf": [1, float("inf")],
        "large": [3e38],
        "zero": [0, -0.0],
        "one": [1],
    }
    file.write_bytes(
        save_torch({name: torch.tensor(row, dtype=torch.bfloat16) for name, row in rows.items()})
    )
    assert odd_tensors(file, safetensors_header(file)) == ({"nan", "inf"}, {"zero"})


def test_json_has_to_say_each_thing_once(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    assert read_object(file) is None
    file.write_text('{"a": {"b": [1, {"c": null}]}}')
    assert read_object(file) == {"a": {"b": [1, {"c": None}]}}
    file.write_text('{"a": {"b": 1, "c": 2, "b": 3}}')
    with pytest.raises(ArtifactError, match=rf"{tmp_path.name}/x.json is not valid JSON: it says 'b' twice"):
        read_object(file)


@pytest.mark.parametrize("half", [b'"\\ud800"', b'"\xed\xa0\x80"'], ids=["escaped", "as bytes"])
def test_json_has_to_hold_whole_characters(tmp_path: Path, half: bytes) -> None:
    file = tmp_path / "tokenizer_config.json"
    file.write_bytes(b'{"eos_token": ' + half + b"}")
    with pytest.raises(ArtifactError, match="half of a surrogate pair"):
        read_object(file)
    file.write_bytes(b'{"eos_token": "\\ud83d\\ude00"}')
    assert read_object(file) == {"eos_token": "\U0001f600"}


def test_the_library_is_what_we_are_compared_with(tmp_path: Path) -> None:
    """Else the comparison above would show nothing: it does refuse a file that lacks a byte."""
    file = tmp_path / "x.safetensors"
    file.write_bytes(SOUND[:-1])
    with pytest.raises(SafetensorError), safe_open(file, framework="numpy"):
        pass
    with pytest.raises(ArtifactError):
        safetensors_header(file)
