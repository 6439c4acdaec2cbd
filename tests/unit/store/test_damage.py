"""A ledger with bytes changed anywhere: it is read, or said to be damaged; nothing else comes of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.remembering import furnish, opened, said
from tests.support.road import engram

from engram.errors import EngramError
from engram.store import export, facts
from engram.store.receipts import read_receipts


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("whole") / "memory.db"
    with opened(file) as ledger:
        furnish(ledger)
        ledger.append(*(said(f"turn number {n} " * 20) for n in range(50)))
    return file


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1 << 18), st.integers(0, 255)), min_size=1, max_size=60))
def test_reading_raises_errors_of_ours_only(
    tmp_path_factory: pytest.TempPathFactory, whole: Path, flips: list[tuple[int, int]]
) -> None:
    home = tmp_path_factory.mktemp("damaged")
    content = bytearray(whole.read_bytes())
    for place, value in flips:
        content[place % len(content)] = value
    (home / "memory.db").write_bytes(content)
    with suppress(EngramError), opened(home / "memory.db") as ledger:
        for call in (
            ledger.entries,
            ledger.sessions,
            ledger.stats,
            ledger.verify,
            lambda: facts.all_current(ledger),
            lambda: list(export.rows(ledger.entries())),
            lambda: read_receipts(ledger.database),
            lambda: ledger.append(said("one more")),
        ):
            with suppress(EngramError):
                call()
    for words in (["memory", "list"], ["memory", "show", "9"]):
        assert engram(*words, "--home", home).code in (0, 1, 2)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["said_at", "text", "key", "source", "speaker", "kind", "tags"]), st.text(max_size=12))
def test_a_column_with_something_else_in_it_is_shown_or_said(
    tmp_path_factory: pytest.TempPathFactory, column: str, value: str
) -> None:
    home = tmp_path_factory.mktemp("changed")
    with opened(home / "memory.db") as ledger:
        ledger.append(said("hello"))
        ((before,),) = ledger.database.rows(f"SELECT {column} FROM entry")
        with ledger.database.write():
            ledger.database.rows(f"UPDATE entry SET {column} = ?", (value,))
    for words in (["memory", "list"], ["memory", "show", "1"], ["memory", "stats"], ["memory", "export"]):
        said_back = engram(*words, "--home", home)
        assert said_back.code in (0, 1), said_back
    if column != "tags" and value != before:
        assert engram("memory", "verify", "--home", home).code == 1
