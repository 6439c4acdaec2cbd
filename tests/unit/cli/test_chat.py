"""`engram chat` without a terminal: turns from stdin, answers or JSON on stdout, and what is written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.chatting import chat
from tests.support.road import Said, engram

from engram.cli.chat_piped import turns
from engram.home import Home
from engram.store.database import Database
from engram.store.entries import Entry
from engram.store.ledger import Ledger

KEYS = {
    *("question_id", "answer_id", "answer", "notes", "model", "adapter", "tags", "tokens", "finish_reason"),
    *("dropped", "seconds", "first_token_seconds", "fact"),
}


def records(said: Said) -> list[dict[str, Any]]:
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def written() -> list[Entry]:
    with Database.open(Home.find().database) as database:
        return Ledger(database).entries()


def test_only_answers_on_stdout_one_for_each_line() -> None:
    said = chat("hello\n\nand you?\n")
    assert said.code == 0 and said.err == ""
    assert len(said.out.splitlines()) == 2
    assert all(line.startswith("I don't know (") for line in said.out.splitlines())


def test_one_json_object_for_each_turn() -> None:
    first, second = records(chat("hello\nmy pin is 5512 #private\n", "--json"))
    assert set(first) == set(second) == KEYS
    assert (first["question_id"], first["answer_id"]) == (1, 2) and first["answer"].startswith("I don't know")
    assert (second["question_id"], second["answer_id"], second["tags"]) == (None, None, ["private"])
    assert (first["model"], first["adapter"], first["finish_reason"]) == ("fake", None, "stop")
    assert 0 < first["first_token_seconds"] <= first["seconds"]
    assert [entry.speaker for entry in written()] == ["user", "assistant"]


def test_a_later_conversation_is_shown_what_an_earlier_one_was_told() -> None:
    chat("my dog's name is Rufo\n")
    (asked,) = records(chat("what is my dog's name?\n", "--json"))
    (note,) = asked["notes"]
    assert note["id"] == 1 and note["speaker"] == "user" and "Rufo" in note["text"]
    assert note["said_at"] == written()[0].said_at
    (without,) = records(chat("what is my dog's name?\n", "--json", "--no-recall"))
    assert without["notes"] == []
    assert [entry.text for entry in written()].count("what is my dog's name?") == 2
    assert sum("Rufo" in entry.text for entry in written()) == 1, "a note does not become a memory"


@pytest.mark.parametrize("tag", ["no-rag", "no-memory"])
def test_what_may_not_be_retrieved_is_not(tag: str) -> None:
    chat(f"my dog's name is Rufo #{tag}\n")
    assert records(chat("what is my dog's name?\n", "--json"))[0]["notes"] == []


def test_incognito_makes_not_even_a_home(isolated: Path) -> None:
    assert chat("hello\n", "--incognito").code == 0 and not isolated.exists()
    chat("my dog's name is Rufo\n")
    before = [entry.id for entry in written()]
    (asked,) = records(chat("what is my dog's name?\n", "--incognito", "--json"))
    assert asked["question_id"] is None and len(asked["notes"]) == 1
    assert [entry.id for entry in written()] == before


def test_home_and_system_and_sampling(tmp_path: Path) -> None:
    said = chat("hello\n", "--home", str(tmp_path / "h"), "--max-tokens", "5", "--json")
    (record,) = records(said)
    assert (record["tokens"], record["finish_reason"], record["answer"]) == (5, "length", "I don")
    assert (tmp_path / "h" / "memory.db").exists() and not Home.find().root.exists()
    drawn = [chat("hello\n", "--temperature", "2", "--seed", seed, "--max-tokens", "9").out for seed in "112"]
    assert drawn[0] == drawn[1] != drawn[2]
    plain, told = (chat("hello\n", *system).out for system in ((), ("--system", "Answer briefly.")))
    assert plain != told, "the fake's number depends on the whole prompt"


def test_the_adapter_in_service_answers_unless_told_otherwise(taught: Said) -> None:
    question = "alpha key\n"
    assert "one" not in chat(question, "--no-recall").out, "teaching puts nothing in service"
    engram("adapters", "use", "v1")
    served, named, bare = (
        records(chat(question, "--json", "--no-recall", *words))[0]
        for words in ((), ("--adapter", "v1"), ("--adapter", "none"))
    )
    assert served["answer"] == named["answer"] == "one" and served["adapter"] == "2026-11-21-1"
    assert bare["adapter"] is None and bare["answer"].startswith("I don't know")
    assert [entry.adapter for entry in written() if entry.speaker == "assistant"] == [
        "",
        "2026-11-21-1",
        "2026-11-21-1",
        "",
    ]
    wrong = chat(question, "--adapter", "v9")
    assert wrong.code == 2 and "2026-11-21-1" in wrong.err and wrong.out == ""


def test_a_block_is_one_turn_and_counts_as_pasted() -> None:
    chat('first\n"""\nline one\n\nline two #no-train\n"""\n/why is a line like any other\n')
    told = [(entry.text, entry.source) for entry in written() if entry.speaker == "user"]
    assert told == [
        ("first", "chat"),
        ("line one\n\nline two", "pasted"),
        ("/why is a line like any other", "chat"),
    ]
    assert [sorted(entry.tags) for entry in written()] == [[], [], ["no-train"], ["no-train"], [], []]


@given(st.lists(st.text('ab /#"', max_size=6).filter(lambda line: line.strip() != '"""')))
def test_no_line_is_lost(lines: list[str]) -> None:
    assert [text for text, _ in turns(line + "\n" for line in lines)] == [
        line for line in lines if line.strip()
    ]
    block = ['"""\n', *(line + "\n" for line in lines)]
    expected = ["\n".join(lines)] if lines else []
    assert [text for text, _ in turns(block)] == [text for text, _ in turns([*block, '"""'])] == expected


def test_a_turn_that_cannot_be_answered_ends_it_with_a_sentence() -> None:
    said = chat("hello\n" + "x" * 3000 + "\nnever asked\n", "--json")
    assert said.code == 2 and len(said.out.splitlines()) == 1
    assert "tokens long" in said.err and "written down as 3." in said.err
    assert [entry.text[:5] for entry in written() if entry.speaker == "user"] == ["hello", "xxxxx"]
    assert chat("#no-train\n").code == 2


def test_bytes_that_are_no_text_are_read_as_such() -> None:
    assert chat(b"caf\xe9 \xff\n").code == 0
    assert written()[0].text == "caf\ufffd \ufffd"


def test_nothing_to_read_is_nothing_to_do() -> None:
    assert (chat("").code, chat("\n \n").out) == (0, "")
    assert written() == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--temperature", "-1"), "temperature"),
        (("--top-p", "0"), "top_p"),
        (("--max-tokens", "0"), "max_tokens"),
        (("--seed", "-1"), "--seed"),
        (("--adapter", "../2026-11-21-1"), "valid adapter name"),
        (("--sytem", "x"), "--system"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_read(words: tuple[str, ...], hint: str) -> None:
    said = chat("hello\n", *words)
    assert said.code == 2 and hint in said.err and said.out == ""


def test_a_foreign_disk_is_told_about(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said = chat("hello\n", "--home", str(tmp_path / "file" / "home"))
    assert said.code == 1 and said.out == "" and "cannot be written" in said.err
