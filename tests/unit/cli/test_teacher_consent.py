"""No memory goes to a teacher before the user says so, each time; and a rehearsal sends none at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.keyboard import typing
from tests.support.road import Said, engram, fake_job
from tests.support.sleeping import FACTS, accept_what_is_valid, in_service, shorten_exam, tell
from tests.support.teacher import Answer, Asked, Teacher, allow_this_machine, completion, teaching

from engram.cli.teacher_consent import consented
from engram.config import Settings
from engram.errors import UsageError
from engram.job import Job
from engram.schedule import tonight
from engram.settings_file import read_settings
from engram.sleep.night import sleep
from engram.sleep.nights import nights
from engram.sleep.rehearsal import rehearse
from engram.sleep.wishes import Wishes

SMALL = ("--model", "fake", "--iters", "12", "--save-every", "5", "--replay", "0")


def rewording(asked: Asked, before: int) -> Answer:
    """One more question for each memory, which keeps its answer."""
    given = json.loads(asked.prompt.splitlines()[1])
    question = f"Where would one find {given['question'].split()[2]} these days?"
    return completion(json.dumps({"pairs": [{"question": question, "answer": given["answer"]}]}))


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Teacher]:
    allow_this_machine(monkeypatch)
    with teaching(rewording) as server:
        yield server


@pytest.fixture
def job(isolated: Path, teacher: Teacher, monkeypatch: pytest.MonkeyPatch) -> Job:
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)
    job = fake_job(isolated)
    tell(job, FACTS[:3])
    job.home.settings.write_text(
        f"[sleep]\naugment = 'teacher'\n[teacher]\nteacher = '{teacher.url}'\nmodel = 'big'\n"
    )
    return job


def slept(*words: str | Path) -> Said:
    said = engram("sleep", *SMALL, *words)
    return Said(said.code, said.out, " ".join(said.err.split()))  # wherever lines were broken


def test_nobody_there_to_be_asked_is_no(job: Job, teacher: Teacher) -> None:
    said = slept()
    assert said.code == 2 and "would go to 127.0.0.1" in said.err and "--yes" in said.err
    assert teacher.asked == [] and not nights(job.home)


def test_yes_on_the_line_is_yes(job: Job, teacher: Teacher) -> None:
    assert slept("--yes").code == 0 and in_service(job)
    assert len(teacher.asked) == 3 and "Benor" in str([asked.body for asked in teacher.asked])


def test_a_setting_says_yes_for_every_night(job: Job, teacher: Teacher) -> None:
    assert slept("--no-confirm-teacher").code == 0 and len(teacher.asked) == 3


def test_a_rehearsal_asks_nobody_unless_it_writes(job: Job, teacher: Teacher, tmp_path: Path) -> None:
    said = slept("--dry-run")
    assert said.code == 0 and "rules alone" in said.err and teacher.asked == []
    said = slept("--dry-run", "--yes")
    assert said.code == 0 and teacher.asked == []
    assert slept("--dry-run", "--write", tmp_path / "data").code == 2 and teacher.asked == []
    assert slept("--dry-run", "--write", tmp_path / "data", "--yes").code == 0 and len(teacher.asked) == 3
    assert "synthetic-teacher" in (tmp_path / "data" / "train.jsonl").read_text()


def test_a_scheduled_night_sends_nothing(job: Job, teacher: Teacher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tonight, "on_battery", lambda: False)
    said = slept("--scheduled")
    assert said.code == 0 and "rules alone reword them" in said.err and in_service(job)
    assert teacher.asked == []


def test_the_night_itself_needs_the_word(job: Job, teacher: Teacher, tmp_path: Path) -> None:
    """Also where no command is before it."""
    settings = read_settings(job.home.settings, overrides={"train": {"iters": 12, "replay": 0}})
    asking = replace(job, settings=settings)
    with pytest.raises(UsageError, match="did not say that they may"):
        sleep(asking)
    with pytest.raises(UsageError, match="did not say that they may"):
        rehearse(asking, write=tmp_path / "data")
    assert rehearse(asking, Wishes(teacher=True)).agenda and teacher.asked == [] and not nights(job.home)


@pytest.mark.parametrize("typed", ["y\n", "n\n"])
def test_a_person_is_asked(job: Job, teacher: Teacher, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typing(monkeypatch, typed)
    said = slept()
    assert "Send them?" in said.err and "your memories" in said.err
    assert (said.code, len(teacher.asked)) == ((0, 3) if typed == "y\n" else (2, 0))


def test_without_a_teacher_there_is_nothing_to_ask() -> None:
    assert consented(Settings(), yes=False) is False
    with pytest.raises(UsageError, match="no teacher is named"):
        consented(Settings(sleep={"augment": "teacher"}), yes=True)  # type: ignore[arg-type]
