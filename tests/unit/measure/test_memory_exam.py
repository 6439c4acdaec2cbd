"""The memory exam: its lists, what counts as right, and (slow) what the embedded model reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engram.answer.answerer import Answerer
from engram.api import open_job
from engram.config import RecallSettings
from engram.errors import UnknownName
from engram.measure.memory_exam import LISTS, examine_memory, load_list, shares
from engram.models.fake import ByteTokenizer
from engram.types import Message, Sampling

WIDE = RecallSettings(tokens=4000)


@pytest.mark.parametrize("name", LISTS)
def test_lists_hold_what_they_say(name: str) -> None:
    facts, never = load_list(name)
    assert len(facts) == len(never) == len(set(never)) == 50
    kinds = Counter(fact.kind for fact in facts)
    assert len(kinds) >= 7 and max(kinds.values()) <= 15
    for fact in facts:
        assert fact.value in fact.told and fact.newer in fact.corrected and fact.value != fact.newer
        assert fact.value not in fact.ask and fact.newer not in fact.ask
    asked = {fact.ask for fact in facts}
    assert not asked & set(never)


def test_what_was_tuned_on_is_not_reported() -> None:
    tuned = {fact.told for name in ("tuning", "tuning-2") for fact in load_list(name)[0]}
    for name in ("report", "free", "free-2"):
        assert not tuned & {fact.told for fact in load_list(name)[0]}


def test_an_unknown_list_is_named() -> None:
    with pytest.raises(UnknownName):
        load_list("no-such-list")


class Parrot:
    """Answers with its last note, or does not know: as good as notes can make anybody."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        renderer = SimpleNamespace(tokenizer=ByteTokenizer())
        self.model = SimpleNamespace(base=SimpleNamespace(renderer=renderer))

    def answer(self, messages: Sequence[Message], sampling: Sampling) -> Any:
        notes = messages[0].content.split("\n")[1:] if messages[0].role == "system" else []
        return SimpleNamespace(text=self.prefix + (notes[-1] if notes else "I don't know."))


def test_the_right_note_stands_last_for_nearly_all(tmp_path: Path) -> None:
    rows = examine_memory(Parrot(), tmp_path, WIDE, "report")  # type: ignore[arg-type]
    found = shares(rows)
    assert [found[part]["n"] for part in ("told", "corrected", "never")] == [50, 50, 50]
    assert found["told"]["noted"] >= 0.95 and found["corrected"]["noted"] >= 0.95
    assert found["told"]["right"] >= 0.9 and found["corrected"]["right"] >= 0.9
    assert found["never"]["right"] == found["never"]["noted"] >= 0.6


def test_an_answer_that_still_names_the_old_value_is_wrong(tmp_path: Path) -> None:
    facts, _ = load_list("report")
    old = " ".join(fact.value for fact in facts) + " "
    rows = examine_memory(Parrot(old), tmp_path, WIDE, "report")  # type: ignore[arg-type]
    assert not any(row.right for row in rows if row.part in ("corrected", "never"))


@pytest.mark.slow
def test_the_embedded_model_reaches_the_floors(tmp_path: Path) -> None:
    """Of what was told, corrected and never told, each at least 80%."""
    job = open_job("seedling", tmp_path, {"model": {"backend": "torch"}})
    rows = examine_memory(Answerer(job.load(None)), tmp_path, RecallSettings(), "report")
    assert all(figures["right"] >= 0.8 for figures in shares(rows).values()), shares(rows)
