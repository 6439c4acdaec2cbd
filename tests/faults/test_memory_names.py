"""Promise 5 for memory: the only name that a user gives here is an import's; it never becomes a path."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.payloads import PAYLOADS, generated_names, is_plain
from tests.support.remembering import opened
from tests.support.road import engram

from engram.errors import BadName
from engram.store.entries import NewEntry, check_source

NAMES = [*PAYLOADS, *generated_names(10_000)]


def test_the_grammar_decides() -> None:
    for name in NAMES:
        try:
            assert check_source(f"import:{name}") == f"import:{name}" and is_plain(name), name
        except BadName:
            assert not is_plain(name), name


def test_nothing_is_written_down_under_such_a_name(tmp_path: Path) -> None:
    with opened(tmp_path / "memory.db") as ledger:
        for name in (name for name in PAYLOADS if not is_plain(name)):
            with pytest.raises(BadName):
                ledger.append(NewEntry("turn", "user", f"import:{name}", "text"))
        assert ledger.entries() == [] and ledger.verify().ok
    assert [file.name for file in tmp_path.iterdir()] == ["memory.db"]


def test_looking_for_such_a_name_finds_and_changes_nothing(isolated: Path) -> None:
    engram("remember", "dog", "Rufo")
    before = sorted(isolated.parent.rglob("*"))
    for name in PAYLOADS[::20]:
        for words in (["memory", "list"], ["memory", "export"], ["forget", "--yes"]):
            said = engram(*words, f"--source=import:{name}")
            assert said.code == 0 and "Rufo" not in said.out, (words, name)
    assert sorted(isolated.parent.rglob("*")) == before
