"""The search index: equal to one built at once whatever happened before, whole in forgetting, no syntax."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.indexing import NOW, TEXTS, content, erase, texts
from tests.support.remembering import opened, said

from engram.answer.embedders import HashedNgrams
from engram.store import facts
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.facts import Told
from engram.store.forgetting import forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.migrations import ALIASES_FOUND, MIGRATIONS


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


@pytest.fixture
def index(ledger: Ledger) -> MemoryIndex:
    return MemoryIndex(ledger.database, HashedNgrams())


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


def test_a_fact_is_found_by_its_aliases(ledger: Ledger, index: MemoryIndex) -> None:
    told = [Told("dog's name", "Rufo", ("who guards the quay", "Barkington")), Told("locker code", "7341")]
    facts.remember_all(ledger, told)
    ledger.append(*(said(f"idle {n}") for n in range(20)))
    index.refresh()
    for query in ("quay", "what is Barkington?", "dog's name"):
        found = index.search(query, now=NOW)[0]
        assert (found.key, found.text, found.word_rank, found.vector_rank) == ("dog's name", "Rufo", 1, 1)
    facts.remember_all(ledger, [Told("dog's name", "Rufo", ("Wuffles",))])
    index.refresh()
    assert texts(index, "Barkington") == [], "that name was taken back"
    assert texts(index, "Wuffles") == ["Rufo"]


def test_options_that_nobody_can_read_hide_no_fact(ledger: Ledger, index: MemoryIndex) -> None:
    """Their damage is for `engram memory verify` to name."""
    for number in range(4):
        facts.remember(ledger, f"locker {number}", "7341")
    for number, broken in enumerate(["x", "[]", '{"aliases": 3}', '{"aliases": null}'], 1):
        ledger.database.rows("UPDATE entry SET options = ? WHERE id = ?", (broken, number))
    index.refresh()
    assert {found.key[-1] for found in index.search("locker", now=NOW)} == set("0123")


@pytest.mark.parametrize("aliases", [(), ("quay",)])
def test_an_index_without_aliases_is_made_anew_where_there_are_any(
    tmp_path: Path, ledger: Ledger, index: MemoryIndex, aliases: tuple[str, ...]
) -> None:
    """A database of the layout before them: its index was made of keys and values alone."""
    facts.remember_all(ledger, [Told("dog's name", "Rufo", aliases), Told("locker code", "7341")])
    index.refresh()
    with ledger.database.write():
        for column, old in (("stop", "stop - length(' (quay)')"), ("same", "0")):
            ledger.database.rows(f"UPDATE chunk SET {column} = {old} WHERE entry = 1")
        ledger.database.rows("UPDATE chunk_text SET said = 'dog name rufo' WHERE rowid = 1")
        ledger.database.rows(f"PRAGMA user_version = {MIGRATIONS.index(ALIASES_FOUND)}")
    with Database.open(tmp_path / "memory.db") as database:
        again = MemoryIndex(database, HashedNgrams())
        assert again.stats().behind == (2 if aliases else 0) == 2 - again.stats().vectors
        if aliases:
            assert not any(content(database).values()), "nothing of the old one is left"
            again.refresh()
            assert texts(again, "quay") == ["Rufo"]


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
