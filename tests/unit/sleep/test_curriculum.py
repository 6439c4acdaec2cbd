"""What a night asks: new memories in test wordings of their kind, earlier ones in more where there is room.

Not here: other questions that are trained (test_augment.py).
"""

from __future__ import annotations

from collections import Counter

import pytest

from engram.config import DataSettings
from engram.lessons.wordings import put, wordings
from engram.sleep.curriculum import MORE, MOST_OLD, Curriculum, curriculum
from engram.sleep.memories import Memory
from engram.sleep.questions import skill_of

OWN = 3
"""Test wordings of each kind."""


def night_about(new: int, old: int) -> Curriculum:
    remembered = [
        Memory(f"What is thing {n}?", f"Thing {n} is {n}.", "habit" if n % 9 == 0 else "fact", (n,), "")
        for n in range(1, new + old + 1)
    ]
    return curriculum(remembered, range(new + 1, new + old + 1), DataSettings())


@pytest.mark.parametrize(("old", "each"), [(0, 0), (10, 6), (66, 6), (67, 5), (99, 4), (101, 3), (133, 3)])
def test_earlier_memories_are_asked_in_all_the_wordings_that_there_is_room_for(old: int, each: int) -> None:
    found = night_about(5, old)
    assert Counter(Counter(probe.cluster for probe in found.new).values()) == {OWN: 5}
    assert Counter(Counter(probe.cluster for probe in found.old).values()) == ({each: old} if old else {})
    assert len({probe.id for probe in found.old}) == len(found.old) == each * old <= MOST_OLD


def test_with_very_many_some_are_asked() -> None:
    assert len(night_about(5, 150).old) == MOST_OLD


def test_the_other_wordings_are_test_wordings_of_other_kinds_and_never_trained() -> None:
    found = night_about(5, 20)
    more = [probe for probe in found.old if skill_of(probe) == MORE]
    assert len(more) == 20 * OWN and {probe.category for probe in found.new} == {"fact"}
    trained = {row.question[-1].content for row in found.lessons.train}
    for probe in more:
        number = int(probe.cluster.split(".")[0])
        kind = "habit" if number % 9 == 0 else "fact"
        others = {"fact", ""} - {"fact" if kind == "fact" else ""}
        texts = {put(text, f"What is thing {number}?") for other in others for text in wordings(other).test}
        assert (
            probe.messages[0].content in texts - trained and probe.expected == f"Thing {number} is {number}."
        )
