"""Thinking and tools: dropped, kept or refused, and every drop counted."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.config import DataSettings
from engram.lessons.policies import CLOSE, OPEN, SENTENCES, apply_policies, without_thinking
from engram.lessons.shapes import Conversation, Turn, WrongRecord
from engram.types import Message

ASKED = Turn("user", "sum?")
CALL = Turn("assistant", "One moment.", ('{"name": "add"}',))
TOOLS = (ASKED, CALL, Turn("tool", "5"), Turn("assistant", "5!"))


def applied(*turns: Turn, **settings: str) -> tuple[tuple[Message, ...], Counter[str]]:
    counts: Counter[str] = Counter()
    conversation = Conversation(turns, False, "", frozenset())
    return apply_policies(conversation, DataSettings.model_validate(settings), counts), counts


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        (f"{OPEN}a{CLOSE}b", "b"),
        (f"a{OPEN}b{CLOSE}c{OPEN}d{CLOSE}e", "ace"),
        (f"a{CLOSE}b", "b"),
        (f"a{CLOSE}b{OPEN}c{CLOSE}d", "bd"),
        (f"a{OPEN}b", "a"),
        (OPEN + CLOSE, ""),
    ],
)
def test_thinking_blocks_are_cut_out(text: str, left: str) -> None:
    assert without_thinking(text) == left


@given(st.lists(st.tuples(st.text("ab\n"), st.text("cd\n")), max_size=5), st.text("ab\n"))
def test_outside_stays_and_inside_goes(parts: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{outside}{OPEN}{inside}{CLOSE}" for outside, inside in parts) + end
    assert without_thinking(text) == "".join(outside for outside, _ in parts) + end


def test_a_flood_of_opened_blocks_takes_no_time() -> None:
    """Quadratic search would look at some 10^9 characters here."""
    assert without_thinking(OPEN * 14_000) == ""
    assert without_thinking((OPEN + CLOSE) * 6_000 + "x") == "x"


def test_thinking_dropped_kept_and_refused() -> None:
    inside, apart = Turn("assistant", f"{OPEN}2+3{CLOSE}\n\n5"), Turn("assistant", "yes", (), "hm")
    turns = (ASKED, inside, Turn("user", "sure?"), apart)
    dropped, counts = applied(*turns)
    assert [m.content for m in dropped] == ["sum?", "5", "sure?", "yes"] and counts == {"thinking": 2}
    kept, counts = applied(*turns, thinking="keep")
    assert [m.content for m in kept][1::2] == [f"{OPEN}2+3{CLOSE}\n\n5", f"{OPEN}\nhm\n{CLOSE}\n\nyes"]
    assert not counts
    with pytest.raises(WrongRecord, match="thinking = refuse"):
        applied(*turns, thinking="refuse")


def test_a_question_about_the_tag_is_no_thought() -> None:
    asked = Turn("user", f"What does {OPEN} mean?")
    assert applied(asked, Turn("assistant", "A tag."), thinking="refuse")[0][0].content == asked.content


def test_tools_dropped_kept_and_refused() -> None:
    dropped, counts = applied(*TOOLS)
    assert [m.content for m in dropped] == ["sum?", "5!"] and counts == {"tools": 2}
    kept, counts = applied(*TOOLS, tools="keep")
    assert [m.role for m in kept] == ["user", "assistant", "user", "assistant"] and not counts
    assert kept[1].content == 'One moment.\n<tool_call>\n{"name": "add"}\n</tool_call>'
    assert kept[2].content == "<tool_response>\n5\n</tool_response>"
    with pytest.raises(WrongRecord, match="tools = refuse"):
        applied(*TOOLS, tools="refuse")


def test_several_results_come_in_one_turn() -> None:
    """So that user and assistant go on taking turns."""
    kept, _ = applied(*TOOLS[:3], Turn("tool", "6"), TOOLS[3], tools="keep")
    assert [m.role for m in kept] == ["user", "assistant", "user", "assistant"]
    assert "5\n</tool_response>\n<tool_response>\n6" in kept[2].content


def test_what_is_left_without_an_answer_is_left_out_and_counted_once() -> None:
    assert applied(ASKED, Turn("assistant", f"{OPEN}hm")) == ((), Counter(emptied=1))
    assert applied(*TOOLS[:3]) == ((), Counter(emptied=1))


def test_turns_after_the_last_answer_teach_nothing() -> None:
    messages, counts = applied(ASKED, Turn("assistant", "5"), Turn("user", "thanks"), Turn("system", "end"))
    assert [m.content for m in messages] == ["sum?", "5"] and counts == {"trailing": 2}


def test_every_count_has_its_sentence() -> None:
    assert set(SENTENCES) == {"thinking", "tools", "trailing", "emptied"}
