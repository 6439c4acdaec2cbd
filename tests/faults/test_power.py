"""Promise 1: an acknowledged turn survives a power cut, and no half of one is ever seen.

Every cut is a short life of a ledger (talk, facts, tags, index, forgetting, checkpoints) that ends at a
random call to the disk, and one of the states in which the disk can then be found.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.faults.power import PowerDisk

from engram.errors import StorageError
from engram.home import Home
from engram.store import facts
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.forgetting import finish, forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
CHECKPOINT_PAGES = 12
"""So small that most lives have checkpoints in them, which move pages from the log to the file."""


@dataclass
class Told:
    """What a life was promised: texts by number, what was forgotten, and what it was doing at the end."""

    texts: dict[int, str] = field(default_factory=dict)
    forgotten: dict[int, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    forgetting: tuple[int, ...] = ()


@pytest.fixture(scope="module")
def disk() -> Iterator[PowerDisk]:
    disk = PowerDisk()
    yield disk
    disk.unregister()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which three exchanges were had."""
    home = Home(tmp_path_factory.mktemp("before")).create()
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        for number in range(3):
            exchange(ledger, f"before-{number}")
    return home


def exchange(ledger: Ledger, word: str, session: int | None = None) -> dict[int, str]:
    """Question and answer in one transaction, as they are long."""
    texts = (f"question {word} " + "q" * 700, f"answer {word} " + "a" * 1500)
    entries = ledger.append(
        NewEntry("turn", "user", "chat", texts[0], session=session),
        NewEntry("turn", "assistant", "chat", texts[1], session=session),
    )
    return {entry.id: entry.text for entry in entries}


def live(home: Home, database: Database, told: Told, draw: random.Random) -> None:
    """Things that happen to a ledger, until the power goes."""
    ledger = Ledger(database)
    told.texts = {entry.id: entry.text for entry in ledger.entries()}
    for step in range(draw.randint(1, 12)):
        word = f"{step}-{draw.getrandbits(40):x}"
        what = draw.random() if told.texts else 0.0
        if what < 0.65:
            told.asked = ("question " + word, "answer " + word)
            told.texts |= exchange(ledger, word)
        elif what < 0.8:
            told.asked = ("value " + word,)
            entry = facts.remember(ledger, "key", "value " + word)
            told.texts[entry.id] = entry.text
        elif what < 0.9:
            number = draw.choice(list(told.texts))
            ledger.set_tags(number, draw.choice((["no-rag"], [])))
        elif what < 0.93:
            database.rows("PRAGMA wal_checkpoint(PASSIVE)")
        elif what < 0.96:
            MemoryIndex(database).refresh()
        else:
            number = draw.choice(list(told.texts))
            told.forgetting = (number,)
            forget(home, database, [ledger.get(number)])
            told.forgotten[number] = told.texts.pop(number)
            told.forgetting = ()
        told.asked = ()


def one_cut(disk: PowerDisk, before: Home, place: Path, seed: int, synchronous: str = "") -> list[str]:
    """Live, lose power, reopen: what is wrong then. `synchronous` weakens what `Database.open` sets."""
    draw = random.Random(seed)
    home, found = Home(place / "home"), Home(place / "found")
    shutil.copytree(before.root, home.root)
    if seed % 6 == 0:
        home.database.unlink()  # this life begins with making the database
    found.create()
    disk.start(cut_at=draw.randint(1, draw.choice((60, 400))))
    told = Told()
    with suppress(StorageError):
        database = Database.open(home.database, vfs="power")
        if synchronous:
            database.rows(f"PRAGMA synchronous = {synchronous}")
        database.rows(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        with suppress(StorageError):
            live(home, database, told, draw)
        disk.cut()
        with suppress(StorageError):
            database.close()
    disk.after_the_cut(found.root, draw)
    wrong = examine(found, told)
    shutil.rmtree(place)
    return wrong


def examine(found: Home, told: Told) -> list[str]:
    """Compare what is found after the cut with what was promised before it."""
    try:
        with Database.open(found.database) as database:
            database.rows("PRAGMA synchronous = OFF")  # no cut here, so no need to wait for a real disk
            finish(found, database)
            if problems := list(Ledger(database).verify().problems):
                return problems
            return [*compare(database, told), *remains(found, database, told)]
    except StorageError as error:
        return [f"cannot be opened: {error}"]


def compare(database: Database, told: Told) -> Iterator[str]:
    ledger = Ledger(database)
    there = {entry.id: entry.text for entry in ledger.entries()}
    for number, text in told.texts.items():
        if number not in told.forgetting and there.get(number) != text:
            yield f"acknowledged turn {number} is missing or changed"
    yield from (f"{number} is back" for number in told.forgotten if number in there)
    more = [text for number, text in there.items() if number not in told.texts]
    if more and not (
        len(more) == len(told.asked)
        and all(text.startswith(begin) for text, begin in zip(more, told.asked, strict=True))
    ):
        yield f"half a turn, or one that nobody asked for: {[text[:20] for text in more]}"
    exchange(ledger, "afterwards")


def remains(found: Home, database: Database, told: Told) -> Iterator[str]:
    """Forgetting is durable too, down to the bytes, also where it was interrupted and is finished now."""
    there = {entry.id for entry in Ledger(database).entries()}
    gone = {number: told.texts[number] for number in told.forgetting if number not in there}
    content = b"".join(file.read_bytes() for file in found.root.iterdir() if file.is_file())
    for number, text in (told.forgotten | gone).items():
        if text[:30].encode() in content:
            yield f"bytes of {number} are back"


def count_wrong(disk: PowerDisk, before: Home, place: Path, seeds: range, synchronous: str) -> int:
    return sum(bool(one_cut(disk, before, place / str(seed), seed, synchronous)) for seed in seeds)


@pytest.mark.parametrize("cuts", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_an_acknowledged_turn_survives(disk: PowerDisk, before: Home, tmp_path: Path, cuts: int) -> None:
    for seed in range(cuts):
        assert one_cut(disk, before, tmp_path / str(seed), seed) == [], seed


def test_without_full_synchronisation_turns_are_lost(disk: PowerDisk, before: Home, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    assert count_wrong(disk, before, tmp_path, range(90), "NORMAL") >= 15


def test_without_any_synchronisation_files_are_damaged(disk: PowerDisk, before: Home, tmp_path: Path) -> None:
    wrong = [one_cut(disk, before, tmp_path / str(seed), seed, "OFF") for seed in range(60)]
    assert any("missing" not in problem for problems in wrong for problem in problems)
