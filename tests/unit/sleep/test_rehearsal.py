"""A rehearsal says what a night would be about and leaves the home as it was, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.road import TRAINED, engram, fake_job
from tests.support.sleeping import FACTS, accept_what_is_valid, shorten_exam, tell

from engram.disk import sha256
from engram.errors import UsageError
from engram.home import Home
from engram.job import Job
from engram.lessons.dataset import read_dataset
from engram.sleep.journal import read_journal
from engram.sleep.night import sleep
from engram.sleep.nights import nights
from engram.sleep.recipe import as_long_as
from engram.sleep.rehearsal import rehearse
from engram.sleep.wishes import Wishes


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = fake_job(tmp_path / "home")
    job.home.create()
    return job


def bytes_of(home: Home) -> dict[str, str]:
    """Everything below a home, but the lists that the database engine shares between connections."""
    return {
        str(file.relative_to(home.root)): sha256(file.read_bytes()) if file.is_file() else ""
        for file in home.root.rglob("*")
        if not file.name.endswith(("-shm", "-wal"))
    }


def test_with_too_little_and_with_nothing(job: Job) -> None:
    assert rehearse(job).waiting == "There is nothing to learn yet." and rehearse(job).agenda is None
    tell(job, FACTS[:5])
    before = bytes_of(job.home)
    found = rehearse(job)
    assert found.agenda and found.agenda.new == 5 and "5 of 40" in found.waiting
    assert found.tokens is None, "the fake's jobs say how many steps they take"
    assert rehearse(fake_job(job.home.root, iters="auto")).tokens == as_long_as(5).max_tokens
    assert rehearse(fake_job(job.home.root, iters="auto", epochs=2)).tokens is None
    assert bytes_of(job.home) == before


def test_it_is_about_what_the_night_then_is_about(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)
    tell(job, FACTS)
    before = bytes_of(job.home)
    found = rehearse(job, write=tmp_path / "data")
    assert found.agenda and not found.waiting and not found.night.rebuild
    assert bytes_of(job.home) == before and not nights(job.home)
    assert read_dataset(tmp_path / "data").train == found.agenda.lessons.lessons.train
    morning = sleep(job)
    built = next(e for e in read_journal(job.home.run(found.night.name)) if e.stage == "build")
    assert built.counts["rows"] == len(found.agenda.lessons.lessons.train)
    assert morning and morning.night == found.night and morning.learned == len(found.agenda.remembered)
    again = rehearse(job, Wishes(reset=True))
    assert again.agenda and again.night.rebuild and not again.agenda.fresh and not again.waiting


def test_its_data_can_be_trained_on(job: Job, tmp_path: Path) -> None:
    tell(job, FACTS[:5])
    said = engram(
        *("sleep", "--dry-run", "--write", tmp_path / "data", "--model", "fake"), "--home", job.home.root
    )
    assert said.code == 0 and "it holds what you said" in said.out
    trained = engram("train", "--data", tmp_path / "data", "--home", tmp_path / "other", *TRAINED)
    assert trained.code == 0, trained.err


def test_what_is_in_the_way_is_not_touched(job: Job, tmp_path: Path) -> None:
    tell(job, FACTS[:5])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="other than a data set"):
        rehearse(job, write=tmp_path / "mine")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["letter.txt"]
