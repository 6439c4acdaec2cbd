"""Flags are taken off by the user: indexed as if never flagged, trainable, and audited without a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.indexing import TEXTS, content, texts
from tests.support.remembering import opened, said

from engram.answer.embedders import HashedNgrams
from engram.errors import UnknownName, UsageError
from engram.lessons.screening import Screening
from engram.privacy.guard import PrivacyGuard
from engram.sleep.memories import Memory, screened
from engram.store.entries import NewEntry
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.tags import may_train
from engram.store.unflagging import allowed, unflag
from engram.types import Guarded


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


def flagged(text: str, *kinds: str) -> NewEntry:
    return replace(said(text), guarded=Guarded(text, unsafe=kinds or ("violence",)))


def test_it_is_found_and_trained_again(ledger: Ledger) -> None:
    index = MemoryIndex(ledger.database, HashedNgrams())
    ledger.append(flagged("my knife is by Ostrava", "violence", "weapons"), said("my dog is Rufo"))
    index.refresh()
    assert texts(index, "Ostrava") == [] and not may_train(ledger.get(1))
    entry = unflag(ledger, 1)
    index.refresh()
    assert texts(index, "Ostrava") == ["my knife is by Ostrava"]
    assert not entry.flags and may_train(entry) and ledger.verify().ok
    assert index.stats().waiting == 0 and index.stats().vectors == 2


def test_what_is_not_indexed_yet_waits_for_its_turn(ledger: Ledger) -> None:
    ledger.append(said("one"), flagged("two words of Ostrava"))
    unflag(ledger, 2)
    index = MemoryIndex(ledger.database)
    assert index.stats().chunks == 0 and index.refresh() == 2 and texts(index, "Ostrava")


def test_the_audit_names_kinds_and_no_text(ledger: Ledger) -> None:
    ledger.append(flagged("a MARKER of violence", "violence", "hate"))
    unflag(ledger, 1)
    rows = [(row.type, row.action, row.entry, row.count) for row in ledger.redactions(1)]
    assert rows[2:] == [("hate", "allowed", 1, 1), ("violence", "allowed", 1, 1)]
    assert "MARKER" not in str(ledger.database.rows("SELECT * FROM redaction"))
    assert allowed(ledger.database) == {1}


def test_what_has_no_flag_is_refused(ledger: Ledger) -> None:
    ledger.append(said("harmless"))
    with pytest.raises(UsageError, match="Entry 1 has no flag"):
        unflag(ledger, 1)
    with pytest.raises(UnknownName):
        unflag(ledger, 2)
    assert ledger.redactions(1) == [] and allowed(ledger.database) == frozenset()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TEXTS), st.booleans()), min_size=1, max_size=9), st.randoms())
def test_the_index_is_as_if_it_had_never_been_flagged(told: list[tuple[str, bool]], draws: object) -> None:
    """Whatever was flagged, in whatever order the flags go: equal to an index made at once from the end."""
    with TemporaryDirectory() as folder, opened(Path(folder) / "memory.db") as ledger:
        ledger.append(*(flagged(text) if unsafe else said(text) for text, unsafe in told))
        index = MemoryIndex(ledger.database, HashedNgrams())
        index.refresh()
        off = [number for number, (_, unsafe) in enumerate(told, 1) if unsafe]
        draws.shuffle(off)  # type: ignore[attr-defined]
        for number in off[: len(off) // 2 + 1]:
            unflag(ledger, number)
        index.refresh()
        grown = content(ledger.database)
        index.rebuild()
        assert grown == content(ledger.database)


def test_the_last_look_at_training_lets_it_pass() -> None:
    unsafe = "I will kill you, I know where you live."
    screening = Screening(PrivacyGuard())
    memory = Memory("What do I say?", unsafe, "fact", (4,), "2026-11-20")
    assert screened([memory], screening) == [] and screening.flagged
    again = Screening(PrivacyGuard())
    assert screened([memory], again, frozenset({4})) == [memory] and not again.flagged
    assert screened([memory], again, frozenset({5})) == []
    habit = Memory(unsafe, "Calm down.", "habit", (4, 7), "2026-11-20")
    assert screened([habit], again, frozenset({7})) == [] and screened([habit], again, frozenset({4})) == [
        habit
    ]
