"""Five days and nights on the embedded model, three lives: every promise of the story is kept.

Not here: the story itself (benchmarks/story.py), or a single night's faults (tests/faults).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from benchmarks.story import Story, tell_story

from engram.home import Home
from engram.routing.statements import asked
from engram.sleep.made_up_days import FACTS_A_DAY, FRIEND, WRONG_ANSWERS, day, never_told, poisoned_day


def test_days_tell_of_different_things_that_rules_understand() -> None:
    for seed in range(3):
        days = [day(number, seed) for number in range(1, 6)]
        facts = [fact for one in days for fact in one.facts]
        assert len({fact.asked for fact in facts}) == len(facts) == 5 * FACTS_A_DAY
        assert len({habit.said for one in days for habit in one.habits}) == 15
        for fact in facts:
            question, answer = asked(fact.told) or ("", "")
            assert question.lower() == fact.asked.lower() and fact.value in answer
        assert sum(FRIEND in fact.told for fact in facts) == len(never_told(seed))
        assert all(FRIEND not in fact.told for one in days[1:] for fact in one.facts)
        wrong = [
            map(int, re.findall(r"\d+", f"{habit.said} {habit.wanted}"))
            for habit in poisoned_day(seed).habits
        ]
        assert len(wrong) == WRONG_ANSWERS >= 40 and all(a + b + 1 == said for a, b, said in wrong)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_five_days_and_nights(tmp_path: Path, seed: int) -> None:
    story = Story(Home(tmp_path / "home").create(), seed)
    tell_story(story, 5)
    assert [what for what, _, kept in story.promises if not kept] == []
