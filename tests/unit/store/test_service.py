"""What served, and the way back: checked against a plain stack of names kept beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.errors import AdapterError, UsageError
from engram.store import provenance, service
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.current import CURRENT, link_current
from engram.store.database import Database
from engram.store.service import FORGOTTEN, Change, history, rebuild_due, roll_back, serving

AT = "2026-11-21T03:00:00+00:00"


def version(name: str, base: str = "b") -> AdapterVersion:
    return AdapterVersion(name, base, "r", AT, "d", "m")


def fine(name: str) -> str:
    return ""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "memory.db") as opened:
        versions = AdapterVersions(opened)
        for name in ("a", "b", "c"):
            versions.register(version(name))
        versions.register(version("other", "o"))
        yield opened


def served(database: Database, base: str = "b") -> list[str | None]:
    return [one.name for one in history(database, base)]


def test_back_and_further_back_to_the_bare_base(database: Database) -> None:
    versions = AdapterVersions(database)
    for name in ("a", "b", "c"):
        versions.use(name)
    versions.use("other")
    steps = [roll_back(database, "b", fine, AT) for _ in range(3)]
    assert [(step.before, step.after) for step in steps] == [("c", "b"), ("b", "a"), ("a", None)]
    with pytest.raises(UsageError, match="nothing to go back to"):
        roll_back(database, "b", fine, AT)
    assert serving(database, "b") is None and serving(database, "o") == "other"


def test_what_was_taken_off_is_gone_back_to(database: Database) -> None:
    versions = AdapterVersions(database)
    versions.use("a")
    versions.use_bare("b")
    assert roll_back(database, "b", fine, AT).after == "a"
    versions.use("b")
    assert roll_back(database, "b", fine, AT).after == "a"


def test_choosing_what_serves_already_is_no_step(database: Database) -> None:
    versions = AdapterVersions(database)
    for name in ("a", "b", "b", "b"):
        versions.use(name)
    assert roll_back(database, "b", fine, AT).after == "a"


MOVES = st.lists(st.sampled_from(["a", "b", "c", "none", "back"]), max_size=25)


@settings(max_examples=40, deadline=None)
@given(moves=MOVES)
def test_it_is_a_stack(tmp_path_factory: pytest.TempPathFactory, moves: list[str]) -> None:
    """Independent reference: a list on which choosing pushes, and going back pops."""
    with Database.open(tmp_path_factory.mktemp("stack") / "memory.db") as database:
        database.rows("PRAGMA synchronous = OFF")
        versions = AdapterVersions(database)
        for name in ("a", "b", "c"):
            versions.register(version(name))
        stack: list[str | None] = [None]
        for move in moves:
            if move == "back":
                _pop(database, stack)
            elif (name := None if move == "none" else move) != stack[-1]:
                versions.use(name) if name else versions.use_bare("b")
                stack.append(name)
            found = versions.in_service("b")
            assert (found.name if found else None) == stack[-1]


def _pop(database: Database, stack: list[str | None]) -> None:
    if len(stack) > 1:
        stack.pop()
        assert roll_back(database, "b", fine, AT).after == stack[-1]
    else:
        with pytest.raises(UsageError):
            roll_back(database, "b", fine, AT)


def test_versions_with_a_problem_are_passed_over_for_good(database: Database) -> None:
    versions = AdapterVersions(database)
    for name in ("a", "b", "c"):
        versions.use(name)
    step = roll_back(database, "b", {"a": "", "b": "is broken"}.__getitem__, AT)
    assert step == Change("b", "c", "a", (("b", "is broken"),))
    assert served(database) == ["a"]
    step = roll_back(database, "b", lambda name: "no", AT)
    assert step.after is None
    with pytest.raises(UsageError):
        roll_back(database, "b", fine, AT)


def test_with_nothing_left_that_may_serve_nothing_changes(database: Database) -> None:
    versions = AdapterVersions(database)
    versions.use("a")
    versions.use_bare("b")
    with pytest.raises(UsageError, match="a is broken"):
        roll_back(database, "b", lambda name: "is broken", AT)
    assert roll_back(database, "b", fine, AT).after == "a", "mended, it is there again"


def test_a_rebuild_is_due_until_something_is_chosen(database: Database) -> None:
    versions = AdapterVersions(database)
    assert not rebuild_due(database, "b")
    versions.use("a")
    versions.use("b")
    roll_back(database, "b", fine, AT, FORGOTTEN)
    assert rebuild_due(database, "b") and not rebuild_due(database, "o")
    versions.use("c")
    assert not rebuild_due(database, "b")
    assert roll_back(database, "b", fine, AT).after == "a" and not rebuild_due(database, "b")


def test_a_version_trained_on_something_forgotten_is_not_put_in_service(database: Database) -> None:
    database.rows(
        "INSERT INTO entry (id, kind, speaker, source, said_at, key, model, adapter, tags, digest, chain, "
        "forgotten_at) VALUES (1, '', '', '', '', '', '', '', '', x'', x'', ?)",
        (AT,),
    )
    database.rows("INSERT INTO receipt VALUES (1, ?, '{}', '', x'')", (AT,))
    provenance.record_entries(database, "a", [1])
    provenance.flag(database, ["a"], 1)
    versions = AdapterVersions(database)
    with pytest.raises(AdapterError, match="forgotten"):
        versions.use("a")
    assert serving(database, "b") is None
    assert versions.use("a", even_forgotten=True).name == "a"
    with pytest.raises(AdapterError, match="forgotten meanwhile"):
        versions.register(version("d"), [1])
    with pytest.raises(AdapterError):
        versions.register(version("d"), [2])  # nobody ever said it
    assert [one.name for one in versions.list_versions("b")] == ["a", "b", "c"]


def test_registering_and_serving_are_one(database: Database) -> None:
    AdapterVersions(database).register(version("d"), promote=True)
    assert serving(database, "b") == "d"
    assert history(database, "b")[-1].why == service.NIGHT


# --- the link


def link(tmp_path: Path) -> str | None:
    place = tmp_path / "adapters" / CURRENT
    return os.readlink(place) if place.is_symlink() else None  # noqa: PTH115


def test_the_link_follows_the_pointer(tmp_path: Path, database: Database) -> None:
    versions = AdapterVersions(database)
    versions.use("a")
    assert not (tmp_path / "adapters").exists(), "where there is no folder, there is no link"
    (tmp_path / "adapters").mkdir()
    for name in ("b", "c"):
        versions.use(name)
        assert link(tmp_path) == name
    versions.use("other")
    assert link(tmp_path) == "other", "of two bases the one that was switched last"
    versions.use_bare("o")
    assert link(tmp_path) == "c"
    versions.use_bare("b")
    assert link(tmp_path) is None
    assert list((tmp_path / "adapters").iterdir()) == []


def test_what_is_no_link_is_left_alone(tmp_path: Path, database: Database) -> None:
    (tmp_path / "adapters" / CURRENT).mkdir(parents=True)
    (tmp_path / "adapters" / CURRENT / "mine.txt").write_text("x")
    AdapterVersions(database).use("a")
    link_current(database, tmp_path / "adapters")
    assert (tmp_path / "adapters" / CURRENT / "mine.txt").exists()


def test_the_link_is_no_folder_without_a_version(tmp_path: Path, database: Database) -> None:
    (tmp_path / "adapters" / "a").mkdir(parents=True)
    AdapterVersions(database).use("a")
    assert AdapterVersions(database).reconcile(tmp_path / "adapters").orphans == ()
