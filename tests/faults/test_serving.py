"""Promise 2, switching: a fault at every call that changes the disk while a version is promoted, pruned, or
rolled back. What serves is the old version or the new one, whole, and doing it again ends well.

Not here: publishing without putting in service (test_system_calls.py), faults inside the database's own file
layer (tests/unit/store/test_adapters_crash.py).
"""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from tests.faults.system_calls import FAULTS, REFUSED, Call, perform, why_not

from engram.backends.base import AdapterWeights
from engram.home import Home
from engram.models.fake import fake_base
from engram.store.adapters import AdapterVersions
from engram.store.current import CURRENT
from engram.store.database import Database
from engram.training.versions import publish_version, verify_version

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
WEIGHTS = AdapterWeights({"lora_B.weight": np.zeros((3, 2), np.float32)}, {"peft_type": "LORA"})
DAY = "2026-11-21"

FRAME = """
import os, sys
from datetime import datetime
from pathlib import Path
import numpy as np
from engram.backends.base import AdapterWeights
from engram.errors import StorageError
from engram.home import Home
from engram.models.fake import fake_base
from engram.store import service
from engram.store.current import link_current
from engram.store.database import Database
from engram.store.pruning import prune
from engram.training.versions import publish_version

home, base = Home(Path(sys.argv[1])), fake_base()
weights = AdapterWeights({"lora_B.weight": np.ones((3, 2), np.float32)}, {"peft_type": "LORA"})
NOON = datetime(2026, 11, 21, 12)
os.write(1, b"begin ")
try:
    ACT
    os.write(1, b"done")
except StorageError as error:
    os.write(1, b"refused")
    os._exit(7)
os._exit(0)
"""
ACTS = {
    "promote": 'publish_version(home, base, weights, {}, {"evidence.json": b"{}"}, promote=True, '
    "clock=lambda: NOON)",
    "roll back": "database = Database.open(home.database); "
    'service.roll_back(database, "fake", lambda name: "", "t"); link_current(database, home.adapters)',
    "prune": "prune(home, 1)",
}
SERVES = {"promote": ("4", "3"), "roll back": ("2", "3"), "prune": ("3", "3")}
"""What serves afterwards, and before."""


@pytest.fixture
def whole(tmp_path: Path) -> Home:
    """Three versions that served one after the other."""
    home = Home(tmp_path / "whole").create()
    for _ in range(3):
        publish_version(home, fake_base(), WEIGHTS, {}, promote=True)
    return home


def check(home: Home) -> str:
    """The number of the version that serves, once all that is listed, and the link, is found whole."""
    with Database.open(home.database) as database:
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
        assert database.rows("PRAGMA foreign_key_check") == []
        versions = AdapterVersions(database)
        listed, active = versions.list_versions(), versions.in_service("fake")
    for version in listed:
        verify_version(home, version)
    assert active is not None and (home.adapters / CURRENT / "manifest.json").exists()
    return active.name.removeprefix(f"{DAY}-")


class Injector:
    """Does one thing in fresh copies of a home, with a fault at one call each time."""

    def __init__(self, whole: Home, act: str) -> None:
        self._whole, self._act = whole, act
        self._script = FRAME.replace("ACT", ACTS[act])
        outcome, self.calls = perform(self._script, self._copy("whole").root)
        assert (outcome.code, outcome.said) == (0, "done"), outcome

    def _copy(self, name: str) -> Home:
        home = Home(self._whole.root.with_name(name.ljust(28, "-")))  # one length: the calls are the same
        shutil.copytree(self._whole.root, home.root, symlinks=True)
        return home

    def check(self, call: Call, fault: str) -> int:
        home = self._copy(f"{fault}-{call.name}-{call.number}")
        outcome, _ = perform(self._script, home.root, call, fault)
        assert outcome.hit, f"{fault} did not happen at {call}"
        after, before = SERVES[self._act]
        serves = check(home)
        if outcome.code == 0:
            assert (outcome.said, serves) == ("done", after)
        else:
            expected = (-signal.SIGKILL, "") if fault == "kill" else (REFUSED, "refused")
            assert (outcome.code, outcome.said) == expected, outcome.errors
            assert serves in (before, after)
        self._again(home, serves)
        shutil.rmtree(home.root)
        return outcome.code

    def _again(self, home: Home, serves: str) -> None:
        """Once more without a fault: a promotion makes a version of its own, others end as they would."""
        if self._act == "roll back" and serves == SERVES["roll back"][0]:
            return
        outcome, _ = perform(self._script, home.root)
        assert (outcome.code, outcome.said) == (0, "done"), outcome.errors
        names = sorted(path.name for path in home.adapters.iterdir() if not path.name.startswith("."))
        if self._act == "prune":
            assert names == [f"{DAY}-3", CURRENT]
        elif self._act == "roll back":
            assert check(home) == "2"
        else:
            assert check(home) in ("4", "5", "6") and check(home) > serves


@pytest.mark.parametrize("act", ACTS)
def test_each_fault_at_one_call(whole: Home, act: str) -> None:
    injector = Injector(whole, act)
    last = list({call.name: call for call in injector.calls}.values())
    for number, fault in enumerate(FAULTS):
        injector.check(last[number * (len(last) - 1) // (len(FAULTS) - 1)], fault)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("act", ACTS)
def test_a_fault_at_every_call(whole: Home, act: str, fault: str) -> None:
    injector = Injector(whole, act)
    codes = [injector.check(call, fault) for call in injector.calls]
    assert len(codes) >= 8 and any(codes)
