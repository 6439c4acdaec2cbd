"""Promise 2, publishing, at the operating system: a fault at every call that changes the disk, and readers.

Not here: the same at the seam of our own code, which needs no strace (test_publishing.py).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.faults.system_calls import FAULTS, REFUSED, Call, Outcome, publish, why_not

import engram as package
from engram.backends.base import AdapterWeights
from engram.disk import sha256_of_file
from engram.errors import AdapterError
from engram.home import Home
from engram.models.fake import fake_base
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.training.publish import verify_adapter
from engram.training.versions import publish_version

needs_strace = pytest.mark.skipif(bool(why_not()), reason=why_not())
ADAPTER = AdapterWeights({"lora_B.weight": np.zeros((3, 2), np.float32)}, {"peft_type": "LORA"})


@pytest.fixture
def serving(tmp_path: Path) -> Home:
    """A home whose v1 is in service."""
    home = Home(tmp_path / "serving").create()
    publish_version(home, fake_base(), ADAPTER, {})
    with Database.open(home.database) as database:
        AdapterVersions(database).use("2026-11-21-1")
    return home


def check_whole(home: Home) -> list[str]:
    """The names that are listed, once v1 is found in service and nothing half-written is to be seen."""
    with Database.open(home.database) as database:
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
        versions = AdapterVersions(database)
        listed = versions.list_versions()
        active = versions.in_service("fake")
    assert active is not None and active.name == "2026-11-21-1"
    for version in listed:
        check_digests(home, version)
    for folder in home.adapters.iterdir():
        if not folder.name.startswith("."):
            verify_adapter(folder)  # also one that nobody registered is whole
    return [version.name for version in listed]


def check_digests(home: Home, version: AdapterVersion) -> None:
    folder = home.adapter(version.name)
    assert verify_adapter(folder)["digest"] == version.digest
    assert sha256_of_file(folder / "manifest.json") == version.manifest_digest


class Injector:
    """Publishes v2 into a fresh copy of a home for every fault, and checks what is left."""

    def __init__(self, serving: Home) -> None:
        self._serving = serving
        outcome, self.calls = publish(self._copy("whole").root)
        assert (outcome.code, outcome.said) == (0, "2026-11-21-2"), outcome

    def _copy(self, name: str) -> Home:
        home = Home(self._serving.root.with_name(name.ljust(24, "-")))  # one length: the calls are the same
        shutil.copytree(self._serving.root, home.root)
        return home

    def check(self, call: Call, fault: str) -> Outcome:
        home = self._copy(f"{fault}-{call.name}-{call.number}")
        outcome, _ = publish(home.root, call, fault)
        assert outcome.hit, f"{fault} did not happen at {call}"
        names = check_whole(home)
        assert names in (["2026-11-21-1"], ["2026-11-21-1", "2026-11-21-2"])
        if outcome.code == 0:  # what was acknowledged is there
            assert (outcome.said, names) == ("2026-11-21-2", ["2026-11-21-1", "2026-11-21-2"])
        else:
            expected = (-signal.SIGKILL, "") if fault == "kill" else (REFUSED, "refused")
            assert (outcome.code, outcome.said) == expected, outcome.errors
        new = publish_version(home, fake_base(), ADAPTER, {})
        assert check_whole(home) == [*names, new.name]
        shutil.rmtree(home.root)
        return outcome


@needs_strace
def test_a_fault_at_one_call_of_each_kind(serving: Home) -> None:
    injector = Injector(serving)
    last = {call.name: call for call in injector.calls}
    for number, call in enumerate(last.values()):
        injector.check(call, list(FAULTS)[number % len(FAULTS)])


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_call(serving: Home, fault: str) -> None:
    injector = Injector(serving)
    kinds = {call.name for call in injector.calls}
    assert len(injector.calls) >= 40 and {"write", "pwrite64", "fsync", "fdatasync"} <= kinds
    assert any(kind.startswith("rename") for kind in kinds) and any("unlink" in kind for kind in kinds)
    outcomes = [injector.check(call, fault) for call in injector.calls]
    assert sum(outcome.code != 0 for outcome in outcomes) >= len(outcomes) // 2


PUBLISHER = """
import sys
from pathlib import Path
import numpy as np
from engram.backends.base import AdapterWeights
from engram.home import Home
from engram.models.fake import fake_base
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.training.versions import publish_version

home, number = Home(Path(sys.argv[1])), 0
print("begin", flush=True)
while True:
    number += 1
    weights = AdapterWeights({"lora_B.weight": np.full((64, 64), number, np.float32)}, {})
    version = publish_version(home, fake_base(), weights, {})
    with Database.open(home.database) as database:
        AdapterVersions(database).use(version.name)
"""


def read_once(home: Home) -> str:
    """What is in service, every file of it checked against manifest and table, as `engram.load` finds it."""
    with Database.open(home.database) as database:
        active = AdapterVersions(database).in_service("fake")
    assert active is not None
    check_digests(home, active)
    return active.name


def read_while_publishers_die(home: Home, kills: int) -> tuple[int, set[str]]:
    """Read in a loop while publishers switch and are killed, one after another: reads, and names seen."""
    reads, seen = 0, set[str]()
    for number in range(kills):
        publisher = subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(home.root)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])},
        )
        with publisher:
            assert publisher.stdout and publisher.stdout.readline() == b"begin\n"
            end = time.monotonic() + 0.15 + 0.037 * (number % 7)
            while time.monotonic() < end:
                seen.add(read_once(home))
                reads += 1
            publisher.kill()
        assert publisher.returncode == -signal.SIGKILL
        seen.add(read_once(home))
    return reads, seen


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_readers_see_no_torn_version_while_publishers_are_killed(serving: Home, kills: int) -> None:
    try:
        reads, seen = read_while_publishers_die(serving, kills)
    except AdapterError as error:
        pytest.fail(f"a torn read: {error}")
    assert reads >= 5 * kills and len(seen) >= kills
