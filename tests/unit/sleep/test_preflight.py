"""Whether there is room for a night is asked before it begins."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import pytest
from tests.support.road import fake_job

from engram.errors import OutOfMemory, StorageError
from engram.job import Job
from engram.sleep import preflight
from engram.sleep.night import sleep
from engram.sleep.preflight import check_room

Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = fake_job(tmp_path / "home")
    job.home.create()
    return job


def with_disk(patch: pytest.MonkeyPatch, free: int) -> None:
    patch.setattr(preflight.shutil, "disk_usage", lambda path: Disk(10**12, 0, free))


@pytest.mark.parametrize(("free", "enough"), [(500_000_000, True), (499_999_999, False), (0, False)])
def test_disk(job: Job, monkeypatch: pytest.MonkeyPatch, free: int, enough: bool) -> None:
    monkeypatch.setattr(preflight, "available_memory", lambda: None)  # as where it cannot be asked
    with_disk(monkeypatch, free)
    if enough:
        check_room(job)
        return
    with pytest.raises(StorageError, match=r"needs 500 MB of free disk"):
        check_room(job)
    with pytest.raises(StorageError):
        sleep(job)
    assert not list(job.home.runs.iterdir())


def test_memory(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_disk(monkeypatch, 10**12)
    monkeypatch.setattr(preflight, "_weights", lambda job: 2_000_000_000)
    monkeypatch.setattr(preflight, "available_memory", lambda: 6_600_000_000)
    check_room(job)
    monkeypatch.setattr(preflight, "available_memory", lambda: 6_599_999_999)
    with pytest.raises(OutOfMemory, match=r"about 6\.6 GB of memory"):
        check_room(job)
