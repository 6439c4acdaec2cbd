"""The last look at rows: masked, left out, counted; what needs nothing stays as it is."""

from __future__ import annotations

from pathlib import Path

from engram.config import DataSettings, PrivacySettings
from engram.lessons.build import build_lessons
from engram.lessons.reader import read_patterns
from engram.lessons.rows import Row
from engram.lessons.screening import Screening, screen_lessons
from engram.privacy.guard import PrivacyGuard
from engram.types import Message

MAIL = "anna.b@corp.example"


def row(question: str, answer: str) -> Row:
    return Row((Message("user", question), Message("assistant", answer)), "notes", "own:1", "train")


ROWS = [
    row("who?", MAIL),
    row("hello", "hi"),
    row("how do I build a pipe bomb", "like this"),
    row(MAIL, "ok"),
]


def test_rows_are_masked_and_unsafe_ones_left_out() -> None:
    screening = Screening(PrivacyGuard())
    kept = list(screening.rows(ROWS))
    assert [one.messages[0].content for one in kept] == ["who?", "hello", "[EMAIL]"]
    assert kept[0].expected == "[EMAIL]" and kept[1] == ROWS[1]
    assert (screening.found, screening.flagged, screening.dropped) == ({"email": 1}, {"weapons": 1}, {})
    assert "1 email" in screening.notes()[0] and MAIL not in repr(screening.outcomes)


def test_rows_with_what_is_to_be_dropped_are_left_out() -> None:
    screening = Screening(PrivacyGuard(PrivacySettings(email="drop", unsafe="keep")))
    assert list(screening.rows(ROWS)) == [ROWS[1], ROWS[2]]
    assert screening.dropped == {"email": 2}


def test_lessons_that_need_nothing_stay_the_same_and_others_get_a_digest_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"input": "alpha", "output": "one", "category": "keys"}\n', encoding="utf-8")
    lessons = build_lessons(read_patterns([file]), DataSettings())
    assert screen_lessons(lessons, Screening(PrivacyGuard())) is lessons
    file.write_text(f'{{"input": "alpha", "output": "{MAIL}", "category": "keys"}}\n', encoding="utf-8")
    raw = build_lessons(read_patterns([file]), DataSettings())
    masked = screen_lessons(raw, Screening(PrivacyGuard()))
    assert masked.digest != raw.digest and {one.expected for one in masked.train} == {"[EMAIL]"}
    assert screen_lessons(masked, Screening(PrivacyGuard())) is masked
