"""`engram status`: one screen for every state of a home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.past_nights import bundle, pairs, past_night
from tests.support.road import engram

from engram.home import Home
from engram.schedule import tonight
from engram.schedule.tonight import attempt, write_timetable
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database


def screen(*words: str) -> dict[str, str]:
    """The lines by name; those without a name belong to the one above."""
    said = engram("status", *words)
    assert said.code == 0, said.err
    rows: dict[str, str] = {}
    for line in said.out.splitlines():
        name = line[:11].strip() or list(rows)[-1]
        rows[name] = " ".join(filter(None, [rows.get(name, ""), line[12:]]))
    return rows


def test_an_empty_home_is_no_error(isolated: Path) -> None:
    said = engram("status")
    assert (said.code, said.err) == (0, "") and "engram chat" in said.out and not isolated.exists()
    assert engram("status", "--json").json["home"] is False
    engram("init")
    rows = screen()
    assert rows["serves"] == "seedling, without an adapter" and rows["memories"] == "none yet"
    assert "none yet" in rows["last night"] and "warning" not in rows


def test_what_is_there_and_what_waits(isolated: Path) -> None:
    for number in range(3):
        engram("remember", f"locker {number}", str(number))
    engram("forget", "3", "--yes")
    rows = screen()
    assert rows["memories"].startswith("2 facts, the last of ") and rows["memories"].endswith("1 forgotten")
    assert rows["waiting"].startswith("2 of 40 facts so far")


def test_what_serves_and_since_when(isolated: Path) -> None:
    engram("init")
    with Database.open(isolated / "memory.db") as database:
        versions = AdapterVersions(database)
        name = versions.next_version_name(isolated / "adapters", "2026-11-21", "trip")
        (isolated / "adapters" / name).mkdir()
        (isolated / "adapters" / name / "manifest.json").write_bytes(b"{}")
        digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # of {}
        versions.register(AdapterVersion(name, "seedling", "r", "t", "d", digest), promote=True)
    rows = screen()
    assert rows["serves"].startswith("seedling with 2026-11-21-trip (v1), since 20")
    assert screen("--model", "someone/elses")["serves"] == "someone/elses, without an adapter"
    engram("adapters", "use", "none")
    assert screen()["serves"] == "seedling, without an adapter"


def test_the_last_night_with_its_figures(isolated: Path) -> None:
    engram("init")
    home = Home(isolated)
    shown = bundle(new=pairs(3, 108, 120), skills=pairs(10, 9, 10))
    past_night(home, "night-20261120-1", "accept", version="2026-11-20-1", evidence=shown)
    rows = screen()
    assert "Learned: 2026-11-20-1 serves since" in rows["last night"]
    assert "new memories 2.5% -> 90.0% (n = 120)" in rows["last night"]
    past_night(home, "night-20261121-1", "reject", service="2026-11-20-1", evidence=shown)
    rows = screen()
    assert "Refused; 2026-11-20-1 went on serving. It is not." in rows["last night"]
    found = engram("status", "--json").json
    assert found["nights"] == 2 and found["last_night"]["figures"]["skills"]["after"] == 0.9


def test_the_next_night(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engram("init")
    home = Home(isolated)
    assert "engram schedule install" in screen()["next night"]
    write_timetable(home, "03:00", "cron")
    assert screen()["next night"].endswith(" 03:00, by cron")
    monkeypatch.setattr(tonight, "on_battery", lambda: True)
    monkeypatch.setattr(tonight, "is_due", lambda *given: True)
    assert tonight.reason_to_wait(home, 0)
    assert "was put off: The machine runs on its battery" in screen()["next night"]
    with pytest.raises(RuntimeError), attempt(home):
        raise RuntimeError
    assert engram("status", "--json").json["last_attempt"]["outcome"] == "put off"


def test_a_warning_is_said(isolated: Path) -> None:
    (isolated).mkdir()
    (isolated / "engram.toml").write_text("[sleep]\nleast_disk_mb = 1000000000000\n", encoding="utf-8")
    engram("remember", "locker", "7")
    assert "nearly full" in screen()["warning"]
    assert len(engram("status", "--json").json["warnings"]) == 1


def test_damaged_files_are_no_error(isolated: Path) -> None:
    engram("init")
    home = Home(isolated)
    for name in (tonight.TIMETABLE, tonight.LAST):
        (isolated / name).write_bytes(os.urandom(50))
    folder = past_night(home, "night-20261120-1", "accept")
    (folder / "verdict.json").write_bytes(os.urandom(50))
    assert screen()["last night"] == "there was none yet"
