"""Facts by key: the newest counts, the older ones stay as history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.remembering import opened

from engram.errors import BadName, EngramError, UsageError, Withheld
from engram.store.chain import FIELDS
from engram.store.entries import NewEntry
from engram.store.fact_options import FactOptions, check_options, options_from_text, options_to_text
from engram.store.facts import (
    Told,
    all_current,
    current,
    foresee,
    generation,
    history,
    looked_up,
    normal_key,
    remember,
    remember_all,
)
from engram.store.forgetting import choose
from engram.store.ledger import Ledger
from engram.types import Guarded


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


# --- how a fact is looked up


def test_options_stay_unless_they_are_given(ledger: Ledger) -> None:
    told = Told("dog", "Rex", ("hound",), 0.7, "release")
    (first,) = remember_all(ledger, [told])
    assert first.entry.options == FactOptions(("hound",), 0.7, "release") and first.is_new
    second = remember(ledger, "dog", "Rufo")
    assert second.options == first.entry.options and second.replaces == first.entry.id
    (same,) = remember_all(ledger, [Told("dog", "Rufo", ("hound",), 0.7, "release")])
    assert not same.changed and same.entry == second
    (third,) = remember_all(ledger, [Told("dog", "Rufo", ("pup", " pup "), 1, "stop")])
    assert third.entry.options == FactOptions(("pup",)) and third.before == second
    assert ledger.get(third.entry.id).options == FactOptions(("pup",)), "as it lies in the database"
    (none,) = remember_all(ledger, [Told("dog", "Rufo", ())])
    assert none.entry.options == FactOptions() and history(ledger, "dog")[-1] == none.entry


def test_namespaces_keep_keys_apart(ledger: Ledger) -> None:
    work, own = remember_all(ledger, [Told("door", "1111", namespace="work"), Told("Door", "2222")])
    assert own.before is None and all_current(ledger) == [work.entry, own.entry]
    assert current(ledger, "door", "work") == work.entry and current(ledger, "door") == own.entry
    (newer,) = remember_all(ledger, [Told("DOOR", "3333", namespace="work")])
    assert newer.before == work.entry and current(ledger, "door") == own.entry


def test_of_one_key_among_many_the_last_counts(ledger: Ledger) -> None:
    before = remember(ledger, "other", "x")
    found = remember_all(ledger, [Told("CO", "carbon monoxide"), Told("b", "c"), Told("Co", "cobalt")])
    assert [each.entry.replaces for each in found] == [None, None, found[0].entry.id]
    assert [entry.text for entry in all_current(ledger)] == [before.text, "c", "cobalt"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Told("b", "c", probability=0.0), UsageError),
        (Told("b", "c", probability=1.5), UsageError),
        (Told("b", "c", probability=float("nan")), UsageError),
        (Told("b", "c", aliases=("d", " ")), UsageError),
        (Told("b", "c", aliases=tuple(map(str, range(101)))), UsageError),
        (Told("b", "c", namespace="../x"), BadName),
        (Told("b", ""), UsageError),
        (Told("b", "secret", place="a.csv:2"), Withheld),
        (Told("b", "c", aliases=("secret",), place="a.csv:2"), Withheld),
    ],
)
def test_all_or_nothing(ledger: Ledger, wrong: Told, error: type[EngramError]) -> None:
    def guard(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        return Guarded(None if text == "secret" else text, {"password": 1} if text == "secret" else {})

    ledger.guard = guard
    with pytest.raises(error) as caught:
        remember_all(ledger, [Told("a", "fine"), wrong, Told("d", "fine")])
    assert ledger.entries() == [] and caught.value.message.startswith(wrong.place)
    with pytest.raises(error):
        foresee([], [wrong], guard)


def test_the_guard_sees_aliases_too(ledger: Ledger) -> None:
    def guard(text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        return Guarded(text.replace("555-01", "[PHONE]"), {"phone": 1} if "555-01" in text else {})

    ledger.guard = guard
    (told,) = remember_all(ledger, [Told("aunt 555-01", "call 555-01", ("who has 555-01",))])
    assert (told.entry.key, told.entry.text) == ("aunt [PHONE]", "call [PHONE]")
    assert told.entry.options.aliases == ("who has [PHONE]",)
    assert [each.count for each in ledger.redactions(told.entry.id)] == [3]
    seen: list[int] = []
    remember_all(ledger, [Told("a", "b"), Told("c", "d")], progress=seen.append)
    assert seen == [1, 2]


def test_what_is_foreseen_happens(ledger: Ledger) -> None:
    remember(ledger, "dog", "Rex")
    remember(ledger, "cat", "Tom")
    told = [Told("Dog", "Rufo"), Told("cat", "Tom"), Told("new", "x"), Told("new", "y"), Told("new", "y")]
    known = ledger.entries(kind="fact")
    foreseen = foresee(known, told, None)
    assert ledger.entries(kind="fact") == known
    done = remember_all(ledger, told)
    assert [(f.is_new, f.changed, f.entry.text) for f in foreseen] == [
        (f.is_new, f.changed, f.entry.text) for f in done
    ]


def test_what_may_be_looked_up(ledger: Ledger) -> None:
    kept = [remember(ledger, tag, "x", tags=frozenset({tag})) for tag in ("no-train", "no-rag", "no-memory")]
    plain = remember(ledger, "plain", "x")
    flagged = remember(ledger, "flagged", "x")
    ledger.database.rows("UPDATE entry SET flags = 'violence' WHERE id = ?", (flagged.id,))
    assert looked_up(ledger) == [kept[0], plain]


def test_the_generation_grows_with_facts_and_only_with_those(ledger: Ledger) -> None:
    turn = NewEntry("turn", "user", "chat", "hello")
    before = generation(ledger)
    ledger.rate(ledger.append(turn)[0].id, 1)
    assert generation(ledger) == before
    fact = remember(ledger, "a", "b")
    told = generation(ledger)
    remember(ledger, "a", "b")
    assert told > before and generation(ledger) == told
    ledger.set_tags(fact.id, ["no-rag"])
    assert generation(ledger) > told


def test_a_fact_is_found_by_its_alias_to_be_forgotten(ledger: Ledger) -> None:
    (told,) = remember_all(ledger, [Told("aunt", "in Genoa", ("Melisande",))])
    assert choose(ledger, query="melis") == [told.entry]


def test_the_digest_covers_options_and_leaves_older_entries_as_they_were(ledger: Ledger) -> None:
    """By the formula of chain.py, written out once more."""
    remember_all(ledger, [Told("a", "b"), Told("c", "d", ("e",), 0.5, "release", "work")])
    columns = ", ".join(FIELDS)
    rows = ledger.database.rows(f"SELECT salt, digest, options, {columns} FROM entry ORDER BY id")
    for (salt, digest, options, *values), extra in zip(rows, (False, True), strict=True):
        fields = dict(zip(FIELDS, values, strict=True)) | ({"options": options} if extra else {})
        assert (options != "") == extra
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(salt + text.encode()).digest() == digest
    assert ledger.verify().ok
    for change in ("''", "replace(options, '0.5', '0.6')"):
        ledger.database.rows("SAVEPOINT here")
        ledger.database.rows(f"UPDATE entry SET options = {change} WHERE id = 2")
        assert ledger.verify().problems == ("entry 2 was changed: it does not match its digest",)
        ledger.database.rows("ROLLBACK TO here")


@given(
    st.builds(
        FactOptions,
        st.lists(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1)).map(tuple),
        st.none() | st.floats(0.001, 0.999),
        st.sampled_from(["stop", "release"]),
        st.sampled_from(["", "work"]),
    )
)
def test_options_come_back_from_their_text(options: FactOptions) -> None:
    try:
        checked = check_options(options)
    except UsageError:
        return
    assert options_from_text(options_to_text(checked)) == checked


@pytest.mark.parametrize(
    "text", ["{}", "[]", "x", '{"aliases": 3}', '{"aliases": [], "end": "never"}', "null"]
)
def test_other_texts_are_no_options(text: str) -> None:
    with pytest.raises(ValueError, match=r"options|Expecting"):
        options_from_text(text)
