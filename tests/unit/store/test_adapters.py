"""The table of adapter versions: names, the pointer per base, and what disagrees with the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.errors import BadName, StorageError, UnknownName, UsageError
from engram.home import check_name
from engram.store.adapters import LONGEST_TAG, AdapterVersion, AdapterVersions
from engram.store.database import Database

MANIFEST = b'{"version": 1}'


def version(name: str, base_id: str = "seedling", parent: str | None = None) -> AdapterVersion:
    manifest = hashlib.sha256(MANIFEST).hexdigest()
    return AdapterVersion(name, base_id, "rev", "2026-11-20T10:00:00+00:00", "d" * 64, manifest, parent)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "memory.db") as opened:
        yield opened


@pytest.fixture
def adapters(database: Database) -> AdapterVersions:
    return AdapterVersions(database)


def publish(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "manifest.json").write_bytes(MANIFEST)


def test_what_was_registered_is_read_back(adapters: AdapterVersions) -> None:
    first, second, other = version("v1"), version("v2", parent="v1"), version("v3", base_id="llama")
    for each in (first, second, other):
        adapters.register(each)
    assert adapters.list_versions() == [first, second, other]
    assert adapters.list_versions("seedling") == [first, second]
    assert adapters.get("v2") == second


def test_a_name_is_used_once_whatever_its_case(adapters: AdapterVersions) -> None:
    adapters.register(version("Work"))
    for name in ("Work", "work"):
        with pytest.raises(UsageError, match="already an adapter"):
            adapters.register(version(name))
    assert len(adapters.list_versions()) == 1
    assert adapters.get("WORK").name == "Work"


def test_a_parent_must_exist(adapters: AdapterVersions) -> None:
    with pytest.raises(UnknownName):
        adapters.register(version("v2", parent="v1"))
    assert adapters.list_versions() == []


def test_the_pointer_is_one_per_base(adapters: AdapterVersions) -> None:
    for each in (version("v1"), version("v2"), version("v3", base_id="llama")):
        adapters.register(each)
    assert adapters.in_service("seedling") is None
    assert adapters.use("v1") == version("v1")
    adapters.use("v3")
    adapters.use("v2")
    assert adapters.in_service("seedling") == version("v2")
    adapters.use_bare("seedling")
    assert adapters.in_service("seedling") is None
    assert adapters.in_service("llama") == version("v3", base_id="llama")
    assert len(adapters.list_versions()) == 3


def test_the_database_itself_keeps_an_adapter_on_its_base(
    database: Database, adapters: AdapterVersions
) -> None:
    adapters.register(version("v1"))
    for base_id, name in (("llama", "v1"), ("seedling", "v9")):
        with pytest.raises(StorageError, match="FOREIGN KEY"), database.write():
            database.rows("INSERT INTO adapter_in_service VALUES (?, ?)", (base_id, name))


def test_an_unknown_name_tells_what_is_close_and_what_exists(adapters: AdapterVersions) -> None:
    with pytest.raises(UnknownName, match="engram teach"):
        adapters.get("v1")
    for name in ("monday", "tuesday", "sunday"):
        adapters.register(version(name))
    for call in (adapters.get, adapters.use):
        with pytest.raises(UnknownName) as caught:
            call("mondy")
        assert "monday" in caught.value.hint.split("?")[0]
        assert "There are: monday, tuesday, sunday." in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_long_list_is_cut_in_the_message(adapters: AdapterVersions) -> None:
    for number in range(12):
        adapters.register(version(f"n{number}"))
    with pytest.raises(UnknownName, match=r"There are 12, the latest: n2, n3, .*n11\.$"):
        adapters.get("absent")


# --- names given out


DAY = "2026-11-21"


def test_names_are_counted_by_day_and_never_given_twice(tmp_path: Path, adapters: AdapterVersions) -> None:
    given_out = [adapters.next_version_name(tmp_path, DAY) for _ in range(3)]
    assert given_out == [f"{DAY}-1", f"{DAY}-2", f"{DAY}-3"]
    assert adapters.next_version_name(tmp_path, "2026-11-22") == "2026-11-22-1"
    assert [check_name("adapter", name) for name in given_out] == given_out


def test_a_tag_is_in_the_name(tmp_path: Path, adapters: AdapterVersions) -> None:
    names = [adapters.next_version_name(tmp_path, DAY, tag) for tag in ("trip", "Trip", "trip", "2")]
    assert names == [f"{DAY}-trip", f"{DAY}-Trip-2", f"{DAY}-trip-3", f"{DAY}-2"]
    assert adapters.next_version_name(tmp_path, DAY, "x" * LONGEST_TAG).endswith("-" + "x" * LONGEST_TAG)
    for tag in ("x" * (LONGEST_TAG + 1), "../up", "a/b", "con", ".", " ", "a..b", "-rf", "ä"):
        with pytest.raises(BadName):
            adapters.next_version_name(tmp_path, DAY, tag)


def test_the_folder_of_a_lost_run_is_passed_over(tmp_path: Path, adapters: AdapterVersions) -> None:
    publish(tmp_path, f"{DAY}-1")
    publish(tmp_path, f"{DAY}-2")
    assert adapters.next_version_name(tmp_path, DAY) == f"{DAY}-3"
    assert adapters.next_version_name(tmp_path, DAY) == f"{DAY}-4"


def test_a_name_that_a_user_chose_is_passed_over(tmp_path: Path, adapters: AdapterVersions) -> None:
    adapters.register(version(f"{DAY}-2"))
    assert [adapters.next_version_name(tmp_path, DAY) for _ in range(2)] == [f"{DAY}-1", f"{DAY}-3"]


def test_a_short_form_finds_the_version_unless_one_is_called_so(
    tmp_path: Path, adapters: AdapterVersions
) -> None:
    adapters.register(version("v2"))  # as versions were called once
    for _ in range(3):
        adapters.register(version(adapters.next_version_name(tmp_path, DAY)))
    shorts = {"v1": f"{DAY}-1", "v2": "v2", "v3": f"{DAY}-2", "V4": f"{DAY}-3"}
    for short, name in shorts.items():
        assert adapters.get(short).name == adapters.use(short).name == name
    assert adapters.short_names() == {f"{DAY}-1": "v1", f"{DAY}-2": "v3", f"{DAY}-3": "v4"}
    for name in ("v5", "v0", "v999999999", "v" + "9" * 30, "v-1"):
        with pytest.raises(UnknownName):
            adapters.get(name)


def test_no_version_is_called_as_the_link_is(adapters: AdapterVersions) -> None:
    with pytest.raises(UsageError):
        adapters.register(version("Current"))


# --- hostile names

HOSTILE = [
    *["", ".", "..", "../v1", "/etc/passwd", "a/b", "a\\b", "C:\\x", "~", "~root", "-rf", "--help", ".git"],
    *["v1\0", "v1\n", "v1 ", " v1", "a..b", "a.", "con", "NUL.txt", "com1", "v" * 65, "ä", "v１", "$HOME"],
    *["%2e%2e", "' OR 1=1 --", "v1;", "*", "?", "v1|x", "`id`", "$(id)", "\u202ev1", "v1\u200b", "\ud800"],
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_reach_neither_table_nor_disk(
    name: str, adapters: AdapterVersions, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    for call in (adapters.get, adapters.use, lambda n: adapters.register(version(n))):
        with pytest.raises(BadName):
            call(name)
    assert adapters.list_versions() == []
    assert sorted(tmp_path.rglob("*")) == before


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=80))
def test_any_name_at_all_is_unknown_or_bad(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    with Database.open(tmp_path_factory.getbasetemp() / "names.db") as database:
        with pytest.raises((BadName, UnknownName)) as caught:
            AdapterVersions(database).get(name)
        ordinary = Path(name).name == name and name not in ("", ".", "..") and "\0" not in name
        assert ordinary or caught.type is BadName


# --- table and disk


def test_agreement_is_silent(tmp_path: Path, adapters: AdapterVersions) -> None:
    folder = tmp_path / "adapters"
    assert adapters.reconcile(folder) == adapters.reconcile(tmp_path / "absent")
    publish(folder, "v1")
    adapters.register(version("v1"))
    found = adapters.reconcile(folder)
    assert (found.broken, found.orphans) == ((), ())


def test_every_kind_of_disagreement_is_named_and_nothing_is_deleted(
    tmp_path: Path, adapters: AdapterVersions
) -> None:
    folder = tmp_path / "adapters"
    for name in ("v1", "v3", "v4", "v5", "lost"):
        publish(folder, name)
    for name in ("v1", "v2", "v3", "v4", "v5"):
        adapters.register(version(name))
    (folder / "v3" / "manifest.json").unlink()
    (folder / "v4" / "manifest.json").write_bytes(MANIFEST + b" ")
    (folder / "v5" / "manifest.json").unlink()
    (folder / "v5" / "manifest.json").mkdir()
    (folder / "notes.txt").write_text("a file is not a version")
    before = sorted(folder.rglob("*"))
    found = adapters.reconcile(folder)
    assert found.orphans == ("lost",)
    assert [name for name, _ in found.broken] == ["v2", "v3", "v4", "v5"]
    reasons = dict(found.broken)
    assert "folder is missing" in reasons["v2"] and "no manifest.json" in reasons["v3"]
    assert "not the one" in reasons["v4"] and "cannot be read" in reasons["v5"]
    assert sorted(folder.rglob("*")) == before
