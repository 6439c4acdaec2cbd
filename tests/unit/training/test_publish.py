"""Publishing: whole folders with digests, deterministic bytes, no local paths, no names that are paths."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engram.backends.base import AdapterWeights
from engram.errors import AdapterError, StorageError
from engram.training.publish import CONFIG, WEIGHTS, publish_adapter, verify_adapter

TENSORS = {
    "base_model.model.b.lora_B.weight": np.ones((3, 2), dtype=np.float32),
    "base_model.model.a.lora_A.weight": np.arange(8, dtype=np.float32).reshape(2, 4),
}
PEFT = {"peft_type": "LORA", "r": 2, "base_model_name_or_path": "org/base"}
ADAPTER = AdapterWeights(TENSORS, PEFT)
MANIFEST = {"base": "org/base", "seed": 3, "probes": ["/help me", "/", "C: a drive"]}


def test_what_is_published_is_whole_and_says_so(tmp_path: Path) -> None:
    digest = publish_adapter(ADAPTER, MANIFEST, tmp_path / "v1")
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]
    assert {path.name for path in (tmp_path / "v1").iterdir()} == {WEIGHTS, CONFIG, "manifest.json"}
    manifest = verify_adapter(tmp_path / "v1")
    assert manifest["digest"] == digest and manifest["seed"] == 3
    loaded = load_file(tmp_path / "v1" / WEIGHTS)
    assert all(np.array_equal(loaded[name], tensor) for name, tensor in TENSORS.items())
    assert json.loads((tmp_path / "v1" / CONFIG).read_text()) == PEFT


def test_equal_adapters_are_equal_bytes_whatever_the_order(tmp_path: Path) -> None:
    turned = AdapterWeights(dict(reversed(TENSORS.items())), dict(reversed(PEFT.items())))
    digests = {
        publish_adapter(weights, {}, tmp_path / name) for name, weights in (("a", ADAPTER), ("b", turned))
    }
    assert len(digests) == 1
    for name in (WEIGHTS, CONFIG, "manifest.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    other = AdapterWeights(TENSORS, {**PEFT, "r": 3})
    assert publish_adapter(other, {}, tmp_path / "c") not in digests


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, "manifest.json"])
def test_a_flipped_bit_or_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    publish_adapter(ADAPTER, MANIFEST, tmp_path / "v1")
    file = tmp_path / "v1" / name
    data = bytearray(file.read_bytes())
    position = data.find(b'"digest": "') + 11 if name == "manifest.json" else len(data) // 2
    data[position] = data[position] ^ 1
    file.write_bytes(data)
    with pytest.raises(AdapterError, match=name.replace(".", r"\.")):
        verify_adapter(tmp_path / "v1")
    file.unlink()
    with pytest.raises(AdapterError, match=name.replace(".", r"\.")):
        verify_adapter(tmp_path / "v1")


def test_files_that_nobody_listed_are_refused(tmp_path: Path) -> None:
    publish_adapter(ADAPTER, MANIFEST, tmp_path / "v1")
    (tmp_path / "v1" / "extra.bin").write_bytes(b"?")
    with pytest.raises(AdapterError, match=r"extra\.bin is not in the manifest"):
        verify_adapter(tmp_path / "v1")


def test_a_version_is_never_overwritten(tmp_path: Path) -> None:
    publish_adapter(ADAPTER, MANIFEST, tmp_path / "v1")
    with pytest.raises(StorageError, match="exists already"):
        publish_adapter(ADAPTER, {}, tmp_path / "v1")
    assert verify_adapter(tmp_path / "v1")["seed"] == 3


@pytest.mark.parametrize(
    "path", ["/home/someone/models/base", "C:\\models\\base", "\\\\server\\share\\base", "/models/base"]
)
def test_local_paths_do_not_get_in(tmp_path: Path, path: str) -> None:
    for weights, manifest, place in (
        (AdapterWeights(TENSORS, {"base_model_name_or_path": path}), {}, "config.base_model_name_or_path"),
        (ADAPTER, {"sources": [{"file": path}]}, r"manifest.sources\[0\].file"),
    ):
        with pytest.raises(AdapterError, match=place):
            publish_adapter(weights, manifest, tmp_path / "v1")
    assert list(tmp_path.iterdir()) == []
