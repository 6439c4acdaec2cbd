"""How a night trains: its own defaults, and longer where there is more to learn.

Not here: that the night trains so (test_night.py), what is replayed (test_unknowns.py, test_noted.py).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.support.road import fake_job

from engram.config import Settings, TrainSettings
from engram.measure.probes import Probe
from engram.sleep import recipe
from engram.sleep.memories import Memory
from engram.sleep.questions import Standing
from engram.sleep.recipe import MEMORIES, RULE, SETTLING, WORDINGS, as_long_as, kept_questions, nightly
from engram.types import Message


def test_a_night_has_defaults_of_its_own_below_whatever_was_set() -> None:
    def train(**given: object) -> TrainSettings:
        return nightly(Settings.model_validate({"train": given})).train

    own = {"replay": 0.375, "anchor_weight": 5.0}
    usual = Settings().train
    assert train() == usual.model_copy(update=own) != usual
    given = {"anchor_weight": 2.0, "replay": 0.0, "rank": 4}
    assert train(**given) == usual.model_copy(update=given)
    assert train(memory="engram") == TrainSettings(memory="engram")


def test_a_night_has_more_wordings_than_a_pattern_unless_so_many_were_set() -> None:
    def wordings(memory: str = "lora", **given: object) -> int:
        return nightly(Settings.model_validate({"train": {"memory": memory}, "data": given})).data.wordings

    usual = Settings().data.wordings
    assert wordings() == WORDINGS > usual == wordings(wordings=usual) == wordings("engram")


def test_the_more_memories_the_longer_a_night_and_none_is_too_short_to_settle() -> None:
    assert as_long_as(MEMORIES) == RULE
    assert as_long_as(0) == RULE.times(SETTLING)
    more = RULE.times(2 - SETTLING)
    assert as_long_as(2 * MEMORIES) == more and more.max_steps > RULE.max_steps
    lengths = [as_long_as(memories).max_tokens for memories in range(5 * MEMORIES)]
    assert lengths == sorted(lengths) and 0 < SETTLING < 1


def test_what_the_base_goes_on_saying_holds_nothing_of_its_exam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, people = fake_job(tmp_path / "home").base, ("Anna", "Bert", "Cleo", "Dan")
    remembered = [Memory(f"What is {who}'s dog?", f"It is {who}o.", "fact", (1,), "") for who in people]

    def about_dogs() -> set[str]:
        texts = (messages[0].content for messages in kept_questions(remembered, base, WORDINGS))
        return {who for text in texts if (found := re.search(r"(\S+)'s dog", text)) for who in found.groups()}

    others = sorted(about_dogs() - set(people))
    exam = tuple(_probe(f"What is {who}'s dog?") for who in others)
    monkeypatch.setattr(recipe, "standing", lambda base: Standing(exam, ()))
    assert others and about_dogs().isdisjoint(others)


def _probe(text: str) -> Probe:
    return Probe(text, "retention", "abstain", (Message("user", text),), "I don't know", "prefix", text)
