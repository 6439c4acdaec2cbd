"""Databases of every layout that was ever handed out are brought up to date, and keep what is in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import apsw
import pytest
from tests.support.remembering import furnish

from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.ledger import Ledger
from engram.store.migrations import MIGRATIONS
from engram.store.service import history

GOLDEN = Path(__file__).parent
PINNED = {1: "fe5f1296"}
"""Beginnings of the sha256 of released migrations: they are never edited."""
SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"


def make(file: Path, layout: int) -> None:
    connection = apsw.Connection(str(file))
    connection.execute((GOLDEN / f"layout-{layout}.sql").read_text(encoding="utf-8"))
    connection.close()


@pytest.mark.parametrize("layout", PINNED)
def test_an_old_database_is_as_good_as_new(tmp_path: Path, layout: int) -> None:
    make(tmp_path / "old.db", layout)
    with Database.open(tmp_path / "old.db") as old, Database.open(tmp_path / "new.db") as new:
        assert old.rows("PRAGMA user_version") == new.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert old.rows(SCHEMA) == new.rows(SCHEMA)
        furnish(Ledger(old))
        assert Ledger(old).verify().ok


def test_the_adapters_of_layout_1_are_still_there(tmp_path: Path) -> None:
    make(tmp_path / "old.db", 1)
    with Database.open(tmp_path / "old.db") as database:
        versions = AdapterVersions(database)
        assert [v.name for v in versions.list_versions()] == ["v1", "v2", "Mine"]
        assert versions.get("v2").parent == "v1" and versions.get("mine").base_revision == "12fd25f"
        serving = versions.in_service("seedling")
        assert serving is not None and serving.name == "v2"
        assert versions.next_version_name(tmp_path, "2026-11-21") == "2026-11-21-1"
        assert versions.short_names() == {"2026-11-21-1": "v3"}, "the numbers go on"
        assert [served.name for served in history(database, "seedling")] == ["v2"]


@pytest.mark.parametrize(("number", "digest"), PINNED.items())
def test_released_migrations_are_never_edited(number: int, digest: str) -> None:
    assert hashlib.sha256(MIGRATIONS[number - 1].encode()).hexdigest().startswith(digest)
