"""Memories that say the same have one number; others have their own."""

from __future__ import annotations

from engram.sleep.copies import Copies
from engram.sleep.memories import Memory

LONG = " ".join(f"and then {a}{b} came" for a in "abcdefgh" for b in ("an", "or", "im", "us", "el"))


def memory(question: str, answer: str) -> Memory:
    return Memory(question, answer, "fact", (1,), "")


def test_copies_share_a_number() -> None:
    copies = Copies()
    found = [
        copies.of(memory(*pair))
        for pair in [
            ("Where is the café?", "By the river."),
            ("Where is the bus?", "By the river."),
            ("where is the  cafe?", "by the river."),
            ("Tell me.", f"{LONG} at the end."),
            ("Tell me.", f"{LONG} at an end."),
            ("Tell me.", f"{LONG} at the end, 7341."),
            ("Where is the bus?", "By the lake."),
            ("Tell me.", f"{LONG} at an end."),
        ]
    ]
    assert [number for number, _ in found] == [0, 1, 0, 2, 2, 3, 4, 2]
    assert [first for _, first in found] == [True, True, False, True, False, True, True, False]
