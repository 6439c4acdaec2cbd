"""One line for each night: what it says, that it lasts, and which night a memory belongs to.

Most nights here are folders written by hand; one test sleeps. Not here: nights themselves (test_night.py),
or the figures over nights (test_retained.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.support.road import fake_job
from tests.support.sleeping import FACTS, accept_what_is_valid, shorten_exam, tell

from engram.errors import StorageError
from engram.home import Home
from engram.sleep.morning import PastNight
from engram.sleep.night import sleep
from engram.sleep.trend_lines import (
    TRENDS,
    Part,
    Share,
    Trend,
    append_trend,
    day_labels,
    nights_of,
    read_trends,
)
from engram.sleep.trends import all_trends, catch_up, trend
from engram.store.database import Database
from engram.store.forgetting import forget
from engram.store.ledger import Ledger

Item = tuple[str, bool, bool]


def bundle(new: Sequence[Item] = (), old: Sequence[Item] = (), skills: Sequence[Item] = ()) -> dict[str, Any]:
    def part(items: Sequence[Item]) -> dict[str, Any]:
        return {"pairs": [{"fact": fact, "before": b, "after": a, "skill": ""} for fact, b, a in items]}

    return {
        "new": part(new),
        "old": part(old),
        "skills": part(skills),
        "loss_before": 2.0,
        "loss_after": 2.5,
    }


def past(number: int, version: str = "", outcome: str = "accept") -> PastNight:
    return PastNight(f"night-2026112{number}-1", f"2026-11-2{number}T03:12:00+00:00", outcome, version)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def end_night(home: Home, number: int, evidence: dict[str, Any], version: str | None) -> str:
    """A night's folder, as a night leaves it."""
    name = past(number).name
    folder = home.run(name)
    folder.mkdir()
    night = {"name": name, "through": 9, "service": "", "base": "b", "rebuild": False, "tries": 1}
    verdict = {"outcome": "accept" if version else "reject", "checks": [], "version": version}
    stage = {"stage": "filter", "inputs": "", "seconds": 0.1, "peak_bytes": 1, "counts": {"memories": 7}}
    for file, value in (("night.json", night), ("verdict.json", verdict), ("evidence.json", evidence)):
        (folder / file).write_text(json.dumps(value))
    (folder / "journal.jsonl").write_text(json.dumps(stage) + "\n")
    return name


def test_a_night_that_serves_is_the_night_of_what_it_taught() -> None:
    new = [("12.1", False, True), ("12.2", False, False), ("15.1", True, True)]
    line = trend(past(1, "v"), bundle(new=new, skills=[("s1", True, False)]), {}, memories=9)
    assert line.taught == (12, 15) and line.matrix == {past(1).name: Share(2, 3)}
    assert line.parts == {"new": Part(1 / 3, 2 / 3, 3), "skills": Part(1.0, 0.0, 1)}
    assert (line.memories, line.new, line.loss_before, line.loss_after) == (9, 3, 2.0, 2.5)


def test_a_refused_night_is_the_night_of_nothing_and_what_serves_still_is_asked() -> None:
    evidence = bundle(new=[("12.1", False, True)], old=[("3.1", True, False), ("4.1", True, False)])
    line = trend(past(2, outcome="reject"), evidence, {3: "first", 4: "first"})
    assert line.taught == () and line.matrix == {"first": Share(2, 2)}
    assert line.parts["old"] == Part(1.0, 0.0, 2) and line.version == ""


def test_a_memory_stays_with_the_night_that_first_taught_it() -> None:
    """Also when it is asked as new again, because what taught it was rolled back or forgotten from."""
    evidence = bundle(new=[("3.1", False, True), ("12.1", False, True)], old=[("4.1", True, True)])
    line = trend(past(3, "v"), evidence, {3: "first", 4: "second"})
    assert line.taught == (12,)
    assert line.matrix == {"first": Share(1, 1), past(3).name: Share(1, 1), "second": Share(1, 1)}


