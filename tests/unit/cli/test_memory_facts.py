"""`engram memory facts`, and what `remember`, `recall`, `chat` and `eval` make of facts told on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.chatting import chat
from tests.support.remembering import opened
from tests.support.road import Said, engram, write_patterns

from engram.cli.fact_import import EXAMPLES
from engram.store.entries import Entry

TABLE = (
    "key,value,aliases,probability,tags\n"
    "ACRONYM:GPU,Graphics Processing Unit,graphics card,,\n"
    "PORT:SSH,22,,,no-train\n"
    "launch code,0000,,0.95,no-rag\n"
)


def facts_told(isolated: Path) -> list[Entry]:
    with opened(isolated / "memory.db") as ledger:
        return ledger.entries(kind="fact")


def answered(*questions: str, flags: tuple[str, ...] = ()) -> list[Any]:
    """The entry that answered each of them in `engram chat`, if one did."""
    said = chat("\n".join(questions), "--json", *flags)
    assert said.code == 0, said.err
    records = [json.loads(line) for line in said.out.splitlines()]
    assert all(record["answer"] == record["fact"]["value"] for record in records if record["fact"])
    return [record["fact"] and record["fact"]["id"] for record in records]


@pytest.fixture
def table(place: Path) -> Path:
    file = place / "my table.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


# --- import, list, export, delete


def test_an_import_is_looked_up_listed_and_taken_back(table: Path, isolated: Path) -> None:
    said = engram("memory", "facts", "import", table)
    assert said.code == 0 and said.out == "my table.csv: 3 facts; new 3, replaced 0, known already 0.\n"
    told = facts_told(isolated)
    assert [fact.source for fact in told] == ["import:my-table"] * 3
    assert answered("ACRONYM:GPU", "what is a graphics card?", "launch code") == [1, 1, None]
    again = engram("memory", "facts", "import", table, "--json").json
    assert [again["files"][0][name] for name in ("new", "replaced", "known")] == [0, 0, 3]
    listed = engram("memory", "facts", "list").out
    assert "ACRONYM:GPU = Graphics Processing Unit" in listed and "[aliases graphics card]" in listed
    assert [line.endswith("(not looked up)") for line in listed.splitlines()] == [False, False, True]
    assert engram("forget", "--source", "import:my-table", "--yes").code == 0 and not facts_told(isolated)


def test_a_dry_run_says_the_same_and_makes_nothing(table: Path, isolated: Path) -> None:
    said = engram("memory", "facts", "import", table, "--dry-run", "--json")
    assert said.json["dry_run"] and said.json["files"][0]["new"] == 3 and not isolated.exists()
    engram("remember", "port:ssh", "2222")
    wet = engram("memory", "facts", "import", table, "--dry-run")
    assert "would be new 2, would be replaced 1, known already 0" in wet.out
    assert [fact.text for fact in facts_told(isolated)] == ["2222"]


def test_a_file_with_a_problem_is_refused_as_a_whole(table: Path, isolated: Path) -> None:
    table.write_text(TABLE + "x,\n", encoding="utf-8")
    said = engram("memory", "facts", "import", table)
    assert said.code == 2 and "my table.csv:5: 'value' is empty" in said.err and not isolated.exists()


def test_the_guard_sees_every_row(table: Path, isolated: Path) -> None:
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    table.write_text(
        f"key,value,aliases\nmy token,{secret},\nmail of mum,x,mum@example.org\n", encoding="utf-8"
    )
    assert engram("memory", "facts", "import", table).code == 0
    one, two = facts_told(isolated)
    assert secret not in one.text and "example.org" not in "".join(two.options.aliases)
    (isolated / "engram.toml").write_text('[privacy]\nemail = "drop"\n', encoding="utf-8")
    table.write_text("key,value\nfine,fact\nmail of dad,dad@example.org\n", encoding="utf-8")
    said = engram("memory", "facts", "import", table)
    assert said.code == 2 and "my table.csv:3: This holds" in said.err and len(facts_told(isolated)) == 2


def test_what_is_exported_is_imported_the_same(table: Path, tmp_path: Path, isolated: Path) -> None:
    engram("memory", "facts", "import", table)
    engram("remember", "dog's name", "Rex")
    engram("remember", "dog's name", "Rufo", "--end", "release", "--namespace", "pets")
    for name in ("all.csv", "all.jsonl"):
        assert engram("memory", "facts", "export", "--out", name).code == 0
        assert engram("memory", "facts", "import", name, "--home", tmp_path / name[-3:]).code == 0
        other = engram("memory", "facts", "export", "--home", tmp_path / name[-3:]).out
        assert other == engram("memory", "facts", "export").out
    refused = engram("memory", "facts", "export", "--out", "all.csv")
    assert refused.code == 2 and "never overwritten" in refused.err
    rows = [
        json.loads(row) for row in engram("memory", "facts", "export", "--namespace", "pets").out.splitlines()
    ]
    assert [(row["key"], row["value"], row["end"]) for row in rows] == [("dog's name", "Rufo", "release")]
    only = engram("memory", "facts", "export", "--query", "graphics CARD", "--format", "csv").out
    assert len(only.splitlines()) == 2 and "ACRONYM:GPU" in only


def test_patterns_can_be_looked_up(place: Path) -> None:
    assert engram("memory", "facts", "import", write_patterns(place), "--namespace", "tiny").code == 0
    (fact, *_) = engram("memory", "facts", "list", "--json").json
    assert (fact["key"], fact["value"], fact["namespace"]) == ("alpha key", "one", "tiny")
    assert answered("alpha key", "what is the beta key?") == [1, 2]


def test_merged_and_short_keys_are_reported(place: Path) -> None:
    rows = [
        "CO,carbon monoxide",
        "Co,cobalt",
        "light house,a",
        "lighthouse,b",
        *(f"k{n},x" for n in range(9)),
    ]
    (place / "a.csv").write_text("\n".join(["key,value", *rows]), encoding="utf-8")
    said = engram("memory", "facts", "import", "a.csv")
    words = " ".join(said.err.split())
    assert "of these the later counts: CO and Co." in words
    assert f"CO, Co, k0, k1, k2 and {11 - EXAMPLES} more." in words
    assert "another, newer fact answers: light house." in words
    found = engram("memory", "facts", "import", "a.csv", "--dry-run", "--json").json["files"][0]
    assert found["merged"] and len(found["short"]) == 11


def test_deleting_goes_with_history_and_a_receipt(isolated: Path) -> None:
    for value in ("Rex", "Quillfeather the dog"):
        engram("remember", "dog's name", value)
    engram("remember", "dog's name", "other", "--namespace", "b")
    engram("remember", "locker code", "7341")
    assert answered("dog's name", flags=("--incognito",)) == [2]
    for wrong in ([], ["dog's name", "--all"], ["cat's name", "--yes"]):
        assert engram("memory", "facts", "delete", *wrong).code == 2
    assert engram("memory", "facts", "delete", "dog's name").code == 2, "nobody is there to ask"
    said = engram("memory", "facts", "delete", "Dog's name", "--namespace", "", "--yes", "--json")
    assert said.json["entries"] == [1, 2] and "lookup/exact" in said.json["outcome"]["removed"]
    assert answered("dog's name", "locker code") == [3, 4]
    assert all(b"Quillfeather" not in f.read_bytes() for f in isolated.rglob("*") if f.is_file())
    assert engram("memory", "facts", "delete", "--all", "--yes").code == 0 and not facts_told(isolated)
    assert answered("dog's name", "locker code") == [None, None]
    assert engram("memory", "verify").code == 0


def test_nothing_yet_is_no_failure(isolated: Path) -> None:
    for words in (["list"], ["export"], ["delete", "x", "--yes"]):
        assert engram("memory", "facts", *words).code == 0 and not isolated.exists()


# --- one fact


def test_remember_says_what_it_replaced_and_where_it_will_not_answer(isolated: Path) -> None:
    first = engram("remember", "CO", "carbon monoxide")
    assert "'CO' is short" in first.err
    second = engram("remember", "Co", "cobalt", "--json").json
    assert (
        second["replaced"]["text"] == "carbon monoxide"
        and "told as 'CO': case does not count" in second["remarks"][0]
    )
    assert second["entry"]["aliases"] == [] and second["entry"]["end"] == "stop"
    tagged = engram("remember", "launch code", "0000 #no-rag")
    assert "does not answer word for word" in tagged.err
    full = engram(
        *("remember", "dog's name", "Rufo", "--alias", "pup's name", "--p", "0.95", "--end", "release"),
        *("--namespace", "pets"),
    )
    assert full.err == "" and full.out == "dog's name = Rufo: remembered (entry 4).\n"
    shown = engram("memory", "show", "4").out
    for line in ("namespace  pets", "aliases    pup's name", "probability 0.95", "the model goes on"):
        assert line in shown
    wrong = engram("remember", "a", "b", "--p", "0")
    assert wrong.code == 2 and "between 0 and 1" in wrong.err


def test_recall_says_which_fact_would_answer() -> None:
    engram("remember", "dog's name", "Rufo")
    said = engram("recall", "what is my dog's name?", "--model", "fake")
    assert said.out.startswith("answered from the exact memory: dog's name = Rufo, told 20")
    found = engram("recall", "dog's name", "--model", "fake", "--json").json
    assert found["fact"]["source"] == 1 and found["notes"][0]["entry_id"] == 1
    for question in ("who forgot my dog's name?", "what is my cat's name?"):
        assert engram("recall", question, "--model", "fake", "--json").json["fact"] is None
    assert engram("recall", "he forgot my dog's name", "--when", "ends", "--model", "fake", "--json").json[
        "fact"
    ]


def test_chat_without_lookup_and_incognito(isolated: Path) -> None:
    engram("remember", "dog's name", "Rufo")
    assert answered("dog's name", flags=("--no-lookup",)) == [None]
    assert answered("dog's name", flags=("--incognito",)) == [1]
    (isolated / "engram.toml").write_text("[chat]\nlookup = false\n", encoding="utf-8")
    assert answered("dog's name") == [None] and answered("dog's name", flags=("--lookup",)) == [1]


# --- measuring


def right(said: Said) -> float:
    assert said.code == 0, said.err
    return float(said.json["overall"]["accuracy"])


def test_eval_asks_the_weights_alone_unless_told_otherwise(place: Path) -> None:
    folder = place / "own"
    folder.mkdir()
    rows = [("alpha key", "one"), ("beta key", "two")]
    for name in ("train", "valid", "test"):
        lines = [json.dumps({"prompt": key, "completion": value}) for key, value in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    flags = ("eval", "--data", str(folder), "--model", "fake", "--json")
    for key, value in rows:
        engram("remember", key, value)
    assert right(engram(*flags)) == 0 and right(engram(*flags, "--lookup")) == 1


@pytest.mark.parametrize("other", [["--suite", "retrieval"], ["--loss", "--suite", "skills"]])
def test_lookup_is_refused_where_nothing_is_asked(other: list[str]) -> None:
    said = engram("eval", *other, "--lookup", "--model", "fake")
    assert said.code == 2 and "--lookup does not go with" in said.err
