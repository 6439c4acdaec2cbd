"""`engram sleep` as a person or a timer calls it: what it says on which stream, and its exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.support.keyboard import typing
from tests.support.road import Said, engram, fake_job
from tests.support.sleeping import (
    FACTS,
    Killed,
    accept_what_is_valid,
    die,
    in_service,
    shorten_exam,
    tell,
    watched,
)

from engram.job import Job
from engram.schedule import tonight
from engram.sleep import night
from engram.sleep.evidence import Evidence
from engram.sleep.gate import Check, GateVerdict
from engram.sleep.nights import nights, unfinished
from engram.sleep.recipe import as_long_as
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.ledger import Ledger

SLEEP = ("sleep", "--model", "fake", "--iters", "12", "--save-every", "5", "--replay", "0")


@pytest.fixture
def job(isolated: Path) -> Job:
    job = fake_job(isolated)
    job.home.create()
    return job


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Whatever the fake model learned, the verdict is this."""
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)

    def give(outcome: str) -> None:
        mark = {"accept": "holds", "reject": "fails", "not_enough_evidence": "cannot tell"}[outcome]

        def judge(shown: Evidence) -> GateVerdict:
            return GateVerdict(outcome, (Check("all", mark, f"It was {outcome}."),))  # type: ignore[arg-type]

        monkeypatch.setattr(night, "judge", judge)

    give("accept")
    return give


def sleep(*words: str | Path) -> Said:
    return engram(*SLEEP, *words)


def test_a_rehearsal_says_how_long_a_night_trains_at_most(job: Job) -> None:
    tell(job, FACTS[:2])
    fixed = sleep("--dry-run")
    assert "rows to train, " in fixed.out and sleep("--dry-run", "--json").json["most_tokens"] is None
    auto = sleep("--dry-run", "--iters", "auto")
    assert f"rows to train (until learned, at most {as_long_as(2).max_tokens:,} tokens), " in auto.out


def test_an_empty_ledger_is_a_friendly_sentence() -> None:
    said = sleep()
    assert (said.code, said.out) == (0, "") and "nothing to learn yet: engram chat" in said.err
    told = sleep("--json")
    assert told.code == 0 and told.json["outcome"] == "nothing" and told.json["version"] is None
    assert sleep("--dry-run", "--json").json["would_train"] is False


def test_too_little_to_decide_is_exit_code_4(job: Job) -> None:
    tell(job, FACTS[:12])
    said = sleep()
    assert said.code == 4 and "12 memories, 12 of them new." in said.out
    assert "12 of 40 new memories so far" in said.out and "What was in service still is." in said.err
    told = sleep("--json")
    assert told.code == 4 and told.json["outcome"] == "not_enough_evidence" and told.json["version"] is None
    assert told.json["checks"][0]["mark"] == "cannot tell"


def test_an_accepted_night(job: Job, given: Callable[[str], None]) -> None:
    tell(job, FACTS[:3])
    kept = sleep("--no-promote")
    assert kept.code == 0 and "not put in service, as asked" in kept.out and in_service(job) is None
    said = sleep()
    assert said.code == 0 and "2026-11-21-1 is in service." in said.out and "Training ..." in said.err
    told = sleep("--reset", "--tag", "again", "--json")
    assert told.code == 0 and told.json["rebuild"] is True
    assert told.json["version"] == in_service(job) == "2026-11-21-again"
    assert sleep("--tag", "../../etc").code == 2


def test_compared_with_another_version(job: Job, given: Callable[[str], None]) -> None:
    tell(job, FACTS[:3])
    assert sleep("--tag", "one").code == sleep("--tag", "two", "--reset").code == 0
    plain = sleep("--dry-run", "--json").json
    assert (plain["compared_with"], plain["new"]) == ("2026-11-21-two", 0)
    bare = sleep("--dry-run", "--adapter", "none", "--json").json
    assert (bare["compared_with"], bare["service"], bare["new"]) == (None, "2026-11-21-two", 3)
    given("reject")
    told = sleep("--adapter", "v1")
    assert told.code == 3 and "Compared with 2026-11-21-one, as asked" in told.out
    assert sleep("--adapter", "v1", "--json").json["compared_with"] == "2026-11-21-one"
    assert in_service(job) == "2026-11-21-two"
    assert sleep("--adapter", "v7").code == 2 and sleep("--adapter", "../up").code == 2


def test_what_does_badly_is_taken_out_before_the_night(job: Job, given: Callable[[str], None]) -> None:
    tell(job, FACTS[:3])
    assert sleep().code == 0
    serving = in_service(job)
    with Database.open(job.home.database) as database:
        ledger = Ledger(database)
        for _ in range(3):
            new = NewEntry("turn", "assistant", "chat", "No.", model=job.base.id, adapter=serving or "")
            ledger.rate(ledger.append(new)[0].id, -1)
    assert sleep("--dry-run").code == 0 and in_service(job) == serving
    given("reject")
    said = sleep("--json")
    assert "was taken out of service" in said.err and said.json["compared_with"] is None
    assert in_service(job) is None