def test_what_was_taught_in_a_night_without_a_line_counts_for_the_night_that_asks() -> None:
    line = trend(past(3, "v"), bundle(old=[("4.1", True, True)]), {})
    assert line.taught == (4,) and line.matrix == {past(3).name: Share(1, 1)}


@pytest.mark.parametrize("fact", ["", "x", "-1.1", "\u0663.1", "9" * 30, None, 3])
def test_items_that_name_no_entry_count_for_nothing(fact: Any) -> None:
    line = trend(past(1, "v"), bundle(new=[(fact, False, True)]), {})
    assert line.taught == () and line.matrix == {} and "new" not in line.parts


@pytest.mark.parametrize(
    "broken", [{}, {"new": None}, {"new": {"pairs": 3}}, {"loss_after": "x"}, {"new": []}]
)
def test_evidence_that_cannot_be_read_is_not_measured(broken: dict[str, Any]) -> None:
    line = trend(past(1, "v"), broken, {})
    assert (line.parts, line.loss_after, line.matrix) == ({}, None, {})


def test_lines_are_read_as_they_were_written(home: Home) -> None:
    lines = [trend(past(n, f"v{n}"), bundle(new=[(f"{n}.1", False, True)]), {}, n) for n in (1, 2, 3)]
    for line in lines:
        append_trend(home, line)
    assert read_trends(home) == lines and nights_of(lines) == {n: past(n).name for n in (1, 2, 3)}
    assert (home.root / TRENDS).stat().st_mode & 0o077 == 0


def test_a_torn_last_line_is_passed_over_and_ended(home: Home) -> None:
    for n in (1, 2):
        append_trend(home, trend(past(n, "v"), bundle(), {}))
    file = home.root / TRENDS
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in (*range(first, len(whole), 17), len(whole) - 1):
        file.write_bytes(whole[:cut])
        assert [line.night for line in read_trends(home)][:1] == [past(1).name]
        append_trend(home, trend(past(3, "v"), bundle(), {}))
        nights = [line.night for line in read_trends(home)]
        assert nights in ([past(1).name, past(3).name], [past(n).name for n in (1, 2, 3)]), cut


@pytest.mark.parametrize(
    "line", ["", "null", "[]", "{", '{"night": "n"}', '{"night": 1, "parts": []}', "\u0000", "[" * 5_000]
)
def test_what_is_no_line_is_passed_over(home: Home, line: str) -> None:
    append_trend(home, trend(past(1, "v"), bundle(), {}))
    file = home.root / TRENDS
    file.write_bytes(line.encode() + b"\n" + file.read_bytes())
    assert [found.night for found in read_trends(home)] == [past(1).name]


def test_of_two_lines_about_a_night_the_later_counts(home: Home) -> None:
    for memories in (1, 2):
        append_trend(home, trend(past(1, "v"), bundle(), {}, memories))
    assert [line.memories for line in read_trends(home)] == [2]


def test_nights_without_a_line_get_one_once(home: Home) -> None:
    end_night(home, 1, bundle(new=[("1.1", False, True)]), "v1")
    end_night(home, 2, bundle(new=[("2.1", False, False)], old=[("1.1", True, True)]), None)
    assert [line.night for line in all_trends(home)] == [past(1).name, past(2).name]
    assert not (home.root / TRENDS).exists(), "looking writes nothing"
    written = catch_up(home)
    assert written == read_trends(home) == all_trends(home) and catch_up(home) == []
    assert [line.memories for line in written] == [7, 7]
    assert written[1].matrix == {past(1).name: Share(1, 1)}
    end_night(home, 3, bundle(new=[("2.1", False, True)], old=[("1.1", True, False)]), "v3")
    (third,) = catch_up(home)
    assert third.matrix == {past(1).name: Share(0, 1), past(3).name: Share(1, 1)} and third.taught == (2,)


def test_a_night_that_was_not_ended_has_no_line(home: Home) -> None:
    name = end_night(home, 1, bundle(), "v1")
    (home.run(name) / "verdict.json").unlink()
    assert catch_up(home) == []


