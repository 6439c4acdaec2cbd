"""Promise 2, publishing: whatever call fails, there is no version or a whole one, and the older one stays."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from tests.faults.disks import FaultyFiles, kill, refuse, survives

from engram.backends.base import AdapterWeights
from engram.disk import Files
from engram.errors import StorageError
from engram.training.publish import publish_adapter, verify_adapter

ADAPTER = AdapterWeights({"lora_B.weight": np.ones((3, 2), np.float32)}, {"peft_type": "LORA"})
SEQUENCE = [
    "remove",
    "make_folder",
    *["write", "sync"] * 3,  # configuration, weights, manifest
    "sync",  # the folder
    "rename",
    "sync",  # its parent
]


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_these_are_all_the_calls_there_are(tmp_path: Path) -> None:
    files = FaultyFiles(None, kill)
    publish_adapter(ADAPTER, {}, tmp_path / "v2", files)
    assert files.calls == SEQUENCE


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("at", range(len(SEQUENCE)))
def test_a_refused_call_leaves_no_trace(tmp_path: Path, at: int, code: int) -> None:
    publish_adapter(ADAPTER, {"number": 1}, tmp_path / "v1")
    with pytest.raises(StorageError) as caught:
        publish_adapter(ADAPTER, {"number": 2}, tmp_path / "v2", FaultyFiles(at, refuse(code)))
    assert "v2" in caught.value.message and caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]
    assert verify_adapter(tmp_path / "v1")["number"] == 1
    publish_adapter(ADAPTER, {"number": 2}, tmp_path / "v2")
    assert verify_adapter(tmp_path / "v2")["number"] == 2


@pytest.mark.parametrize("at", range(len(SEQUENCE)))
def test_a_kill_leaves_no_version_or_a_whole_one(tmp_path: Path, at: int) -> None:
    publish_adapter(ADAPTER, {"number": 1}, tmp_path / "v1")
    ours = FaultyFiles(at, kill)
    assert not survives(lambda: publish_adapter(ADAPTER, {"number": 2}, tmp_path / "v2", ours))
    renamed = at > SEQUENCE.index("rename")
    assert visible(tmp_path) == (["v1", "v2"] if renamed else ["v1"])
    if not renamed:
        publish_adapter(ADAPTER, {"number": 2}, tmp_path / "v2")  # what lies about is no obstacle
    assert verify_adapter(tmp_path / "v2")["number"] == 2
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["v1", "v2"]


def test_an_interrupt_is_passed_on_and_leaves_no_trace(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for at in range(len(SEQUENCE)):
        with pytest.raises(KeyboardInterrupt):
            publish_adapter(ADAPTER, {}, tmp_path / "v1", FaultyFiles(at, interrupt))
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_hold_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="v1"):
        publish_adapter(ADAPTER, {}, tmp_path / "missing" / "v1", Files())
