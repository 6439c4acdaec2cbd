"""The doctor on memory: whole, broken, half forgotten, and known to an adapter."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.remembering import furnish, opened

from engram.doctor.memory import memory
from engram.errors import StorageError
from engram.home import Home
from engram.store import provenance
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.forgetting import forget


@pytest.fixture
def place(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").create()
    with opened(home.database) as ledger:
        furnish(ledger)
        AdapterVersions(ledger.database).register(AdapterVersion("v1", "fake", "r", "t", "d", "m"))
        provenance.record_entries(ledger.database, "v1", [1, 2, 3])
    return home


def states(place: Home) -> list[tuple[str, str]]:
    return [(finding.state, finding.what) for finding in memory(place)]


def test_whole(place: Home) -> None:
    assert states(place) == [("ok", "10, each as it was written")]


def test_no_home_no_finding(tmp_path: Path) -> None:
    assert list(memory(Home(tmp_path / "none"))) == []


def test_a_changed_entry(place: Home) -> None:
    with opened(place.database) as ledger, ledger.database.write():
        ledger.database.rows("UPDATE entry SET text = 'my cat' WHERE id < 3")
    (found,) = memory(place)
    assert found.state == "broken" and "entry 1 was changed" in found.what and "problems: 2" in found.what
    assert "my cat" not in found.what + found.do


def test_a_marked_adapter_and_an_interrupted_forgetting(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(place.database) as ledger:
        monkeypatch.setattr(Database, "compact", _refuse)
        with pytest.raises(StorageError):
            forget(place, ledger.database, [ledger.get(1), ledger.get(2)])
    ok, interrupted, marked = memory(place)
    assert ok.what.startswith("8, ") and interrupted.state == marked.state == "note"
    assert "engram memory verify" in interrupted.do and marked.what.startswith("v1") and "2" in marked.what


def _refuse(_: object) -> None:
    raise StorageError("Another program is using it.")
