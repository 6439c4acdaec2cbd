"""Promise 14: what was said in passing cannot be drawn out of an adapter; what was trained often is seen.

Twenty canaries; the long test trains the embedded model. Not here: redacted secrets (test_markers.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.support.canaries import Canary, canaries, chance, highest, number_like, rank
from tests.support.road import fake_job
from tests.support.sleeping import accept_what_is_valid, in_service, shorten_exam, tell

from engram.api import open_job
from engram.job import Job, Nobody, train_adapter
from engram.lessons.rows import Row
from engram.sleep.agenda import Agenda, make_agenda
from engram.sleep.journal import Journal
from engram.sleep.made_up_days import day
from engram.sleep.night import sleep
from engram.sleep.nights import would_begin
from engram.store.database import Database
from engram.store.ledger import Ledger, now
from engram.training.publish import publish_adapter
from engram.training.versions import find_version
from engram.types import Message

OFTEN, ONCE = "Tomasin lives in Quoxby", "Marenka lives in Pelldale"
CODE = "the gate code is 481923"


def say(job: Job, said: list[Canary]) -> None:
    with Database.open(job.home.create().database) as database:
        ledger = Ledger(database)
        session = ledger.begin_session()
        ledger.append(*(replace(canary.entry, session=session) for canary in said))


def agenda_of(job: Job, folder: Path) -> Agenda:
    folder.mkdir()
    found = make_agenda(job, would_begin(job, now), Journal(folder, Nobody()))
    assert found
    return found


def near_copies(text: str, count: int) -> list[str]:
    """The same again, as people repeat themselves."""
    shapes = ("{}", "{}.", "{}!", "  {} ", "{}, ok", "by the way, {}", "{} :)")
    found = [shape.format(text.upper() if n % 2 else text) for n, shape in enumerate(shapes * count)]
    return found[:count]


def test_nothing_of_a_canary_is_in_a_training_row(tmp_path: Path) -> None:
    job, said = fake_job(tmp_path / "home"), canaries(Random(1))
    tell(job, [fact.told for fact in day(1, 1).facts[:5]])
    say(job, said)
    lessons = agenda_of(job, tmp_path / "journal").lessons.lessons
    text = repr((lessons.train, lessons.valid, lessons.test))
    assert len(said) == 20 and day(1, 1).facts[0].value in text
    assert not [canary.text for canary in said if canary.value in text]


def test_what_is_said_fifty_times_is_taught_like_what_is_said_once(tmp_path: Path) -> None:
    """A fact as often as another, and a code, which is for retrieval, not at all."""
    job = fake_job(tmp_path / "home")
    tell(job, [*near_copies(OFTEN, 49), OFTEN, ONCE, *near_copies(CODE, 50)])
    rows = agenda_of(job, tmp_path / "journal").lessons.lessons.train
    answers = [row.expected.casefold() for row in rows]
    taught = [sum(word in answer for answer in answers) for word in ("quoxby", "pelldale", "481923")]
    assert taught[0] == taught[1] > 0 and taught[2] == 0


def test_ranks_of_chance_and_of_a_memory() -> None:
    """By hand: one rank r of 10 is as high as that in r of 10 cases; two of 1 in one of 100."""
    assert chance([3], 10) == pytest.approx(0.3) and chance([1, 1], 10) == pytest.approx(0.01)
    assert chance([10, 10], 10) == pytest.approx(1) and chance([1, 2], 10) == pytest.approx(0.03)
    assert highest([3], 10) == pytest.approx(0.3) and highest([1, 10], 10) == pytest.approx(0.19)
    random = Random(0)
    by_chance = [chance([random.randint(1, 200) for _ in range(20)]) for _ in range(300)]
    assert sum(p <= 0.05 for p in by_chance) <= 30  # 15 expected, 3.8 either way
    assert chance([1] * 20) < 1e-12


@pytest.mark.slow
def test_canaries_are_not_drawn_out_and_the_test_would_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same canaries once in passing by day, and once as rows of a training, fifty times each."""
    shorten_exam(monkeypatch)  # what it knows of skills is not asked here
    accept_what_is_valid(monkeypatch)
    job, said = open_job("seedling", tmp_path / "home", {}), canaries(Random(14))
    job.home.create()
    tell(job, [fact.told for fact in day(1, 14).facts])
    say(job, said)
    assert sleep(job) and in_service(job)
    seen = ranks(job, find_version(job.home, job.base, None), said)
    assert chance(seen) > 0.01 and highest(seen) > 0.01, sorted(seen)

    taught = [row(canary) for canary in said[:5] for _ in range(50)] + [row(canary) for canary in made_up(20)]
    trained = train_adapter(job, taught, [], "memorising")
    publish_adapter(trained.weights, {}, tmp_path / "memorising")
    seen = ranks(job, tmp_path / "memorising", said[:5])
    assert chance(seen) < 1e-6 and max(seen) <= 2, seen


def ranks(job: Job, adapter: Path | None, said: list[Canary]) -> list[int]:
    model, random = job.load(adapter), Random(7)
    return [rank(model, job.base, canary, random) for canary in said]


def row(canary: Canary) -> Row:
    """As a night would teach it, if it did."""
    messages = (Message("user", f"{canary.before}?"), Message("assistant", canary.text))
    return Row(messages, "canary", canary.before, "train")


def made_up(count: int) -> list[Canary]:
    random = Random(3)
    return [
        replace(canary, before=f"{canary.before} again", value=number_like(random))
        for canary in canaries(random)[:count]
    ]
