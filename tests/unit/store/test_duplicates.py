"""Groups of chunks that say the same: an index that grew and shrank equals one built at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.indexing import LONG, NOW, TEXTS, content, erase, texts
from tests.support.remembering import opened, said

from engram.answer.embedders import HashedNgrams
from engram.store import facts
from engram.store.database import Database
from engram.store.facts import Told
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.minhash import near


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


@pytest.fixture
def index(ledger: Ledger) -> MemoryIndex:
    return MemoryIndex(ledger.database, HashedNgrams())


STEPS = st.lists(
    st.tuples(st.sampled_from(["say", "say", "answer", "remember", "forget", "refresh"]), st.integers(0, 99)),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_an_index_that_grew_and_shrank_equals_one_built_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with opened(tmp_path_factory.mktemp("steps") / "memory.db") as ledger:
        index = MemoryIndex(ledger.database, HashedNgrams())
        for step, number in steps:
            take(ledger, index, step, number)
        index.refresh()
        grown = content(ledger.database)
        index.rebuild()
        assert grown == content(ledger.database)
        assert all(leader <= place for place, _, _, leader, _ in grown["chunks"])
        assert [e.id for e in ledger.entries() if e.text.strip()] == sorted(
            {place[0] for place, *_ in grown["chunks"]}
        )


def take(ledger: Ledger, index: MemoryIndex, step: str, number: int) -> None:
    text = TEXTS[number % len(TEXTS)]
    there = ledger.entries()
    if step in ("say", "answer"):
        ledger.append(said(text, speaker="user" if step == "say" else "assistant"))
    elif step == "remember":
        aliases = ("river", "kite lamp", LONG)[: number % 4]
        facts.remember_all(ledger, [Told(f"key {number % 3}", text.strip() or "something", aliases)])
    elif step == "refresh":
        index.refresh()
    elif there:
        erase(ledger, there[number % len(there)].id)


def test_duplicates_take_one_place_and_the_newest_time(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(*(said(text) for text in ("my code is 7341", "My code  is 7341", "my code is 7342")))
    index.refresh()
    found = index.search("code", now=NOW)
    assert sorted(f.entry_ids for f in found) == [(2, 1), (3,)]
    assert next(f for f in found if len(f.entry_ids) > 1).said_at == ledger.get(2).said_at


def test_near_duplicates_are_one_while_both_are_there(ledger: Ledger, index: MemoryIndex) -> None:
    changed = f"lantern {LONG}"
    ledger.append(said(LONG), said(changed))
    index.refresh()
    assert [f.entry_ids for f in index.search(LONG[:60], now=NOW)] == [(2, 1)]
    erase(ledger, 1)
    index.refresh()
    assert texts(index, "lantern") == [changed]


def test_one_that_is_near_to_two_groups_makes_them_one(ledger: Ledger, index: MemoryIndex) -> None:
    first, between, last = TEXTS[9], TEXTS[8], TEXTS[10]
    assert near(first, between) and near(between, last) and not near(first, last)
    ledger.append(said(first), said(last))
    index.refresh()
    assert index.stats().groups == 2
    ledger.append(said(between))
    index.refresh()
    assert index.stats().groups == index.stats().vectors == 1
    erase(ledger, 3)
    index.refresh()
    assert index.stats().groups == index.stats().vectors == 2


def test_several_that_refresh_at_once_make_one_index(
    tmp_path: Path, ledger: Ledger, index: MemoryIndex
) -> None:
    ledger.append(*(said(f"{TEXTS[n % len(TEXTS)]} {n // 40}") for n in range(400)))

    def refresh() -> int:
        with Database.open(tmp_path / "memory.db") as database:
            return MemoryIndex(database, HashedNgrams()).refresh()

    with ThreadPoolExecutor(4) as pool:
        added = [done.result() for done in [pool.submit(refresh) for _ in range(4)]]
    assert sum(added) == 400
    together = content(ledger.database)
    index.rebuild()
    assert content(ledger.database) == together
