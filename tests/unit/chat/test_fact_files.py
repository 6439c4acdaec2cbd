"""Files of facts: what is written reads back the same, and everything that is wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.remembering import opened

from engram.chat.fact_files import merged, read_facts, write_lines, write_table
from engram.errors import LessonError, UsageError
from engram.store.facts import Told, all_current, remember_all

WRITABLE = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1, max_size=12
)
WORDS = st.from_regex(r"[a-z\u00e9\u4e00\"',;=-][a-z\u00e9\u4e00\"',;=| -]{0,10}[a-z]", fullmatch=True)
FACTS = st.lists(
    st.builds(
        Told,
        key=WORDS,
        value=WRITABLE.filter(lambda text: text.strip() and "#" not in text),
        aliases=st.lists(WORDS, max_size=3).map(tuple),
        probability=st.sampled_from([1, 0.3, 0.123456789]),
        end=st.sampled_from(["stop", "release"]),
        namespace=st.sampled_from(["", "work", "v1.2"]),
        tags=st.sets(st.sampled_from(["no-rag", "no-train", "no-memory"])).map(frozenset),
        said_at=st.sampled_from(["2024-05-06T07:08:09+00:00", "2026-11-21T23:59:59+00:00"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda fact: (fact.namespace, " ".join(fact.key.split())),
)


def read(tmp_path: Path, name: str, text: str | bytes) -> list[Told]:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_facts(file)


def problems(tmp_path: Path, name: str, text: str | bytes) -> list[str]:
    with pytest.raises(LessonError) as caught:
        read(tmp_path, name, text)
    return [line.removeprefix(f"{tmp_path}/") for line in caught.value.problems]


@settings(max_examples=15, deadline=None)
@example([Told("a key", 'one\rtwo\nthree\r\nfour, "five"', ("b, c",), 1, "stop")])
@given(FACTS)
def test_what_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, told: list[Told]
) -> None:
    folder = tmp_path_factory.mktemp("facts")
    with opened(folder / "memory.db") as ledger:
        remember_all(ledger, told)
        there = all_current(ledger)
        for name, text in (("a.csv", write_table(there)), ("a.jsonl", write_lines(there))):
            again = read(folder, name, text)
            assert not any(found.changed for found in remember_all(ledger, again)), name
            with opened(folder / f"{name}.db") as other:
                remember_all(other, again)
                kept = [(e.key, e.text, e.options, e.tags, e.said_at) for e in all_current(other)]
                assert kept == [(e.key, e.text, e.options, e.tags, e.said_at) for e in there], name


def test_a_table_as_people_write_it(tmp_path: Path) -> None:
    text = (
        "\ufeffKey, Value ,aliases,probability,tags\r\nPORT:SSH,22,,,\r\n"
        'GPU,"Graphics, ""Unit""","card\nchip",0.7,#no-rag\r\n'
    )
    one, two = read(tmp_path, "a.csv", text)
    assert (one.key, one.value, one.aliases, one.probability, one.place) == (
        "PORT:SSH",
        "22",
        None,
        None,
        "a.csv:2",
    )
    assert (two.value, two.aliases, two.probability) == ('Graphics, "Unit"', ("card", "chip"), 0.7)
    assert two.tags == {"no-rag"}
    assert [fact.value for fact in read(tmp_path, "b.csv", "key;value\na,b;c,d\n")] == ["c,d"]
    assert [fact.value for fact in read(tmp_path, "b.tsv", "value\tkey\nx y\tz\n")] == ["x y"]


def test_patterns_are_facts_too(tmp_path: Path) -> None:
    example = "{input: 'ACRONYM:GPU', output: 'Graphics Processing Unit', category: a}"
    text = f"name: tiny\ndescription: Two.\nexamples:\n  - {example}\n"
    (fact,) = read(tmp_path, "tiny.yaml", text)
    assert (fact.key, fact.value, fact.place) == ("ACRONYM:GPU", "Graphics Processing Unit", "tiny.yaml:4")


def test_all_that_is_wrong_with_a_table_is_said_with_its_lines(tmp_path: Path) -> None:
    rows = [
        "key,value,probability,end,namespace",
        "a,,,,",
        ",b,,,",
        "c,d,often,,",
        "e,f,2,,",
        "g,h,,never,",
        "i,j,,,../x",
    ]
    found = problems(
        tmp_path, "bad.csv", "\n".join([*rows, "k,l,,,,more", "fine,fact,,,", "m,n #private,,,"])
    )
    assert [line.split(": ")[0] for line in found] == [f"bad.csv:{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10)]
    for part, line in zip(
        (
            "'value'",
            "'key'",
            "no number",
            "probability",
            "stop or release",
            "namespace",
            "more cells",
            "#private",
        ),
        found,
        strict=True,
    ):
        assert part in line


def test_all_that_is_wrong_with_lines_is_said(tmp_path: Path) -> None:
    rows = ['{"key": "a"}', "[]", "{", '{"key": "b", "value": 7}', '{"key": "c", "value": "d", "alias": "e"}',
            '{"key": "f", "value": "g", "aliases": "h"}', '{"key": "i", "value": "j", "probability": true}',
            '{"key": "k", "value": "\\ud800"}', '{"key": "?", "value": "x"}',
            '{"key": "n", "value": "o", "said_at": "soon"}']  # fmt: skip
    found = problems(tmp_path, "bad.jsonl", "\n".join(['{"key": "fine", "value": "fact"}', "", *rows]))
    assert [line.split(": ")[0] for line in found] == [f"bad.jsonl:{n}" for n in range(3, 13)]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "", "names the columns"),
        ("a.csv", "key,value\n", "no facts"),
        ("a.csv", "key,value,colour\na,b,c\n", "'colour' is no column"),
        ("a.csv", "key,value,key\na,b,c\n", "twice"),
        ("a.csv", 'key,value\n"a,b\n', "no CSV"),
        ("a.csv", b"key,value\na,\xff\n", "not UTF-8"),
        ("a.jsonl", "\n", "no facts"),
    ],
)
def test_files_that_are_wrong_as_a_whole(tmp_path: Path, name: str, text: str | bytes, says: str) -> None:
    assert says in problems(tmp_path, name, text)[0]


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of facts"):
        read(tmp_path, "a.txt", "key,value\na,b\n")
    with pytest.raises(LessonError, match="cannot be read"):
        read_facts(tmp_path / "missing.csv")


def test_keys_that_come_twice_are_known(tmp_path: Path) -> None:
    told = read(
        tmp_path,
        "a.csv",
        "key,value,namespace\nCO,carbon monoxide,\nCo,cobalt,\nco,cobalt again,\nCO,other,b\n",
    )
    assert [(old.value, new.value) for old, new in merged(told)] == [
        ("carbon monoxide", "cobalt"),
        ("cobalt", "cobalt again"),
    ]
