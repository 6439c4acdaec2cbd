"""Records in five shapes become the same turns; what cannot be trained is refused in a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engram.config import Shape
from engram.lessons.shapes import REQUIRED, Turn, WrongRecord, no_shape, read_record, shape_of

ASKED, ANSWERED = Turn("user", "sky?"), Turn("assistant", "blue")
TURNS = [{"role": "user", "content": "sky?"}, {"role": "assistant", "content": "blue"}]
PARTS = [{"type": "text", "text": "sk"}, {"type": "text", "text": "y?"}]
SAME: list[tuple[Shape, dict[str, Any]]] = [
    ("messages", {"messages": TURNS}),
    ("messages", {"messages": json.dumps(TURNS)}),
    ("messages", {"messages": [{"role": "user", "content": PARTS}, {**TURNS[1], "tool_calls": []}]}),
    ("sharegpt", {"conversations": [{"from": "human", "value": "sky?"}, {"from": "gpt", "value": "blue"}]}),
    ("prompt-completion", {"prompt": "sky?", "completion": "blue"}),
    ("prompt-completion", {"prompt": TURNS[:1], "completion": TURNS[1:]}),
    ("alpaca", {"instruction": "sky?", "output": "blue"}),
    ("alpaca", {"instruction": "sky?", "input": "", "output": "blue", "text": "Below is ..."}),
]


@pytest.mark.parametrize(("shape", "record"), SAME, ids=str)
def test_every_shape_tells_itself_and_says_the_same(shape: Shape, record: dict[str, Any]) -> None:
    assert shape_of(record) == shape
    assert read_record(record, shape).turns == (ASKED, ANSWERED)


def test_text_is_one_turn_that_no_template_frames() -> None:
    read = read_record({"text": "Once upon a time"}, "text")
    assert read.is_text and read.turns == (Turn("assistant", "Once upon a time"),)


def test_columns_that_are_all_null_do_not_count() -> None:
    """As in a table that was made of several files."""
    assert shape_of({"messages": None, "prompt": "a", "completion": "b", "text": None}) == "prompt-completion"
    assert shape_of({"messages": None}) is None


def test_input_and_system_go_where_they_belong() -> None:
    alpaca = {"instruction": "Translate.", "input": "Haus", "output": "house", "system": "Be brief."}
    assert read_record(alpaca, "alpaca").turns == (
        Turn("system", "Be brief."),
        Turn("user", "Translate.\n\nHaus"),
        Turn("assistant", "house"),
    )


def test_tool_calls_are_kept_as_json_whichever_way_they_are_written() -> None:
    call = {"name": "f", "arguments": {"x": 1}}
    ways: list[dict[str, Any]] = [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": call}]},
        {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": '{"x": 1}'}}]},
        {"role": "assistant", "function_call": call},
    ]
    for way in ways:
        record = {"messages": [{"role": "user", "content": "?"}, way, {"role": "assistant", "content": "!"}]}
        (made,) = read_record(record, "messages").turns[1].calls
        assert json.loads(made) == call
    spoken = [{"from": "human", "value": "?"}, {"from": "function_call", "value": "f()"}]
    answered = [{"from": "observation", "value": "1"}, {"from": "gpt", "value": "!"}]
    turns = read_record({"conversations": [*spoken, *answered]}, "sharegpt").turns
    assert [(turn.role, turn.calls) for turn in turns[1:3]] == [("assistant", ("f()",)), ("tool", ())]


def test_what_nothing_was_made_of_is_named() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]
    record = {"messages": turns, "id": 7, "note": "", "category": "sky", "tools": [{}]}
    read = read_record(record, "messages")
    assert read.unread == {"id", "tools", "messages[].weight"} and read.category == "sky"


@pytest.mark.parametrize(
    ("shape", "record", "sentence"),
    [
        ("prompt-completion", {"prompt": "a"}, "has 'completion', this one has only 'prompt'"),
        ("prompt-completion", {"prompt": "a", "completion": " \n"}, "'completion' is empty"),
        ("prompt-completion", {"prompt": "a", "completion": 5}, "'completion' is a number, not text"),
        ("prompt-completion", {"prompt": "a", "completion": "\ud800"}, "surrogate"),
        ("prompt-completion", {"prompt": "a" * 100_001, "completion": "b"}, "100,001 characters"),
        ("text", {"text": True}, "a truth value"),
        ("messages", {"messages": []}, "no list of turns"),
        ("messages", {"messages": "[{"}, "no JSON"),
        ("messages", {"messages": ["hi"]}, "'messages[0]' has no role and content"),
        ("messages", {"messages": [{"role": "narrator", "content": "x"}]}, "the role 'narrator'"),
        ("messages", {"messages": [{"role": ["user"], "content": "x"}]}, "the role"),
        ("messages", {"messages": [{"role": "user", "content": ""}]}, "'messages[0]' is empty"),
        ("messages", {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "image_url"),
        ("messages", {"messages": [{"role": "user", "content": "x"}]}, "nobody answers"),
        ("messages", {"messages": [{"role": "assistant", "content": "x"}]}, "nobody asks"),
    ],
)
def test_what_cannot_be_trained_is_refused(shape: Shape, record: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongRecord) as wrong:
        read_record(record, shape)
    assert sentence in str(wrong.value)


def test_a_record_of_no_shape_is_told_what_would_be_one() -> None:
    sentence = no_shape({"question": "a", "answer": "b"})
    assert "answer" in sentence and all(key in sentence for keys in REQUIRED.values() for key in keys)
    assert "engram teach" in no_shape({"input": "a", "output": "b", "category": "c"})