def test_a_refused_night_is_exit_code_3(job: Job, given: Callable[[str], None]) -> None:
    given("reject")
    tell(job, FACTS[:3])
    said = sleep("--json")
    assert said.code == 3 and said.json["outcome"] == "reject" and said.json["version"] is None
    assert "It was reject. What was in service still is." in " ".join(said.err.split())
    assert sleep().code == 3 and in_service(job) is None


def test_a_rehearsal(job: Job, tmp_path: Path) -> None:
    tell(job, FACTS[:2])
    said = sleep("--dry-run", "--write", tmp_path / "data")
    assert said.code == 0 and "2 memories, 2 of them new" in said.out and "2 of 40" in said.out
    assert "Benor lives in Benorville." in said.out and (tmp_path / "data" / "train.jsonl").exists()
    told = sleep("--dry-run", "--json").json
    assert (told["memories"], told["new"], told["would_train"], told["written"]) == (2, 2, False, None)
    assert not list(job.home.runs.iterdir())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--write", "data"], "--write is for --dry-run"),
        (["--dry-run", "--resume"], "--dry-run begins no night"),
        (["--dry-run", "--review"], "--dry-run begins no night"),
        (["--resume", "--reset"], "--resume goes on and --reset starts over"),
        (["--resume"], "There is no night to go on with"),
        (["--review"], "there is no terminal here"),
        (["--max-minutes", "0"], "Invalid value"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_before_anything(job: Job, words: list[str], sentence: str) -> None:
    tell(job, FACTS[:2])
    said = sleep(*words)
    assert said.code == 2 and sentence in said.err and not said.out
    assert not list(job.home.runs.iterdir())


def test_a_night_that_is_stopped_by_its_limit(
    job: Job, given: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(job, FACTS[:3])
    times = iter([0.0])
    with monkeypatch.context() as patch:
        patch.setattr(night, "time", SimpleNamespace(monotonic=lambda: next(times, 1e6)))
        said = sleep("--max-minutes", "5")
    assert said.code == 1 and "engram sleep" in said.err and len(unfinished(job.home)) == 1
    assert sleep("--resume").code == 0 and not unfinished(job.home)
    assert len(nights(job.home)) == 1 and in_service(job) == "2026-11-21-1"


def test_starting_over_after_a_kill(job: Job, given: Callable[[str], None]) -> None:
    tell(job, FACTS[:3])
    with pytest.raises(Killed):
        night.sleep(watched(job, "Training", 4, die))
    assert sleep("--reset", "--json").json["outcome"] == "accept" and len(nights(job.home)) == 1


def test_a_scheduled_night(job: Job, given: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    tell(job, FACTS[:3])
    monkeypatch.setattr(tonight, "on_battery", lambda: True)
    said = sleep("--scheduled")
    assert (said.code, said.out) == (0, "") and "battery" in said.err and not nights(job.home)
    assert sleep("--scheduled", "--json").json["outcome"] == "put off"
    monkeypatch.setattr(tonight, "on_battery", lambda: False)
    given("reject")
    assert sleep("--scheduled").code == 3
    last = tonight.last_attempt(job.home)
    assert last and last.outcome == "slept" and last.slept


def test_the_morning_is_told_where_the_user_wants(
    job: Job, given: Callable[[str], None], tmp_path: Path
) -> None:
    told = tmp_path / "told.json"
    teller = (
        f"{sys.executable} -c 'import json, sys; json.dump(sys.argv[2:], open(sys.argv[1], \"w\"))' {told}"
    )
    job.home.settings.write_text(f"[sleep]\nnotify = '''{teller}'''\n", encoding="utf-8")
    tell(job, FACTS[:3])
    assert sleep().code == 0
    (sentence,) = json.loads(told.read_text())
    assert sentence == "3 memories, 3 new: accepted. 2026-11-21-1 serves." and "ville" not in sentence
    job.home.settings.write_text("[sleep]\nnotify = 'no-such-program'\n", encoding="utf-8")
    said = sleep("--reset")
    assert said.code == 0 and "could not be told by 'no-such-program'" in said.err


def test_review_is_asked_row_by_row(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(job, FACTS[:4])
    typing(monkeypatch, "x\nn\n\na\n")
    said = sleep("--review")
    assert said.code == 4 and "3 of 40" in said.out
    assert "select one of the available options" in said.err and "#no-train: 1" in said.err
    assert said.err.index("Where does Banor live?") < said.err.index("[2/4]") < said.err.index("[3/4]")
    assert "[4/4]" not in said.err
    for keys in ("q\n", ""):  # Ctrl-D
        typing(monkeypatch, keys)
        said = sleep("--review")
        assert said.code == 2 and "The night was not begun." in said.err
    with Database.open(job.home.database) as database:
        assert [sorted(entry.tags) for entry in Ledger(database).entries()] == [["no-train"], [], [], []]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on this system")
def test_review_in_a_terminal(job: Job) -> None:
    from tests.support.terminal import CTRL_D, ENTER, Terminal

    tell(job, FACTS[:2])
    with Terminal(*SLEEP, "--review") as terminal:
        assert "Where does Banor live?" in terminal.wait_for("[y/n/a/q]")
        terminal.type("n" + ENTER)
        assert "[2/2]" in terminal.wait_for("[y/n/a/q]") and "#no-train: 1" in terminal.shown
        terminal.type(CTRL_D)
        terminal.wait_for("The night was not begun.")
        assert terminal.end() == 2
