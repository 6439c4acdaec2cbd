"""What a person is warned of before the next night; a home that is well says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.past_nights import past_night
from tests.support.remembering import opened, said

from engram.backends.base import AdapterWeights
from engram.doctor.alerts import BEHIND, alerts
from engram.home import Home
from engram.models.fake import fake_base
from engram.store.adapters import AdapterVersions
from engram.store.database import Database
from engram.store.forgetting import forget
from engram.store.ledger import Ledger
from engram.training.versions import publish_version

WEIGHTS = AdapterWeights({}, {"peft_type": "LORA"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three entries, and two versions that served: the second was taught the third entry too."""
    place = Home(tmp_path / "home").create()
    with opened(place.database) as ledger:
        ledger.append(*(said(f"The locker number {n} is {n}.") for n in range(3)))
    publish_version(place, fake_base(), WEIGHTS, {}, entries=[1, 2], promote=True)
    publish_version(place, fake_base(), WEIGHTS, {}, entries=[1, 2, 3], promote=True)
    return place


def warned(home: Home, *parts: str, least: int = 0) -> bool:
    found = alerts(home, "fake", least)
    return len(found) == len(parts) and all(part in line for part, line in zip(parts, found, strict=True))


def test_all_is_well(home: Home) -> None:
    assert warned(home)


def test_a_full_disk_and_a_broken_off_night(home: Home) -> None:
    (past_night(home, "night-20261121-1", "reject") / "verdict.json").unlink()
    assert warned(home, "nearly full", "night-20261121-1 was broken off", least=10**18)


def test_forgetting_asks_for_a_rebuild_and_names_the_flagged(home: Home) -> None:
    with Database.open(home.database) as database:
        forget(home, database, [Ledger(database).get(3)])
    assert warned(home, "engram sleep", "2026-11-21-2. engram adapters prune --forgotten")
    with Database.open(home.database) as database:
        AdapterVersions(database).use("v2", even_forgotten=True)
    assert warned(home, "2026-11-21-2 serves, trained on entries that are forgotten")


def test_a_version_that_cannot_be_loaded(home: Home) -> None:
    (home.adapter("2026-11-21-2") / "manifest.json").unlink()
    assert warned(home, "cannot be loaded")


def test_an_index_far_behind(home: Home) -> None:
    with opened(home.database) as ledger:
        ledger.append(*(said(f"number {n}") for n in range(BEHIND)))
    assert warned(home, "index lacks 103 entries")
