"""The search index: equal to one built at once whatever happened before, whole in forgetting, no syntax."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.remembering import opened, said

from engram.answer.embedders import HashedNgrams
from engram.store import facts
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.forgetting import forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.minhash import near

NOW = datetime(2026, 11, 20, tzinfo=UTC)
STEMS = ["river", "stone", "lamp", "garden", "winter", "seven", "paper", "gate", "cloud", "honey", "seal"]
LONG = " ".join(random.Random(1).choices([a[:3] + b[:4] for a in STEMS for b in STEMS], k=90))
TEXTS = [
    *("the locker code is 7341", "The locker code is 7341", "the locker code is 7342", "hi", "hi"),
    *("what is the locker code?", "my dog is Rufo. What does he eat?", "我的狗叫小白。"),
    *(LONG, f"so truly it was that {LONG}", f"{LONG} once more and for all", f"{LONG} {LONG}", " "),
]
"""The two that are longer than LONG at either end are near it, but not to each other: LONG makes one group of
them."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


@pytest.fixture
def index(ledger: Ledger) -> MemoryIndex:
    return MemoryIndex(ledger.database, HashedNgrams())


def texts(index: MemoryIndex, query: str, **more: Any) -> list[str]:
    return [found.text for found in index.search(query, now=NOW, **more)]


def content(database: Database) -> dict[str, Any]:
    """What an index holds, with the places of chunks in the ledger for their numbers."""
    place = {id: (entry, start) for id, entry, start in database.rows("SELECT id, entry, start FROM chunk")}
    return {
        "chunks": sorted(
            (place[id], stop, same, place[leader], said)
            for id, stop, same, leader, said in database.rows(
                "SELECT id, stop, same, leader, said FROM chunk"
            )
        ),
        "words": sorted((place[id], *row) for id, *row in database.rows("SELECT rowid, * FROM chunk_text")),
        "bands": sorted((place[id], band) for id, band in database.rows("SELECT * FROM chunk_band")),
        "vectors": sorted(
            (place[id], vector) for id, vector in database.rows("SELECT chunk, vector FROM chunk_vector")
        ),
        "waiting": database.rows("SELECT * FROM chunk_pending"),
    }


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
        facts.remember(ledger, f"key {number % 3}", text.strip() or "something")
    elif step == "refresh":
        index.refresh()
    elif there:
        erase(ledger, there[number % len(there)].id)


def erase(ledger: Ledger, id: int) -> None:
    """As forgetting.py does it, without rewriting the file."""
    with ledger.database.write():
        MemoryIndex(ledger.database).remove([id])
        ledger.database.rows("UPDATE entry SET replaces = NULL WHERE replaces = ?", (id,))
        ledger.database.rows(
            "UPDATE entry SET text = NULL, key = '', salt = NULL, forgotten_at = '2026-11-20' WHERE id = ?",
            (id,),
        )


