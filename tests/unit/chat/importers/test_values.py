"""The pieces that all formats share: times told by size, branches of trees, the parts of a message, names."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.chat.importers.branches import branch, latest_leaf
from engram.chat.importers.content import Part, add_message, parts_of, split_thinking
from engram.chat.importers.conversation import EMPTY, LONGEST_TEXT, MEDIA, TOO_LONG, ImportedTurn, Turns
from engram.chat.importers.times import first_instant, instant
from engram.chat.importers.unnamed import Names

WHEN = datetime(2024, 5, 6, 12, 53, 20, tzinfo=UTC)
SECONDS = int(WHEN.timestamp())


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("year", [1990, 2024, 2060])
def test_the_unit_of_a_number_is_told_by_its_size(unit: int, year: int) -> None:
    when = datetime(year, 5, 6, 12, 53, 20, tzinfo=UTC)
    assert instant(int(when.timestamp()) * unit) == when
    assert instant(float(int(when.timestamp()) * unit)) == when


@pytest.mark.parametrize(
    "text",
    [
        *("2024-05-06T12:53:20Z", "2024-05-06T12:53:20+00:00", "2024-05-06T14:53:20+02:00"),
        *("2024-05-06 12:53:20", "2024-05-06T12:53:20", str(SECONDS), f" {SECONDS}000 "),
    ],
)
def test_texts_are_times_too(text: str) -> None:
    assert instant(text) == WHEN


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, "", "yesterday", 0, -1, 5, 1e30, float("nan"), float("inf"), 10**400, [], {}),
        *("9" * 5_000, "nan", "2024-13-01", "0001-01-01T00:00:00+14:00", "99999-01-01"),
    ],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert instant(value) is None
    assert first_instant(value, SECONDS) == WHEN


@given(st.integers() | st.floats() | st.text(max_size=30))
def test_any_value_is_a_time_in_utc_or_none(value: Any) -> None:
    found = instant(value)
    assert found is None or found.utcoffset() == UTC.utcoffset(None)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh "), min_size=1))
def test_a_branch_follows_parents_and_ends(parents: dict[str, str]) -> None:
    tip = latest_leaf(parents, {})
    found = branch(parents, tip)
    assert found[-1] == tip and len(set(found)) == len(found)
    assert all(parents[child] == parent for parent, child in pairwise(found))
    before = parents[found[0]]
    assert before not in parents or before in found, "it ends at a root, a hole or a circle, and nowhere else"


def test_the_latest_leaf_is_where_it_ended() -> None:
    parents = {"root": "", "old": "root", "new": "root", "newest": "new", "late": "root"}
    times = {"old": WHEN, "newest": WHEN.replace(year=2025), "late": WHEN.replace(year=2025)}
    assert latest_leaf(parents, times) == "late", "of equals the last"
    assert latest_leaf(parents, times | {"old": WHEN.replace(year=2026)}) == "old"
    assert latest_leaf(parents, {}) == "late" and latest_leaf({}, {}) == ""
    assert latest_leaf({"a": "b", "b": "a"}, {"a": WHEN}) == "a", "a circle has no leaf"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("said", "plain")]),
        ("<think>a</think>b", [("thought", "a"), ("said", "b")]),
        ("a\n<think>\nb\n</think>\n\nc", [("said", "a"), ("thought", "b"), ("said", "c")]),
        ("a</think>b", [("thought", "a"), ("said", "b")]),
        ("<think>never closed", [("thought", "never closed")]),
        ("a<think>b</think>c<think>d", [("said", "a"), ("thought", "b"), ("said", "c"), ("thought", "d")]),
        ("<thinking>a</thinking>b", [("thought", "a"), ("said", "b")]),
        ("use <b>bold</b>", [("said", "use <b>bold</b>")]),
    ],
)
def test_thinking_is_parted_from_an_answer(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(part.kind, part.text) for part in split_thinking(text) if part.text] == expected


@given(st.lists(st.sampled_from(["<think>", "</think>", "a", "b "]), max_size=12).map("".join))
def test_no_word_is_lost_in_parting(text: str) -> None:
    parted = "".join(part.text for part in split_thinking(text))
    for mark in ("<think>", "</think>", " "):
        parted, text = parted.replace(mark, ""), text.replace(mark, "")
    assert parted == text


def test_many_open_marks_take_linear_time() -> None:
    assert len(list(split_thinking("<think>" * 200_000))) < 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a", [("said", "a")]),
        (None, []),
        (["a", {"type": "text", "text": "b"}], [("said", "a"), ("said", "b")]),
        ({"type": "input_text", "text": "a"}, [("said", "a")]),
        ({"text": "a"}, [("said", "a")]),
        ({"content_type": "audio_transcription", "text": "a"}, [("said", "a")]),
        ({"type": "image_url", "image_url": {"url": "data:,x"}}, [("left", MEDIA)]),
        ({"content_type": "image_asset_pointer", "asset_pointer": "x"}, [("left", MEDIA)]),
        ({"type": "document", "text": "a file"}, [("left", MEDIA)]),
        ({"type": "thinking", "thinking": "a"}, [("thought", "a")]),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}]}, [("thought", "a")]),
        ({"type": "tool_use", "name": "f", "input": {"x": 1}}, [("tool", 'f: {"x": 1}')]),
        ({"type": "tool_result", "content": [{"type": "text", "text": "a"}]}, [("tool", "a")]),
        ({"type": "tool_result", "content": {"rows": 2}}, [("tool", '{"rows": 2}')]),
        ([[[[[[["deep"]]]]]]], []),
        ([1, None, True], []),
    ],
)
def test_the_parts_of_a_message(content: Any, expected: list[tuple[str, str]]) -> None:
    assert [(part.kind, part.text) for part in parts_of(content)] == expected


def test_a_message_becomes_turns_of_its_own_kinds() -> None:
    turns = Turns()
    parts = [
        Part("said", "a"),
        Part("thought", "b"),
        Part("tool", "c"),
        Part("left", MEDIA),
        Part("said", "d"),
    ]
    add_message(turns, "m", "assistant", parts, WHEN, "gpt")
    assert turns.found == [
        ImportedTurn("m#1", "assistant", "b", WHEN, True, "gpt"),
        ImportedTurn("m#2", "tool", "c", WHEN, False, "gpt"),
        ImportedTurn("m", "assistant", "a\nd", WHEN, False, "gpt"),
    ]
    assert turns.left_out == {MEDIA: 1}


def test_a_user_may_write_about_thinking() -> None:
    turns = Turns()
    add_message(turns, "m", "user", [Part("said", "what does <think>x</think> mean?")], None)
    assert [turn.text for turn in turns.found] == ["what does <think>x</think> mean?"]


def test_what_is_empty_or_enormous_is_left_out_and_counted() -> None:
    turns = Turns()
    add_message(turns, "m", "user", [Part("said", " \n")], None)
    add_message(turns, "n", "user", [], None)
    add_message(turns, "o", "user", [Part("said", "x" * (LONGEST_TEXT + 1))], None)
    add_message(turns, "p", "user", [Part("left", MEDIA)], None)
    assert turns.found == [] and turns.left_out == {EMPTY: 2, TOO_LONG: 1, MEDIA: 1}


def test_names_are_the_same_for_the_same_file_and_never_shared() -> None:
    def named(*openings: str, given: str = "") -> list[str]:
        names = Names()
        return [names.name(given, [ImportedTurn("0", "user", text)]) for text in openings]

    assert named("hi", "ho", "hi") == named("hi", "ho", "hi")
    assert len(set(named("hi", "ho", "hi", "hi"))) == 4
    assert named("hi", "ho", given="x") == ["x", "x (2)"]
    grown = Names().name("", [ImportedTurn(str(n), "user", f"text {n}") for n in range(9)])
    assert grown == Names().name("", [ImportedTurn(str(n), "user", f"text {n}") for n in range(2)])
