"""Opening, writing and migrating the database, and what its failures say."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.errors import StorageError
from engram.store import database as database_module
from engram.store import migrations
from engram.store.database import OLDEST_SQLITE, Database, check_engine


def pragma(database: Database, name: str) -> object:
    return database.rows(f"PRAGMA {name}")[0][0]


def test_a_connection_is_durable_and_private(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        found = {name: pragma(database, name) for name in ("synchronous", "secure_delete", "foreign_keys")}
        assert found == {"synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
        assert pragma(database, "temp_store") == 2  # in memory
        assert pragma(database, "journal_mode") == "wal"
        with database.write():
            database.rows("UPDATE adapter_number SET last = 5")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"memory.db": 0o600, "memory.db-wal": 0o600, "memory.db-shm": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    Database.open(file).close()
    file.chmod(0o644)
    Database.open(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_engine_here_is_new_enough_and_older_ones_are_refused() -> None:
    check_engine(apsw.sqlite_lib_version())
    check_engine(".".join(map(str, OLDEST_SQLITE)))
    for old in ("3.51.2", "3.9.10", "3.50.9"):
        with pytest.raises(StorageError, match="Upgrade the apsw package"):
            check_engine(old)


def test_a_block_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        with pytest.raises(ZeroDivisionError), database.write():
            database.rows("UPDATE adapter_number SET last = 7")
            raise ZeroDivisionError
        assert database.rows("SELECT last FROM adapter_number") == [(0,)]
        with database.write():
            database.rows("UPDATE adapter_number SET last = 7")
        assert database.rows("SELECT last FROM adapter_number") == [(7,)]


def test_deleted_text_leaves_the_file(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    with Database.open(file) as database:
        with database.write():
            database.rows("INSERT INTO adapter_version VALUES ('v1', 'MARKER-5512', '', '', '', '', NULL)")
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"MARKER-5512" in file.read_bytes()
        with database.write():
            database.rows("DELETE FROM adapter_version")
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"MARKER-5512" not in file.read_bytes()


def test_a_block_in_a_block_is_a_part_of_it(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        last = "SELECT last FROM adapter_number"
        with pytest.raises(ZeroDivisionError), database.write():
            with database.write():
                database.rows("UPDATE adapter_number SET last = 7")
            raise ZeroDivisionError
        assert database.rows(last) == [(0,)]
        with database.write():
            database.rows("UPDATE adapter_number SET last = 8")
            with pytest.raises(ZeroDivisionError), database.write():
                database.rows("UPDATE adapter_number SET last = 9")
                raise ZeroDivisionError
        assert database.rows(last) == [(8,)]


def test_a_reading_block_sees_one_moment(tmp_path: Path) -> None:
    last = "SELECT last FROM adapter_number"
    with Database.open(tmp_path / "memory.db") as one, Database.open(tmp_path / "memory.db") as other:
        with one.read(), one.read():
            assert one.rows(last) == [(0,)]
            with other.write():
                other.rows("UPDATE adapter_number SET last = 7")
            assert one.rows(last) == [(0,)]
        assert one.rows(last) == [(7,)]


def test_compacting_removes_free_space_and_log_or_says_who_is_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    with Database.open(file, busy_seconds=0.05) as database, Database.open(file) as reader:
        with database.write():
            database.rows(
                "INSERT INTO adapter_version VALUES ('v1', ?, '', '', '', '', NULL)", ("x" * 400_000,)
            )
        with database.write():
            database.rows("DELETE FROM adapter_version")
        with reader.read():
            reader.rows("SELECT * FROM adapter_version")
            with pytest.raises(StorageError, match="another program"):
                database.compact()
        database.compact()
        assert len(database.content()) == file.stat().st_size < 400_000
        assert Path(f"{file}-wal").stat().st_size == 0


def test_the_content_is_what_the_file_holds_after_a_checkpoint(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        with database.write():
            database.rows("INSERT INTO adapter_version VALUES ('v1', 'MARKER', '', '', '', '', NULL)")
        content = database.content()
    assert b"MARKER" in content and content == (tmp_path / "memory.db").read_bytes()


# --- migrations


def append(monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    monkeypatch.setattr(database_module, "MIGRATIONS", (*migrations.MIGRATIONS, *more))


def test_the_oldest_database_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, old = tmp_path / "fresh.db", tmp_path / "old.db"
    monkeypatch.setattr(database_module, "MIGRATIONS", migrations.MIGRATIONS[:1])
    with Database.open(old) as database, database.write():
        database.rows("INSERT INTO adapter_version VALUES ('v1', 'b', 'r', 't', 'd', 'm', NULL)")
    append(monkeypatch, "CREATE TABLE note (text TEXT)", "ALTER TABLE note ADD COLUMN day TEXT")
    layout = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    with Database.open(old) as upgraded, Database.open(fresh) as new:
        assert upgraded.rows(layout) == new.rows(layout)
        assert upgraded.rows("SELECT name, base_id FROM adapter_version") == [("v1", "b")]
        assert pragma(upgraded, "user_version") == len(migrations.MIGRATIONS) + 2


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "memory.db"
    Database.open(file).close()
    with monkeypatch.context() as patch:
        append(patch, "CREATE TABLE note (text TEXT); CREATE TABLE note (text TEXT);")
        with pytest.raises(StorageError, match="already exists"):
            Database.open(file)
    with Database.open(file) as database:
        assert database.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'note'") == [(0,)]


@pytest.mark.parametrize("version", [len(migrations.MIGRATIONS) + 1, 2_000_000_000, -1])
def test_a_newer_database_is_left_alone(tmp_path: Path, version: int) -> None:
    file = tmp_path / "memory.db"
    with Database.open(file) as database:
        database.rows(f"PRAGMA user_version = {version}")
    before = file.read_bytes()
    with pytest.raises(StorageError, match=f"layout {version}.*newer Engram"):
        Database.open(file)
    assert file.read_bytes() == before


def test_processes_that_open_a_new_file_at_once_all_succeed(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\nfrom engram.store.database import Database\n"
        "with Database.open(pathlib.Path(sys.argv[1])) as d, d.write():\n"
        "    d.rows('UPDATE adapter_number SET last = last + 1')\n"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "memory.db")]
    running = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    assert [process.communicate()[1] for process in running] == [""] * 6
    with Database.open(tmp_path / "memory.db") as database:
        assert database.rows("SELECT last FROM adapter_number") == [(6,)]


def test_the_first_opening_waits_for_one_that_is_writing(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    holder = apsw.Connection(str(file))
    holder.execute("BEGIN IMMEDIATE; CREATE TABLE early (x)")
    release = threading.Timer(0.3, holder.execute, ["COMMIT"])
    release.start()
    with Database.open(file, busy_seconds=5) as database:
        assert pragma(database, "journal_mode") == "wal"
    release.join()
    holder.close()


# --- failures as sentences


def test_a_writer_that_waits_too_long_says_so(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    with Database.open(file) as first, Database.open(file, busy_seconds=0.05) as second:
        with first.write(), pytest.raises(StorageError, match="another program"), second.write():
            pass
        with second.write():
            second.rows("UPDATE adapter_number SET last = 1")


def test_opening_beside_one_that_holds_everything_says_so(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    holder = apsw.Connection(str(file))
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="another program"):
        Database.open(file, busy_seconds=0.05)
    holder.close()


def test_a_disk_that_is_full_says_so_and_the_database_goes_on(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        pages = database.rows("PRAGMA page_count")[0][0]
        database.rows(f"PRAGMA max_page_count = {pages}")
        insert = "INSERT INTO adapter_version VALUES ('v1', ?, '', '', '', '', NULL)"
        with pytest.raises(StorageError, match="disk is full"), database.write():
            database.rows(insert, ("x" * 100_000,))
        with database.write():
            database.rows(insert, ("x",))
        assert database.rows("SELECT base_id FROM adapter_version") == [("x",)]


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        Database.open(tmp_path / "nowhere" / "memory.db")
    with pytest.raises(StorageError, match="cannot be opened"):
        Database.open(tmp_path)


def test_another_kind_of_file_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    file.write_bytes(b"these are my notes, not a database\n" * 100)
    before = file.read_bytes()
    with pytest.raises(StorageError, match="is not a database"):
        Database.open(file)
    assert file.read_bytes() == before


def test_a_connection_that_may_only_read_says_so(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        database.rows("PRAGMA query_only = ON")
        with pytest.raises(StorageError, match="cannot be written"), database.write():
            database.rows("UPDATE adapter_number SET last = 1")


@pytest.mark.skipif("unix-dotfile" not in apsw.vfs_names(), reason="this engine has no such file layer")
def test_a_place_without_shared_memory_says_so(tmp_path: Path) -> None:
    """That layer locks with files and shares no memory, like some network folders."""
    with pytest.raises(StorageError, match="local disk"):
        Database.open(tmp_path / "memory.db", vfs="unix-dotfile")


def test_a_mode_that_cannot_be_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be made private"):
        database_module._make_private(tmp_path / "gone.db")


def test_a_wrong_statement_is_a_storage_error_too(tmp_path: Path) -> None:
    with (
        Database.open(tmp_path / "memory.db") as database,
        pytest.raises(StorageError, match="no such table"),
    ):
        database.rows("SELECT * FROM absent")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 28_671), st.integers(0, 255)), min_size=1, max_size=40))
def test_a_damaged_file_never_raises_anything_but_a_storage_error(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    file = tmp_path_factory.mktemp("damaged") / "memory.db"
    Database.open(file).close()
    content = bytearray(file.read_bytes())
    for place, value in flips:
        content[place % len(content)] = value
    file.write_bytes(content)
    try:
        with Database.open(file) as database:
            assert isinstance(database.rows("SELECT * FROM adapter_version"), list)
    except StorageError as error:
        assert str(file) in str(error)
