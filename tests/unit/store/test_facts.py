"""Facts by key: the newest counts, the older ones stay as history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.remembering import opened

from engram.errors import UsageError
from engram.store.facts import all_current, current, history, normal_key, remember
from engram.store.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "memory.db") as ledger:
        yield ledger


def test_a_newer_value_takes_the_place_of_the_older_one(ledger: Ledger) -> None:
    first = remember(ledger, "locker code", "7341")
    other = remember(ledger, "coffee", "black")
    second = remember(ledger, " Locker  CODE?", " 7342 ")
    assert (first.replaces, other.replaces, second.replaces) == (None, None, first.id)
    assert (second.key, second.text, second.speaker, second.source) == (
        "Locker CODE?",
        "7342",
        "user",
        "remember",
    )
    assert current(ledger, "locker code") == second and history(ledger, "LOCKER CODE") == [first, second]
    assert all_current(ledger) == [other, second] and current(ledger, "tea") is None
    third = remember(ledger, "locker code", "7341")
    assert third.replaces == second.id and current(ledger, "locker code") == third


def test_the_same_again_changes_nothing(ledger: Ledger) -> None:
    first = remember(ledger, "dog", "Rufo", tags=frozenset({"no-train"}))
    assert remember(ledger, "Dog", "Rufo ", tags=frozenset({"no-train"})) == first
    assert remember(ledger, "dog", "Rufo") == first, "said again without its tag, it keeps it"
    more = remember(ledger, "dog", "Rufo", tags=frozenset({"no-memory"}))
    assert more.replaces == first.id, "a tag that it had not is something new"


@pytest.mark.parametrize(("key", "value"), [("", "x"), ("  ?", "x"), ("x", " "), ("x", "")])
def test_an_empty_key_or_value_is_refused(ledger: Ledger, key: str, value: str) -> None:
    with pytest.raises(UsageError, match="needs a key and a value"):
        remember(ledger, key, value)


def test_private_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="never written down"):
        remember(ledger, "dog", "Rufo", tags=frozenset({"private"}))
    assert ledger.entries() == []


@given(st.text(max_size=30))
def test_a_normal_key_stays_what_it_is(key: str) -> None:
    assert normal_key(normal_key(key)) == normal_key(key) == normal_key(f"  {key}  ")


@pytest.mark.parametrize(
    "other", ["my dog's name", "MY DOG'S NAME", " my  dog's\tname ", "my dog's name?", "ｍy dog's name"]
)
def test_the_same_key(other: str) -> None:
    assert normal_key(other) == normal_key("my dog's name")


@pytest.mark.parametrize("other", ["my dogs name", "dog's name", "my cat's name"])
def test_another_key(other: str) -> None:
    assert normal_key(other) != normal_key("my dog's name")
