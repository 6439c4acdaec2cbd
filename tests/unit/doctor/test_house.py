"""A home that is whole, and every way in which it may not be; nothing but leftovers is removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.support.road import fake_job
from tests.unit.training.makers import row

from engram.doctor import house
from engram.doctor.findings import Finding, examine
from engram.errors import SettingsError, StorageError
from engram.home import Home
from engram.job import close_run, train_adapter
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.training.versions import publish_version

DAY = 24 * 3600


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """A home with one version in service."""
    job = fake_job(tmp_path / "home")
    job.home.create()
    trained = train_adapter(job, [row("a secret question", "a secret answer")], [], "first")
    close_run(trained.run)
    version = publish_version(job.home, job.base, trained.weights, {})
    with Database.open(job.home.database) as database:
        AdapterVersions(database).use(version.name)
    return job.home


def found(place: Home, now: float | None = None) -> list[Finding]:
    return examine(
        [
            ("home", lambda: house.home(place)),
            ("database", lambda: house.database(place)),
            ("versions", lambda: house.versions(place)),
            ("leftovers", lambda: house.unfinished(place, now)),
        ]
    )


def states(place: Home) -> dict[str, str]:
    return {finding.topic: finding.state for finding in found(place)}


def test_a_whole_home_is_well_and_nothing_said_is_shown(place: Home) -> None:
    assert states(place) == {"home": "ok", "database": "ok", "versions": "ok"}
    assert "1 of 1 whole; in service: 2026-11-21-1" in found(place)[-1].what
    assert "secret" not in str(found(place))


def test_no_home_is_no_fault_and_none_is_made(tmp_path: Path) -> None:
    place = Home(tmp_path / "none")
    (only,) = found(place)
    assert only.state == "note" and "none yet" in only.what
    assert house.remove_leftovers(place) == [] and not place.root.exists()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("adapter_model.safetensors", "does not match its digest"),
        ("manifest.json", "not the one that was registered"),
    ],
)
def test_a_flipped_byte_in_a_version(place: Home, file: str, words: str) -> None:
    changed = place.adapter("2026-11-21-1") / file
    data = bytearray(changed.read_bytes())
    data[-3] ^= 1
    changed.write_bytes(data)
    (broken,) = [finding for finding in found(place) if finding.state == "broken"]
    assert broken.topic == "versions" and words in broken.what
    assert broken.what.startswith("2026-11-21-1 (in service)") and "adapters use" in broken.do


def test_a_version_without_its_folder_and_a_folder_without_a_version(place: Home) -> None:
    place.adapter("2026-11-21-1").rename(place.adapters / "lost")
    said = {(finding.state, finding.what.split(":")[0].split()[0]) for finding in found(place)}
    assert ("broken", "2026-11-21-1") in said and ("note", "lost") in said
    assert place.adapter("lost").is_dir()


def test_a_damaged_database(place: Home) -> None:
    data = bytearray(place.database.read_bytes())
    data[4096 : 3 * 4096] = os.urandom(2 * 4096)
    place.database.write_bytes(data)
    for beside in place.root.glob("memory.db-*"):
        beside.unlink()
    broken = [finding for finding in found(place) if finding.topic == "database"]
    assert [finding.state for finding in broken] == ["broken"] and broken[0].do
    place.database.write_bytes(b"this is not a database at all" * 99)
    assert "is not a database" in next(f.what for f in found(place) if f.topic == "database")


def test_a_wrong_settings_file_is_named(place: Home) -> None:
    place.settings.write_text("[train]\ncolour = 1\n")
    (broken,) = [finding for finding in found(place) if finding.state == "broken"]
    assert broken.topic == "home" and "train.colour" in broken.what
    with pytest.raises(SettingsError):
        list(house.home(place))


def test_an_unfinished_run_is_named_with_the_way_on(place: Home) -> None:
    place.run("half").joinpath("checkpoints").mkdir(parents=True)
    (note,) = [finding for finding in found(place) if finding.topic == "runs"]
    assert "half" in note.what and "--run half --resume" in note.do


def half_written(place: Home, age: float) -> list[Path]:
    """What killed writers leave: a version, a checkpoint, a file, a cached data set and its earlier copy."""
    made = [
        place.adapters / ".v2.partial" / "adapter_model.safetensors",
        place.run("half") / "checkpoints" / ".step-000004.partial" / "state.safetensors",
        place.run("half") / ".plan.json.4711.partial",
        place.cache / "lessons" / ".lessons-ab.x1.partial" / "train.jsonl",
        place.cache / "lessons" / ".lessons-ab.x1.earlier" / "train.jsonl",
    ]
    moment = time.time() - age
    for file in made:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    tops = [file if file.suffix == ".partial" else file.parent for file in made]
    for path in (*made, *tops):
        os.utime(path, (moment, moment))
    return tops


def test_old_leftovers_are_removed_and_nothing_else(place: Home) -> None:
    before = set(place.root.rglob("*"))
    tops = half_written(place, 2 * DAY)
    named = [finding for finding in found(place) if finding.topic == "leftovers"]
    assert len(named) == 5 and all("--fix" in finding.do for finding in named)
    assert sorted(house.remove_leftovers(place)) == sorted(tops)
    assert not any(path.exists() for path in tops)
    assert before <= set(place.root.rglob("*"))
    assert house.leftovers(place) == []


def test_young_leftovers_may_be_in_the_making_and_stay(place: Home) -> None:
    tops = half_written(place, DAY / 2)
    assert house.remove_leftovers(place) == []
    assert all(path.exists() for path in tops)
    assert not any("--fix" in finding.do for finding in found(place))


def test_an_old_folder_with_a_young_file_stays(place: Home) -> None:
    top = half_written(place, 2 * DAY)[0]
    (top / "new").write_text("x")
    os.utime(top, (1, 1))
    assert top not in house.remove_leftovers(place) and (top / "new").exists()


def test_a_link_is_taken_away_without_what_it_points_to(place: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    link = place.adapters / ".v9.partial"
    link.symlink_to(outside)
    os.utime(link, (1, 1), follow_symlinks=False)
    assert house.remove_leftovers(place) == [link]
    assert (outside / "kept").exists() and not link.is_symlink()


def test_a_check_that_breaks_is_a_finding_and_the_next_is_made() -> None:
    def breaks() -> list[Finding]:
        raise ZeroDivisionError("by zero")

    def refuses() -> list[Finding]:
        raise StorageError("No.", "Do that.")

    fine = Finding("c", "ok", "fine")
    first, second, third = examine([("a", breaks), ("b", refuses), ("c", lambda: [fine])])
    assert (first.topic, first.state) == ("a", "broken") and "by zero" in first.what
    assert (second.what, second.do) == ("No.", "Do that.")
    assert third is fine
