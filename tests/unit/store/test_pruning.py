"""Which versions go, and that nothing but them does."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.disk import Files
from engram.errors import StorageError, UnknownName, UsageError
from engram.home import Home
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.pruning import chosen, pin, pinned, prune, unpin
from engram.store.service import history, roll_back

DAY = "2026-11-21"


def version(name: str, base: str = "b", parent: str | None = None) -> AdapterVersion:
    return AdapterVersion(name, base, "r", "t", "d", "m", parent)


def name(number: int) -> str:
    return f"{DAY}-{number}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Eight versions, each the parent of the next; the newest serves."""
    place = Home(tmp_path / "home").create()
    with Database.open(place.database) as database:
        versions, parent = AdapterVersions(database), None
        for number in range(1, 9):
            made = versions.next_version_name(place.adapters, DAY)
            (place.adapters / made).mkdir()
            (place.adapters / made / "weights").write_bytes(b"x")
            versions.register(version(made, parent=parent))
            versions.use(made)
            parent = made
            assert made == name(number)
    return place


def left(home: Home) -> list[str]:
    """What table and folder agree on."""
    with Database.open(home.database) as database:
        names = [one.name for one in AdapterVersions(database).list_versions()]
    folders = sorted(path.name for path in home.adapters.iterdir() if not path.is_symlink())
    assert sorted(names) == folders
    return names


@given(
    bases=st.lists(st.sampled_from("xyz"), max_size=20),
    kept=st.sets(st.integers(0, 19), max_size=6),
    keep=st.integers(0, 8),
)
def test_the_choice(bases: list[str], kept: set[int], keep: int) -> None:
    """Independent reference: a version stays if it is named, or fewer than `keep` of its base are newer."""
    versions = [version(str(number), base) for number, base in enumerate(bases)]
    going = chosen(versions, {str(number) for number in kept}, keep)
    for number, base in enumerate(bases):
        stays = number in kept or bases[number + 1 :].count(base) < keep
        assert (str(number) in going) != stays
    assert going == sorted(going, key=int)


def test_the_newest_the_pinned_and_the_one_in_service_stay(home: Home) -> None:
    with Database.open(home.database) as database:
        pin(database, name(2))
        pin(database, "v3")
        unpin(database, "v3")
        AdapterVersions(database).use(name(1))
        assert pinned(database) == {name(2)}
    assert prune(home, 5, dry_run=True) == [name(3)] and len(left(home)) == 8
    assert prune(home, 5) == [name(3)]
    assert left(home) == [name(number) for number in (1, 2, 4, 5, 6, 7, 8)]
    assert prune(home, 5) == []
    assert prune(home, 0) == [name(number) for number in (4, 5, 6, 7, 8)]
    assert left(home) == [name(1), name(2)]
    with Database.open(home.database) as database:
        assert [one.name for one in history(database, "b")] == [name(1), name(2), name(1)]


def test_going_back_takes_no_step_in_place_where_what_lay_between_is_gone(home: Home) -> None:
    with Database.open(home.database) as database:
        AdapterVersions(database).use(name(1))
    prune(home, 0)
    with Database.open(home.database) as database:
        assert [one.name for one in history(database, "b")] == [name(1), name(1)]
        assert roll_back(database, "b", lambda version: "", "t").after is None


def test_lineage_skips_what_went_and_names_are_never_given_again(home: Home) -> None:
    with Database.open(home.database) as database:
        pin(database, name(2))
    prune(home, 1)
    with Database.open(home.database) as database:
        versions = AdapterVersions(database)
        assert versions.get(name(8)).parent == name(2) and versions.get(name(2)).parent is None
        for gone in (name(5), "v5"):
            with pytest.raises(UnknownName, match=f"{name(5)} was pruned on "):
                versions.get(gone)
        assert versions.next_version_name(home.adapters, DAY) == name(9)


@pytest.mark.parametrize("broken", ["rename", "sync", "remove"])
def test_what_the_disk_refuses_is_done_the_next_time(
    home: Home, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def refuse(self: Files, *paths: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(Files, broken, refuse)
        with pytest.raises(StorageError, match="prune again"):
            prune(home, 5)
    with Database.open(home.database) as database:
        assert len(AdapterVersions(database).list_versions()) == 5, "none of them can be used any more"
        assert AdapterVersions(database).reconcile(home.adapters).broken[0][0] == name(4)  # no manifest here
    assert prune(home, 5) == []
    assert not (home.adapters / name(1)).exists() and (home.adapters / name(4)).exists()


def test_what_a_killed_pruning_left_half_removed_goes_the_next_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Files.remove

    def die(self: Files, folder: Path) -> None:
        if folder.exists():
            raise KeyboardInterrupt
        whole(self, folder)

    with monkeypatch.context() as patch:
        patch.setattr(Files, "remove", die)
        with pytest.raises(KeyboardInterrupt):
            prune(home, 5)
    assert [path.name for path in home.adapters.glob(".*.partial")] == [f".{name(1)}.partial"]
    assert prune(home, 5) == []
    assert left(home) == [name(number) for number in range(4, 9)]


def test_a_home_without_versions(tmp_path: Path, home: Home) -> None:
    assert prune(Home(tmp_path / "none"), 5) == [] and not (tmp_path / "none").exists()
    with pytest.raises(UsageError):
        prune(home, -1)


def test_pins_are_of_versions_that_exist(home: Home) -> None:
    with Database.open(home.database) as database:
        for call in (pin, unpin):
            with pytest.raises(UnknownName):
                call(database, "v99")
        assert unpin(database, name(1)).name == name(1)
    prune(home, 0)
    with Database.open(home.database) as database, pytest.raises(UnknownName, match="pruned"):
        pin(database, name(1))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing here is about power cuts: nobody waits for the disk."""
    monkeypatch.setattr(
        "engram.store.database._PRAGMAS", ("PRAGMA synchronous = OFF", "PRAGMA foreign_keys = ON")
    )
    yield
