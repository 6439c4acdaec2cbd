"""Run folders: what is kept, what is refused, and what is passed over because it is broken."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path

import numpy as np
import pytest
from tests.unit.training.makers import fresh, lesson, open_run

from engram.config import TrainSettings
from engram.disk import storage_error
from engram.errors import SettingsError, StorageError, UsageError
from engram.training.checkpoint import KEPT, RunFolder
from engram.training.loop import train

IDENTITY = {"settings": {"rank": 8, "seed": 0}, "data": {"train": "abc"}}


def tensors(number: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    return {
        "weights": np.arange(6, dtype=np.float32).reshape(2, 3).T + number,
        "count": np.array(number, dtype=np.int64),
        "random": np.arange(5, dtype=np.uint8),
    }


def three_saved(folder: Path) -> RunFolder:
    run = RunFolder.start(folder, IDENTITY)
    for step in (10, 20, 30):
        run.append({"step": step, "train/loss": 1 / step})
        run.save(step, tensors(step), {"step": step})
    return run


def test_the_newest_of_the_last_two_is_returned_as_it_was_saved(tmp_path: Path) -> None:
    run = three_saved(tmp_path / "run")
    kept = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert kept == ["step-000020", "step-000030"] and len(kept) == KEPT
    found = run.latest()
    assert found is not None and (found.step, found.loop) == (30, {"step": 30})
    for name, tensor in tensors(30).items():
        assert found.tensors[name].dtype == tensor.dtype
        assert np.array_equal(found.tensors[name], tensor)


@pytest.mark.parametrize("name", ["state.safetensors", "loop.json", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "delete"])
def test_a_broken_checkpoint_is_passed_over(tmp_path: Path, name: str, harm: str) -> None:
    run = three_saved(tmp_path / "run")
    file = tmp_path / "run" / "checkpoints" / "step-000030" / name
    data = bytearray(file.read_bytes())
    if harm == "delete":
        file.unlink()
    else:
        data[len(data) // 2] ^= 1
        file.write_bytes(data if harm == "flip" else data[: len(data) // 2])
    if (name, harm) == ("manifest.json", "flip"):
        file.write_bytes(file.read_bytes().replace(b'"files"', b'"filez"'))
    found = run.latest()
    assert found is not None and found.step == 20
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [10, 20]


def test_with_no_whole_checkpoint_the_run_begins_again(tmp_path: Path) -> None:
    run = three_saved(tmp_path / "run")
    for folder in (tmp_path / "run" / "checkpoints").iterdir():
        (folder / "extra").write_text("not in the manifest")
    assert run.latest() is None
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == b""


def test_a_step_that_is_saved_again_replaces_the_first(tmp_path: Path) -> None:
    run = three_saved(tmp_path / "run")
    run.save(30, tensors(31), {"again": True})
    found = run.latest()
    assert found is not None and found.loop == {"again": True} and int(found.tensors["count"]) == 31


def test_other_settings_or_data_are_named_and_refused(tmp_path: Path) -> None:
    three_saved(tmp_path / "run")
    other = {"settings": {"rank": 16, "seed": 0}, "data": {"train": "xyz"}, "base": "new"}
    with pytest.raises(SettingsError) as caught:
        RunFolder.resume(tmp_path / "run", other)
    for part in ("settings.rank was 8 and is 16", "data.train was 'abc' and is 'xyz'", "base was None"):
        assert part in caught.value.message
    assert "seed" not in caught.value.message
    assert RunFolder.resume(tmp_path / "run", IDENTITY).resuming


def test_real_identities_differ_by_settings_and_by_rows(tmp_path: Path) -> None:
    settings, data = TrainSettings(batch_size=4, iters=2), lesson(6)
    _, session = fresh(settings)
    train(session, data, settings, run=open_run(tmp_path / "run", data, settings))
    with pytest.raises(SettingsError, match=r"settings\.learning_rate was 0\.002 and is 0\.003"):
        other = TrainSettings(batch_size=4, iters=2, learning_rate=3e-3)
        open_run(tmp_path / "run", data, other, resume=True)
    with pytest.raises(SettingsError, match=r"data\.train was"):
        open_run(tmp_path / "run", lesson(7), settings, resume=True)


def test_runs_are_not_started_twice_nor_resumed_from_nothing(tmp_path: Path) -> None:
    RunFolder.start(tmp_path / "run", IDENTITY)
    with pytest.raises(UsageError, match="exists already"):
        RunFolder.start(tmp_path / "run", IDENTITY)
    with pytest.raises(UsageError, match="no run other to resume"):
        RunFolder.resume(tmp_path / "other", IDENTITY)


def test_numbers_json_cannot_say_become_null(tmp_path: Path) -> None:
    run = RunFolder.start(tmp_path / "run", IDENTITY)
    run.append({"step": 1, "a": math.nan, "b": math.inf, "c": 0.5})
    line = (tmp_path / "run" / "metrics.jsonl").read_text()
    assert json.loads(line, parse_constant=pytest.fail) == {"step": 1, "a": None, "b": None, "c": 0.5}


def test_a_run_below_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="could not be written"):
        RunFolder.start(tmp_path / "file" / "run", IDENTITY)
    run = three_saved(tmp_path / "run")
    (tmp_path / "run" / "metrics.jsonl").unlink()
    (tmp_path / "run" / "metrics.jsonl").mkdir()
    with pytest.raises(StorageError):
        run.append({"step": 1})
    with pytest.raises(StorageError):
        run.latest()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
        (errno.EIO, "could not be written"),
    ],
)
def test_the_disk_s_complaints_are_sentences(code: int, words: str) -> None:
    error = storage_error(OSError(code, "as the system says it"), Path("folder") / "v1")
    assert words in error.message and error.hint and "v1" in error.message


def test_metrics_that_were_shortened_meanwhile_are_not_filled_up(tmp_path: Path) -> None:
    run = three_saved(tmp_path / "run")
    metrics = tmp_path / "run" / "metrics.jsonl"
    first = metrics.read_bytes().splitlines(keepends=True)[0]
    metrics.write_bytes(first)
    assert run.latest() is not None
    assert metrics.read_bytes() == first
