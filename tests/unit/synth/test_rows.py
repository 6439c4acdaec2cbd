"""What becomes of conversations: no repetition, and nothing of training in evaluation."""

from __future__ import annotations

from pathlib import Path

from engram.config import DataSettings
from engram.lessons.own_data import read_own_data
from engram.synth.asks import Part
from engram.synth.rows import REPEATED, SHARED, Made, parted, to_jsonl
from engram.types import Message


def made(part: Part, *turns: str) -> Made:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[place % 2], text) for place, text in enumerate(turns))  # type: ignore[arg-type]
    return Made(messages, f"topic {part}", f"synth:{hash(turns)}", part)


def test_the_first_of_what_repeats_stays() -> None:
    rows = parted([made("train", "Why?", "So."), made("train", "why? ", "SO."), made("train", "Why?", "No.")])
    assert [row.expected for row in rows.train] == ["So.", "No."] and rows.left_out == {REPEATED: 1}


def test_what_is_trained_is_not_evaluated() -> None:
    long = "the long and winding sentence about seven grey geese that flew over the frozen lake last winter"
    rows = parted(
        [
            made("train", "What is tea?", "A drink."),
            made("train", "Tell me of geese. " + long, "Well."),
            made("test", "Which leaves are dried?", "Those.", "what is TEA", "It is a drink."),
            made("test", "What is tea?", "A leaf."),
            made("test", "Is it true: " + long + "?", "Yes."),
            made("test", "How deep is the lake?", "Deep."),
        ]
    )
    assert [row.expected for row in rows.test] == ["Deep."] and rows.left_out == {SHARED: 3}
    assert len(rows.train) == 2


def test_the_file_reads_as_own_data(tmp_path: Path) -> None:
    rows = parted([made("train", "Why?", "So\u2028\n☕.", "And?", "And."), made("train", "Who?", "I.")])
    (tmp_path / "train.jsonl").write_bytes(to_jsonl(rows.train))
    found = read_own_data(tmp_path, DataSettings(valid_fraction=0))
    assert [row.messages for row in found.lessons.train] == [row.messages for row in rows.train]
    assert {row.category for row in found.lessons.train} == {"topic train"}