def test_lines_outlive_the_folders_of_their_nights(home: Home) -> None:
    """Forgetting takes a night's folder away; the night of its other memories stays known."""
    name = end_night(home, 1, bundle(new=[("1.1", False, True), ("2.1", False, True)]), "v1")
    catch_up(home)
    for file in home.run(name).iterdir():
        file.unlink()
    home.run(name).rmdir()
    end_night(home, 2, bundle(new=[("1.1", False, True)]), "v2")
    assert catch_up(home)[0].matrix == {name: Share(1, 1)}


def test_a_line_holds_no_text(home: Home) -> None:
    """Of everything in the evidence, numbers of entries and counts alone."""
    end_night(home, 1, bundle(new=[("1.1", False, True)], skills=[("the secret word", True, True)]), "v1")
    catch_up(home)
    assert "secret" not in (home.root / TRENDS).read_text()


def test_nights_that_were_slept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first teaches three facts, the second one more; then something is forgotten, and all is rebuilt."""
    shorten_exam(monkeypatch)
    accept_what_is_valid(monkeypatch)
    job = fake_job(tmp_path / "home", iters=2)
    for told in (FACTS[:3], FACTS[3:4]):
        tell(job, told)
        sleep(job)
        catch_up(job.home)
    with Database.open(job.home.database) as database:
        forget(job.home, database, [Ledger(database).get(2)])
    sleep(job)
    catch_up(job.home)
    first, second, rebuilt = read_trends(job.home)
    assert (first.taught, second.taught, rebuilt.taught) == ((1, 2, 3), (4,), ())
    asked = {night: share.n for night, share in rebuilt.matrix.items()}
    assert asked == {first.night: 2 * 6, second.night: 6}, "six wordings of each fact that is left"


def test_a_disk_that_refuses_is_told(home: Home) -> None:
    (home.root / TRENDS).mkdir()
    with pytest.raises(StorageError):
        append_trend(home, trend(past(1, "v"), bundle(), {}))
    assert read_trends(home) == []


def test_several_nights_of_one_day_are_told_apart() -> None:
    ended = ("2026-11-21T12:00:00Z", "2026-11-21T12:01:00Z", "2026-11-22T12:00:00Z", "2026-11-21T12:02:00Z")
    labels = day_labels([Trend(f"n{place}", date, "accept") for place, date in enumerate(ended)])
    assert labels == {"n0": "11-21", "n1": "11-21 (2)", "n2": "11-22", "n3": "11-21 (3)"}


def test_days_are_those_of_this_machine() -> None:
    assert Trend("n", "2026-11-21T12:00:00Z", "accept").day == "2026-11-21"


def test_the_night_of_a_memory_is_one_of_its_own_base(home: Home) -> None:
    """After migrating, the new base's first night is the night of all that it taught."""
    old = end_night(home, 1, bundle(new=[("3.1", False, True)]), "v1")
    new = end_night(home, 2, bundle(new=[("3.1", False, True), ("4.1", False, True)]), "v2")
    begun = json.loads((home.run(new) / "night.json").read_text()) | {"base": "other", "model": "large"}
    (home.run(new) / "night.json").write_text(json.dumps(begun))
    first, second = all_trends(home)
    assert (first.base, first.taught, first.matrix) == ("b", (3,), {old: Share(1, 1)})
    assert (second.base, second.model) == ("other", "large")
    assert second.taught == (3, 4) and second.matrix == {new: Share(2, 2)}
    assert [append_trend(home, line) for line in (first, second)] and read_trends(home) == [first, second]


def test_a_line_from_before_bases_were_written_down_gets_that_of_its_night(home: Home) -> None:
    end_night(home, 1, bundle(new=[("3.1", False, True)]), "v1")
    (line,) = catch_up(home)
    file = home.root / TRENDS
    said = {key: value for key, value in json.loads(file.read_text()).items() if key not in ("base", "model")}
    file.write_text(json.dumps(said) + "\n")
    assert read_trends(home)[0].base == "" and all_trends(home) == [line] and line.base == "b"