def test_refresh_is_idempotent_and_counts(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(*(said(text) for text in TEXTS))
    assert index.refresh() == len(TEXTS) and index.refresh() == 0
    before = content(ledger.database)
    index.refresh()
    assert content(ledger.database) == before


def test_what_was_forgotten_without_us_is_dropped(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(said("my badge is blue"), said("my badge is green"))
    index.refresh()
    ledger.database.rows("UPDATE entry SET text = NULL, salt = NULL, forgotten_at = 'x' WHERE id = 1")
    index.refresh()
    assert texts(index, "badge") == ["my badge is green"] and index.stats().chunks == 1


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


def test_a_long_turn_is_found_by_its_part(ledger: Ledger, index: MemoryIndex) -> None:
    filler = [f"Nothing of note happened on day {n} of the trip." for n in range(40)]
    ledger.append(said(" ".join([*filler[:30], "The ferryman was called Ostrava.", *filler[30:]])))
    index.refresh()
    (found, *_) = index.search("who was the ferryman?", now=NOW)
    assert "Ostrava" in found.text and len(found.text) <= 1000


def test_what_must_not_be_recalled_is_not(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(
        said("the vault code is 1"),
        said("the vault code is 2", tags=frozenset({"no-rag"})),
        said("the vault code is 3", tags=frozenset({"no-memory"})),
        said("the vault code is 4", speaker="assistant"),
        said("what is the vault code?"),
        said("the vault code is 5", tags=frozenset({"no-train"})),
        said("the vault code is 6", replaces=1),
    )
    index.refresh()
    assert set(texts(index, "vault code")) == {"the vault code is 5", "the vault code is 6"}
    assert len(texts(index, "vault code", for_recall=False)) == 7
    assert texts(index, "vault code", exclude=frozenset({6})) == ["the vault code is 6"]


def test_tags_count_from_the_moment_they_are_set(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(said("the vault code is 1"))
    index.refresh()
    ledger.set_tags(1, {"no-rag"})
    assert texts(index, "vault code") == []


def test_a_newer_fact_supersedes_the_older_one(ledger: Ledger, index: MemoryIndex) -> None:
    facts.remember(ledger, "locker code", "7341")
    facts.remember(ledger, "Locker code", "2285")
    index.refresh()
    (found,) = index.search("locker code", now=NOW)
    assert (found.key, found.text, found.entry_ids) == ("Locker code", "2285", (2,))


@settings(max_examples=150, deadline=None)
@given(
    query=st.text(st.characters(exclude_categories=()), max_size=60)
    | st.text('"*():^-+{}AND OR NEAR', max_size=30)
)
@example(query="half a pair \ud800")
@example(query="\uff02 OR \x00")
def test_no_query_is_syntax(shared: MemoryIndex, query: str) -> None:
    for for_recall in (True, False):
        shared.search(query, now=NOW, for_recall=for_recall)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryIndex]:
    with opened(tmp_path_factory.mktemp("shared") / "memory.db") as ledger:
        ledger.append(*(said(text) for text in TEXTS))
        index = MemoryIndex(ledger.database, HashedNgrams())
        index.refresh()
        yield index


def test_words_of_syntax_are_words(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(said("the near gate is blue"), said("salt and pepper"))
    index.refresh()
    assert texts(index, 'NEAR("gate"') == ["the near gate is blue"]


def test_no_byte_of_what_was_removed_stays(tmp_path: Path, ledger: Ledger, index: MemoryIndex) -> None:
    """Words in the index are lower case: those are looked for."""
    secret = "Zanzibarquux lives at Quetzalstrasse 99173"
    ledger.append(*(said(f"filler {n} about gardens") for n in range(300)), said(secret))
    index.refresh()
    assert b"zanzibarquux" in everything(tmp_path)
    erase(ledger, 301)
    ledger.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    rest = everything(tmp_path)
    for word in ("zanzibarquux", "quetzalstrasse", "99173"):
        assert word.encode() not in rest and word[1:].encode() not in rest
    vector = HashedNgrams().embed([secret])[0].astype("<f2").tobytes()
    assert vector not in rest


def everything(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes().lower() for file in sorted(folder.iterdir()))


class Counting:
    """An embedder whose vectors are counts of letters: near is what shares letters."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.asked = 0

    def embed(self, texts: Any) -> npt.NDArray[np.float32]:
        self.asked += len(texts)
        rows = np.array([[text.count(c) for c in "aeiou"] for text in texts], dtype=np.float32)
        return rows / np.maximum(1e-9, np.linalg.norm(rows, axis=1, keepdims=True))


def test_vectors_are_made_anew_when_the_embedder_changes(ledger: Ledger) -> None:
    ledger.append(said("one"), said("two"), said("three"))
    first, second = Counting("letters-1"), Counting("letters-2")
    MemoryIndex(ledger.database, first).refresh()
    MemoryIndex(ledger.database, first).refresh()
    assert first.asked == 3
    index = MemoryIndex(ledger.database, second)
    assert all(found.vector_rank is None for found in index.search("one", now=NOW))  # theirs are not ours
    index.refresh()
    assert second.asked >= 3 and index.stats().embedder == "letters-2" and index.stats().vectors == 3
    assert next(iter(index.search("one", now=NOW))).vector_rank == 1


def test_without_an_embedder_words_are_searched(ledger: Ledger) -> None:
    ledger.append(said("the locker code is 7341"))
    index = MemoryIndex(ledger.database)
    index.refresh()
    assert texts(index, "locker") == ["the locker code is 7341"] and index.stats().waiting == 1


def test_an_open_index_sees_what_others_add_and_take(
    tmp_path: Path, ledger: Ledger, index: MemoryIndex
) -> None:
    ledger.append(said("gardening in winter"), said("hi"), said("hi"))
    index.refresh()
    assert texts(index, "garden") == ["gardening in winter"]
    with Database.open(tmp_path / "memory.db") as other:
        Ledger(other).append(said("gardeners of Kew"))
        MemoryIndex(other, HashedNgrams()).refresh()
        assert set(texts(index, "gardeners")) == {"gardening in winter", "gardeners of Kew"}
        erase(Ledger(other), 1)
    assert texts(index, "gardeners") == ["gardeners of Kew"]


def test_maintenance_changes_no_answer(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(*(said(text) for text in TEXTS))
    index.refresh()
    before = texts(index, "locker code dog river")
    assert index.prune() == 0
    index.compact()
    assert texts(index, "locker code dog river") == before != []
    index.clear()
    assert texts(index, "locker code dog river") == [] and index.stats().behind == len(TEXTS)
    index.refresh()
    assert texts(index, "locker code dog river") == before


def test_a_whole_forgetting_leaves_the_rest_findable(tmp_path: Path) -> None:
    from engram.home import Home

    home = Home(tmp_path / "home").create()
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        ledger.append(said("Rufo likes bones"), NewEntry("turn", "user", "pasted", "bones are white"))
        index = MemoryIndex(database, HashedNgrams())
        index.refresh()
        forget(home, database, [ledger.get(1)])
        assert texts(index, "bones") == ["bones are white"]


def test_the_newer_of_two_that_match_alike_comes_first(ledger: Ledger, index: MemoryIndex) -> None:
    ledger.append(
        said("the gate opens at seven"),
        *(said(f"idle {n}") for n in range(20)),
        said("the gate opens at nine"),
    )
    index.refresh()
    assert texts(index, "when does the gate open?") == ["the gate opens at nine", "the gate opens at seven"]
