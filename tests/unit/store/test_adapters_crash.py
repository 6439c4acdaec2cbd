"""What is in service is the old version or the new one: across kills, bad disks and concurrent writers."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from engram.errors import StorageError
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database

MANIFEST = b"{}"

PRELUDE = """
import hashlib, os, signal, sys, time
from pathlib import Path
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database

home = Path(sys.argv[1])
database = Database.open(home / "memory.db")
adapters = AdapterVersions(database)

def version(name):
    return AdapterVersion(name, "seedling", "r", "t", "d", hashlib.sha256(b"{}").hexdigest())

def publish(name):
    (home / "adapters" / name).mkdir(parents=True)
    (home / "adapters" / name / "manifest.json").write_bytes(b"{}")

def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def start(home: Path, script: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", PRELUDE + script, str(home)]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)


@contextmanager
def opened(home: Path) -> Iterator[AdapterVersions]:
    with Database.open(home / "memory.db") as database:
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
        yield AdapterVersions(database)


def version(name: str) -> AdapterVersion:
    return AdapterVersion(name, "seedling", "r", "t", "d", hashlib.sha256(MANIFEST).hexdigest())


def publish(home: Path, name: str) -> None:
    (home / "adapters" / name).mkdir(parents=True)
    (home / "adapters" / name / "manifest.json").write_bytes(MANIFEST)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with v1 in service."""
    publish(tmp_path, "v1")
    with opened(tmp_path) as adapters:
        adapters.register(version("v1"))
        adapters.register(version("other"))
        adapters.use("v1")
    publish(tmp_path, "other")
    return tmp_path


# Where the power goes, and which names are registered afterwards.
DEATHS = {
    "after publish, before register": ('publish("v2")\ndie()', ["other", "v1"], ("v2",)),
    "inside the transaction that registers": (
        'publish("v2")\n'
        "with database.write():\n"
        "    database.rows(\"INSERT INTO adapter_version SELECT 'v2', base_id, '', '', '', '', NULL \"\n"
        "                  \"FROM adapter_version WHERE name = 'v1'\")\n"
        "    die()",
        ["other", "v1"],
        ("v2",),
    ),
    "after register, before use": (
        'publish("v2")\nadapters.register(version("v2"))\ndie()',
        ["other", "v1", "v2"],
        (),
    ),
    "inside the transaction that points": (
        "with database.write():\n"
        "    database.rows(\"UPDATE adapter_in_service SET name = 'other'\")\n    die()",
        ["other", "v1"],
        (),
    ),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_kill_leaves_the_earlier_version_in_service(home: Path, death: str) -> None:
    script, registered, orphans = DEATHS[death]
    process = start(home, script)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with opened(home) as adapters:
        assert adapters.in_service("seedling") == version("v1")
        assert sorted(each.name for each in adapters.list_versions()) == registered
        found = adapters.reconcile(home / "adapters")
        assert (found.broken, found.orphans) == ((), orphans)


def test_a_kill_after_use_keeps_what_was_acknowledged(home: Path) -> None:
    process = start(home, 'adapters.use("other")\ndie()')
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with opened(home) as adapters:
        assert adapters.in_service("seedling") == version("other")


def test_readers_see_only_whole_versions_while_two_processes_switch(home: Path) -> None:
    loop = "end = time.monotonic() + 1.5\ncount = 0\nwhile time.monotonic() < end:\n    adapters.use({!r})\n"
    writers = [start(home, loop.format(name)) for name in ("v1", "other")]
    seen: dict[str, int] = {"v1": 0, "other": 0}
    expected = {name: version(name) for name in seen}
    with opened(home) as adapters:
        while any(writer.poll() is None for writer in writers):
            found = adapters.in_service("seedling")
            assert found is not None and found == expected[found.name]
            seen[found.name] += 1
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert min(seen.values()) > 0, seen


def test_two_processes_never_get_the_same_name(home: Path) -> None:
    name = 'adapters.next_version_name(home / "adapters", "2026-11-21")'
    script = f"for _ in range(25): print({name}, file=sys.stderr)"
    names = [line for p in [start(home, script) for _ in range(3)] for line in p.communicate()[1].split()]
    assert len(names) == 75 and len(set(names)) == 75


# --- every write and sync of the switch fails once


class FailingFile(apsw.VFSFile):
    """Counts the calls that change the disk, and fails from the chosen one on."""

    shim: FailingDisk

    def __init__(self, shim: FailingDisk, name: Any, flags: Any) -> None:
        super().__init__("", name, flags)
        self.shim = shim

    def xWrite(self, data: bytes, offset: int) -> None:
        self.shim.count()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self.shim.count()
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:
        self.shim.count()
        super().xTruncate(size)


class FailingDisk(apsw.VFS):
    """A disk that stops working at call number `fail_at`."""

    def __init__(self, error: type[apsw.Error]) -> None:
        super().__init__("failing-disk", "")
        self.error = error
        self.calls = 0
        self.fail_at = 0

    def xOpen(self, name: Any, flags: Any) -> FailingFile:
        return FailingFile(self, name, flags)

    def count(self) -> None:
        self.calls += 1
        if self.fail_at and self.calls >= self.fail_at:
            raise self.error("injected")


def switch(home: Path, disk: FailingDisk, fail_at: int) -> int:
    """Put `other` in service; returns how many calls that took, opening and closing not counted."""
    with Database.open(home / "memory.db", vfs="failing-disk") as database:
        disk.calls, disk.fail_at = 0, fail_at
        try:
            AdapterVersions(database).use("other")
            return disk.calls
        finally:
            disk.fail_at = 0


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_disk_that_fails_at_any_call_leaves_old_or_new(home: Path, error: type[apsw.Error]) -> None:
    disk = FailingDisk(error)
    try:
        total = switch(home, disk, fail_at=0)
        assert total >= 2  # at least one write and one sync, else nothing below would be tested
        for fail_at in range(1, total + 1):
            with opened(home) as adapters:
                adapters.use("v1")
            with pytest.raises(StorageError, match="disk"):
                switch(home, disk, fail_at)
            with opened(home) as adapters:
                found = adapters.in_service("seedling")
            assert found in (version("v1"), version("other"))
    finally:
        disk.unregister()
