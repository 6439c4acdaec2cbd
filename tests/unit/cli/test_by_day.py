"""What a conversation writes down of its answers: seconds and failures, and only of what is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.remembering import opened
from tests.support.road import SMALL, engram

from engram.answer.answerer import Answerer
from engram.cli.by_day import look, noting
from engram.cli.chat_place import Place, open_place
from engram.config import Settings
from engram.errors import ModelError, OutOfMemory, UsageError
from engram.home import Home
from engram.store.answers import Made, answers_made
from engram.store.entries import NewEntry


@contextmanager
def talking(home: Path, told: list[str] | None = None, **chat: Any) -> Iterator[Place]:
    settings = Settings(model={"model": "fake", "backend": "fake"}, chat=chat)  # type: ignore[arg-type]
    told = [] if told is None else told
    with open_place(settings, Home(home), None, 0, told.append) as place:
        yield place


def said(place: Place, text: str, pieces: int = 1000) -> None:
    with noting(place.session, place.database):
        said: list[str] = []
        for piece in place.session.ask(text, stop=lambda: len(said) >= pieces):
            said.append(piece)


def made(place: Place) -> tuple[Made, ...]:
    assert place.database is not None
    return answers_made(place.database, "fake", "", 9)


def test_an_answer_is_timed(isolated: Path) -> None:
    with talking(isolated) as place:
        said(place, "hello")
        said(place, "and hello again")
        found = made(place)
        assert [one.failed for one in found] == [False, False]
        assert place.session.last and found[-1].seconds == place.session.last.answer.seconds


def test_what_is_broken_off_or_not_written_counts_for_nothing(isolated: Path) -> None:
    with talking(isolated) as place:
        said(place, "hello", pieces=1)
        said(place, "hello #private")
        place.session.incognito = True
        said(place, "hello")
        assert made(place) == ()
        with noting(place.session, None):
            pass


class Failing(Answerer):
    """Fails, or is asked too much, as told."""

    error: Exception

    def write(self, *given: Any, **more: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "counts"),
    [(OutOfMemory("no room"), True), (ModelError("broken"), True), (UsageError("too long"), False)],
    ids=["memory", "model", "usage"],
)
def test_failures_of_the_model_count_and_no_others(isolated: Path, error: Exception, counts: bool) -> None:
    with talking(isolated) as place:
        failing = Failing(place.session.answerer.model)
        failing.error = error
        place.session.answerer = failing
        with pytest.raises(type(error)):
            said(place, "hello")
        assert [one.failed for one in made(place)] == ([True] if counts else [])


def test_before_a_conversation_what_does_badly_goes(isolated: Path) -> None:
    assert engram("teach", "tiny.yaml", *SMALL).code == 0
    engram("adapters", "use", "v1")
    with talking(isolated) as place:
        assert look(place.job, None) == []
        name = place.session.answerer.adapter
    with opened(isolated / "memory.db") as ledger:
        for _ in range(3):
            new = NewEntry("turn", "assistant", "chat", "No.", model="fake", adapter=name)
            ledger.rate(ledger.append(new)[0].id, -1)
    told: list[str] = []
    with talking(isolated, told, incognito=True) as place:
        assert place.session.answerer.adapter == name and not told
        assert look(place.job, "v1") == []
    with talking(isolated, told) as place:
        first, why, back = told
        assert place.session.answerer.adapter == ""
        assert name in first and "the bare base answers again" in first and name in back
        assert "3 of its last 3" in why and look(place.job, None) == []
