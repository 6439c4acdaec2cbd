"""The table against a plain list of facts, and what it says of keys that become one."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.errors import UsageError
from engram.lookup.canonical import canonical
from engram.lookup.facts import Fact, short_key
from engram.lookup.table import FactTable

KEYS = ["CO", "Co", "c o", "carbon", "CARBON", "é", "E\u0301", "port 22", "port22", "x"]
NAMESPACES = ["", "work"]
facts = st.builds(
    Fact,
    st.sampled_from(KEYS),
    st.sampled_from(["1", "2", "3"]),
    st.lists(st.sampled_from(KEYS), max_size=2).map(tuple),
    namespace=st.sampled_from(NAMESPACES),
    since=st.sampled_from(["", "2026-11-20", "2026-11-21"]),
)


def expected(held: list[Fact], name: str, namespace: str) -> set[Fact]:
    """Who may answer: the fact with this key, else the newest of those with this alias."""
    here = [fact for fact in held if fact.namespace == namespace]
    keyed = [fact for fact in here if canonical(fact.key) == canonical(name)]
    named = [fact for fact in here if canonical(name) in map(canonical, fact.aliases)]
    newest = max((fact.since for fact in named), default="")
    return set(keyed or [fact for fact in named if fact.since == newest])


@given(st.lists(st.one_of(facts, st.tuples(st.sampled_from(KEYS), st.sampled_from(NAMESPACES))), max_size=12))
def test_it_is_a_list_of_facts(steps: list[Fact | tuple[str, str]]) -> None:
    table, held = FactTable(), list[Fact]()
    for step in steps:
        key, namespace = (step.key, step.namespace) if isinstance(step, Fact) else step
        same = [f for f in held if (f.namespace, canonical(f.key)) == (namespace, canonical(key))]
        held = [fact for fact in held if fact not in same]
        if isinstance(step, Fact):
            assert table.put(step).replaced == tuple(same)
            held.append(step)
        else:
            assert table.delete(key, namespace) == (same[0] if same else None)
    assert len(table) == len(held)
    assert table.facts() == sorted(held, key=lambda fact: (fact.namespace, canonical(fact.key)))
    assert table.namespaces() == tuple(sorted({fact.namespace for fact in held}))
    names = [canonical(name) for fact in held for name in {canonical(n): n for n in fact.names()}.values()]
    assert table.longest == max(map(len, names), default=0)
    assert set(table.lengths) == set(map(len, names)) and set(table.endings) == {name[-1] for name in names}
    for name in KEYS:
        for namespace in NAMESPACES:
            found, wanted = table.get(name, namespace), expected(held, name, namespace)
            assert found in wanted if wanted else found is None


@given(st.lists(facts, max_size=6), st.lists(facts, max_size=4))
def test_deleted_facts_leave_no_trace(kept: list[Fact], passing: list[Fact]) -> None:
    taken = {(fact.namespace, canonical(fact.key)) for fact in kept}
    passing = [fact for fact in passing if (fact.namespace, canonical(fact.key)) not in taken]
    table = FactTable([*kept, *passing])
    for fact in passing:
        table.delete(fact.key, fact.namespace)
    never = FactTable(kept)
    assert table.facts() == never.facts()
    assert [table.get(name, space) for name in KEYS for space in NAMESPACES] == [
        never.get(name, space) for name in KEYS for space in NAMESPACES
    ]


def test_keys_that_only_spelling_told_apart_are_reported() -> None:
    table = FactTable([Fact("CO", "carbon monoxide")])
    put = table.put(Fact("Co", "cobalt"))
    assert put.replaced == (Fact("CO", "carbon monoxide"),)
    assert put.merged == (("CO", "Co"),)
    assert table.put(Fact("Co", "kobalt")).merged == ()


def test_aliases_that_lead_elsewhere_are_reported() -> None:
    table = FactTable([Fact("ssh port", "22", ("port of ssh",), since="2")])
    assert table.put(Fact("sftp port", "22", ("SSH Port",))).shadowed == ("sshport",)
    assert table.put(Fact("old", "23", ("port of ssh",), since="1")).shadowed == ("portofssh",)
    assert table.put(Fact("port of SSH", "2222")).shadowed == ("portofssh",)
    found = table.get("Port of SSH")
    assert found is not None and found.answer == "2222"


def test_of_two_facts_with_one_alias_the_newer_answers() -> None:
    newer, older = Fact("a key", "1", ("both",), since="2026-11-21"), Fact("z key", "2", ("both",))
    assert FactTable([newer, older]).get("both") == FactTable([older, newer]).get("both") == newer


def test_namespaces_are_asked_in_the_order_given() -> None:
    table = FactTable([Fact("boss", "Ann", namespace="work"), Fact("boss", "Bo", namespace="game")])
    for order, answer in [(("work", "game"), "Ann"), (("game", "work"), "Bo")]:
        found = table.find("boss", order)
        assert found is not None and found.answer == answer
    assert table.find("boss", ("",)) is None


@pytest.mark.parametrize(
    "change",
    [{"key": " \n"}, {"aliases": ("ok", " ")}, {"answer": " "}, {"probability": 0.0}, {"probability": 1.0},
     {"probability": float("nan")}, {"end": "never"}],
    ids=["key", "alias", "answer", "zero", "one", "nan", "end"],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UsageError) as refused:
        dataclasses.replace(Fact("port", "22"), **change)  # type: ignore[arg-type]
    assert refused.value.hint


def test_short_keys() -> None:
    assert short_key("time") and short_key("t i m e s") and not short_key("timing")
