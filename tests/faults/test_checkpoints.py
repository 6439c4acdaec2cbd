"""Promise 9 on the fake backend: killed or refused inside any checkpoint write, a resumed run ends alike."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.faults.disks import FaultyFiles, kill, refuse, survives
from tests.unit.training.makers import fresh, lesson, open_run, without_times

from engram.backends.fake import FakeSession
from engram.config import TrainSettings
from engram.disk import Files
from engram.errors import StorageError
from engram.training.checkpoint import tensor_bytes
from engram.training.curve import read_metrics
from engram.training.loop import train

SETTINGS = TrainSettings(batch_size=4, iters=7, save_every=2)
DATA = lesson(9)
START = ["write", "sync", "rename", "sync"]  # plan.json
SAVE = ["sync", "remove", "make_folder", *["write", "sync"] * 3, "sync", "rename", "sync"]
CALLS = START + SAVE * 2 + [*SAVE, "remove"] * 2  # after steps 2, 4, 6, 7; the oldest goes from the third on
CLEARING = {number for number, name in enumerate(CALLS) if name == "remove" and CALLS[number - 1] == "sync"}
CLEARING -= {number for number in CLEARING if CALLS[number + 1 : number + 2] == ["make_folder"]}


def run_to_end(folder: Path, files: Files | None = None, resume: bool = False) -> FakeSession:
    _, session = fresh(SETTINGS)
    train(session, DATA, SETTINGS, run=open_run(folder, DATA, SETTINGS, resume, files))
    return session


def fingerprint(session: FakeSession) -> str:
    return hashlib.sha256(tensor_bytes(session.export().tensors)).hexdigest()


Outcome = tuple[str, list[dict[str, Any]]]


def outcome(folder: Path, session: FakeSession) -> Outcome:
    """What two equal runs share: the exported bytes and the metrics."""
    return fingerprint(session), without_times(read_metrics(folder / "metrics.jsonl"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The unbroken run's."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return outcome(folder, run_to_end(folder))


def test_these_are_all_the_calls_there_are(tmp_path: Path) -> None:
    files = FaultyFiles(None, kill)
    run_to_end(tmp_path / "run", files)
    assert files.calls == CALLS


@pytest.mark.parametrize("at", range(len(CALLS)))
def test_killed_at_any_call_it_ends_as_if_unbroken(tmp_path: Path, whole: Outcome, at: int) -> None:
    folder = tmp_path / "run"
    assert not survives(lambda: run_to_end(folder, FaultyFiles(at, kill)))
    started = (folder / "plan.json").exists()
    assert started == (at > START.index("rename"))
    assert outcome(folder, run_to_end(folder, resume=started)) == whole


@pytest.mark.parametrize("at", range(len(CALLS)))
def test_a_refused_call_is_an_error_and_never_a_loss(tmp_path: Path, whole: Outcome, at: int) -> None:
    folder = tmp_path / "run"
    files = FaultyFiles(at, refuse(errno.ENOSPC if at % 2 else errno.EIO))
    if at in CLEARING:
        assert outcome(folder, run_to_end(folder, files)) == whole
        return
    with pytest.raises(StorageError) as caught:
        run_to_end(folder, files)
    assert caught.value.hint
    started = (folder / "plan.json").exists()
    assert outcome(folder, run_to_end(folder, resume=started)) == whole


def test_killed_again_and_again_it_still_ends_alike(tmp_path: Path, whole: Outcome) -> None:
    folder = tmp_path / "run"
    kills = 0
    while not survives(
        lambda: run_to_end(folder, FaultyFiles(len(SAVE) + 6, kill), (folder / "plan.json").exists())
    ):
        kills += 1
        assert kills < 10
    assert kills > 1
    assert outcome(folder, run_to_end(folder, resume=True)) == whole
