"""ShareGPT and chat messages, as records or one message in each line; and our own export, back again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.remembering import furnish, opened
from tests.unit.chat.importers.makers import conversations, everything, said, write_json, write_lines

from engram.chat.importers.conversation import MEDIA, SYSTEM, UNKNOWN, Refused
from engram.store.export import rows

HELLO = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
SHARED = [{"from": "human", "value": "hello"}, {"from": "gpt", "value": "hi"}]
PLAIN = [("user", "hello"), ("assistant", "hi")]


@pytest.mark.parametrize("key", ["conversations", "conversation", "items"])
def test_sharegpt_as_array_and_as_lines(tmp_path: Path, key: str) -> None:
    record = {"id": "x_0", key: SHARED}
    array = conversations(write_json(tmp_path / "a.json", [record]))
    lines = conversations(write_lines(tmp_path / "a.jsonl", record))
    assert array == lines and array[0].id == "x_0" and said(array[0]) == PLAIN


def test_sharegpt_speakers(tmp_path: Path) -> None:
    whole = [
        {"from": "system", "value": "be kind"},
        {"from": "Human", "value": "hello"},
        {"from": "function_call", "value": "f()"},
        {"from": "observation", "value": "2"},
        {"from": "chatgpt", "value": "<think>hm</think>hi"},
        {"from": "narrator", "value": "she left"},
        {"from": "gpt", "value": None},
    ]
    (found,) = conversations(write_json(tmp_path / "a.json", [{"conversations": whole}]))
    tools = [("tool", "f()"), ("tool", "2")]
    assert said(found) == [("user", "hello"), *tools, ("thought", "hm"), ("assistant", "hi")]
    assert found.left_out == {SYSTEM: 1, UNKNOWN: 1, "empty messages": 1}


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: write_lines(folder / "x.jsonl", {"messages": HELLO}),
        lambda folder: write_json(folder / "x.json", [{"messages": HELLO}]),
        lambda folder: write_json(folder / "x.json", {"messages": HELLO}),
        lambda folder: write_json(folder / "x.json", HELLO),
        lambda folder: write_lines(folder / "x.jsonl", *HELLO),
        lambda folder: write_lines(folder / "x.jsonl", HELLO),
    ],
)
def test_messages_in_every_arrangement(tmp_path: Path, write: Any) -> None:
    (found,) = conversations(write(tmp_path))
    assert said(found) == PLAIN


def test_messages_with_all_that_they_may_carry(tmp_path: Path) -> None:
    calls = [{"type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}]
    whole = [
        {"role": "system", "content": "be kind"},
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "hello"}, {"type": "image_url"}]},
        {"role": "assistant", "content": None, "tool_calls": calls, "reasoning_content": "hm"},
        {"role": "tool", "content": "2"},
        {"role": "assistant", "content": "two", "timestamp": 1_715_000_000_000, "model": "gpt"},
        {"role": "assistant", "content": 5},
    ]
    (found,) = conversations(write_lines(tmp_path / "x.jsonl", {"messages": whole, "id": 7}))
    asides = [("thought", "hm"), ("tool", 'f: {"x": 1}'), ("tool", "2")]
    assert found.id == "7" and said(found) == [("user", "hello"), *asides, ("assistant", "two")]
    assert found.left_out == {SYSTEM: 2, MEDIA: 1, "empty messages": 1}
    assert found.turns[-1].said_at == datetime(2024, 5, 6, 12, 53, 20, tzinfo=UTC)
    assert found.turns[-1].model == "gpt"


def test_a_file_of_many_single_messages_is_one_conversation(tmp_path: Path) -> None:
    lines = [{"role": ("user", "assistant")[n % 2], "content": f"text {n}"} for n in range(1_203)]
    found = conversations(write_lines(tmp_path / "x.jsonl", *lines))
    assert len({one.id for one in found}) == 1 and max(len(one.turns) for one in found) == 500
    turns = [turn for one in found for turn in one.turns]
    assert [turn.text for turn in turns] == [line["content"] for line in lines]
    assert len({turn.id for turn in turns}) == len(lines)


def test_a_broken_line_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(
        json.dumps({"messages": HELLO})
        + '\n{"messages": [{"role": "us\n5\n'
        + json.dumps({"messages": HELLO})
    )
    found = everything(file)
    refused = [one for one in found if isinstance(one, Refused)]
    assert [one.where for one in refused] == ["line 2", "line 3"]
    assert [said(one) for one in found if not isinstance(one, Refused | str)] == [PLAIN, PLAIN]


@pytest.mark.parametrize("key", ["conversations", "messages"])
def test_without_names_a_message_is_known_by_its_position_alone(tmp_path: Path, key: str) -> None:
    """A digest of its text would outlive it in the ledger, and let it be guessed when it is forgotten."""
    who, what = ("from", "value") if key == "conversations" else ("role", "content")

    def talk(*texts: str) -> list[tuple[str, str]]:
        record = {key: [{who: "user", what: text} for text in ("hello", "how are you?", *texts)]}
        (found,) = conversations(write_lines(tmp_path / "x.jsonl", record))
        return [(found.id, turn.id) for turn in found.turns]

    assert talk("my pin is 1") == talk("my pin is 2") == talk("my pin is 1", "more")[:3]
    two = write_lines(
        tmp_path / "y.jsonl", *({key: [{who: "user", what: "hi"}, {who: "user", what: x}]} for x in "ab")
    )
    same = write_lines(tmp_path / "z.jsonl", *[{key: [{who: "user", what: "hi"}]}] * 2)
    for file in (two, same):
        assert len({found.id for found in conversations(file)}) == 2, "none hides another"


def test_our_own_export_comes_back_with_its_times(tmp_path: Path) -> None:
    with opened(tmp_path / "memory.db") as ledger:
        furnish(ledger)
        entries = ledger.entries()
        exported = list(rows(entries, ledger.superseded()))
        kept = [entry for entry in entries if entry.id not in ledger.superseded()]
    found = conversations(write_lines(tmp_path / "x.jsonl", *exported))
    turns = [turn for one in found for turn in one.turns]
    facts = [f"{entry.key} is {entry.text}" for entry in kept if entry.kind == "fact"]
    told = [entry.text for entry in kept if entry.kind == "turn"]
    assert sorted(turn.text for turn in turns) == sorted(facts + told) and "Coffee is with milk" in facts
    times = {entry.text: entry.said_at for entry in kept}
    assert all(
        turn.said_at and turn.said_at.isoformat() == times[turn.text] for turn in turns if turn.text in told
    )
    assert {turn.speaker for turn in turns if turn.text in facts} == {"user"}
