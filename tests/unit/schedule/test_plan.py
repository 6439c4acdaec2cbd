"""Times of day, names of timers, and when the last and the next time is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.errors import UsageError
from engram.home import Home
from engram.schedule.plan import after, before, make_plan, parse_time, timer_name

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda moment: moment.astimezone())


@pytest.mark.parametrize(
    ("text", "at"), [("03:00", time(3)), ("3:05", time(3, 5)), (" 23:59 ", time(23, 59))]
)
def test_times(text: str, at: time) -> None:
    assert parse_time(text) == at


@pytest.mark.parametrize(
    "text", ["", "3", "24:00", "03:60", "3am", "-1:00", "03:00:00", "03:5", "٣:00", "03:00\n05:00"]
)
def test_no_times(text: str) -> None:
    with pytest.raises(UsageError, match="no time of day"):
        parse_time(text)


@given(moment=MOMENTS, at=st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_last_and_next_are_a_day_apart_and_around_the_moment(moment: datetime, at: time) -> None:
    last, following = before(at, moment), after(at, moment)
    assert last <= moment < following
    assert last.replace(tzinfo=None).time() == following.replace(tzinfo=None).time() == at
    assert timedelta(hours=22) < following - last < timedelta(hours=26)  # the clock may change in between
    assert (following.date() - last.date()).days == 1


def test_each_home_has_a_timer_of_its_own(tmp_path: Path) -> None:
    names = {timer_name(Home(tmp_path / name)) for name in ("a", "b", "a b")}
    assert len(names) == 3 and all(name.startswith("engram-sleep-") for name in names)
    assert timer_name(Home.default()) == "engram-sleep"


def test_the_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    plan = make_plan(Home(tmp_path), "3:00", python="/p")
    assert plan.words == ("/p", "-P", "-m", "engram", "sleep", "--scheduled", "--home", str(tmp_path))
    assert set(plan.environment) <= {"HF_HOME"} and "secret" not in str(plan)
