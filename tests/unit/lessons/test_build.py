"""Patterns to rows: everything is taught, nothing held out is, and equal seeds give equal bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.config import DataSettings
from engram.errors import LessonError
from engram.lessons.build import MANY, VERY_MANY, Lessons, build_lessons
from engram.lessons.leaks import find_leaks
from engram.lessons.reader import read_patterns, shipped_sets
from engram.lessons.schema import Pattern
from engram.lessons.wordings import every_wording, put, wordings

USUAL = DataSettings().wordings
SHIPPED = read_patterns(shipped_sets())
TAUGHT = [p for p in SHIPPED if not p.holdout]
HELD_OUT = [p for p in SHIPPED if p.holdout]


def numbered(count: int, held_out: int = 0) -> list[Pattern]:
    rows = [Pattern(f"key {i}", f"value {i}", "pairs", False, "s", f"f:{i}") for i in range(count)]
    return rows + [Pattern(f"new {i}", f"value {i}", "pairs", True, "s", f"g:{i}") for i in range(held_out)]


def data(lessons: Lessons) -> bytes:
    return "\n".join(row.to_json() for row in (*lessons.train, *lessons.valid, *lessons.test)).encode()


def test_shipped_sets_keep_every_promise_of_the_issue() -> None:
    lessons = build_lessons(SHIPPED, DataSettings())
    splits = lessons.by_split
    trained = {row.question: row for row in lessons.train}
    assert len(trained) == len(lessons.train) >= 337
    for pattern in TAUGHT:
        rows = [row for row in lessons.train if row.source == pattern.id]
        assert USUAL - 1 <= len(rows) <= USUAL and {row.expected for row in rows} == {pattern.output}
        assert len([row for row in splits["rephrased"] if row.source == pattern.id]) >= 3
        assert [row for row in splits["valid"] if row.source == pattern.id]
    assert not {pattern.id for pattern in HELD_OUT} & {row.source for row in lessons.train + lessons.valid}
    assert len(lessons.valid) == round(0.2 * len(lessons.train))
    assert [row.source for row in splits["recall"]] == [pattern.id for pattern in TAUGHT]
    assert all(trained[row.question].expected == row.expected for row in splits["recall"])
    assert [row.question[0].content for row in splits["unseen"]] == [pattern.input for pattern in HELD_OUT]
    assert not any(
        row.question in trained for row in (*lessons.valid, *splits["rephrased"], *splits["unseen"])
    )
    assert find_leaks(lessons.train, (*lessons.valid, *lessons.test)) == []
    assert lessons.notes == ()


def test_same_seed_same_bytes_and_another_seed_others() -> None:
    first, again = (build_lessons(SHIPPED, DataSettings(seed=3)) for _ in range(2))
    other = build_lessons(SHIPPED, DataSettings(seed=4))
    assert data(first) == data(again) != data(other)
    assert first.digest == again.digest != other.digest


def test_other_wordings_are_other_lessons(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build_lessons(SHIPPED, DataSettings()).digest
    monkeypatch.setattr("engram.lessons.build.wordings_digest", lambda: "other templates")
    assert build_lessons(SHIPPED, DataSettings()).digest != before


def test_one_more_pattern_leaves_the_wordings_of_the_others_alone() -> None:
    more = build_lessons([*SHIPPED, *numbered(1)], DataSettings())
    theirs = {row.to_json() for row in more.train if not row.source.startswith("s-")}
    assert theirs == {row.to_json() for row in build_lessons(SHIPPED, DataSettings()).train}


@pytest.mark.parametrize(("count", "each"), [(MANY, USUAL), (MANY + 1, 2), (VERY_MANY + 1, 1)])
def test_many_patterns_get_fewer_wordings_and_say_so(count: int, each: int) -> None:
    lessons = build_lessons(numbered(count, held_out=2_100), DataSettings())
    splits = lessons.by_split
    assert len(lessons.train) == count * each
    assert {row.expected for row in lessons.train} == {f"value {i}" for i in range(count)}
    if each == USUAL:
        assert len(splits["recall"]) == count and lessons.notes == ()
        return
    sizes = {split: len(splits[split]) for split in ("valid", "recall", "rephrased", "unseen")}
    assert sizes["recall"] == sizes["unseen"] == 1_000 and sizes["rephrased"] == 999
    assert sizes["valid"] == min(round(0.2 * count * each), 1_000)
    assert any(f"{count:,} patterns are many" in note for note in lessons.notes)
    assert any("2,100" in note for note in lessons.notes)


@pytest.mark.parametrize("each", [1, 2, 5, 7, 8, 24, 100])
def test_as_many_different_wordings_as_were_set(each: int) -> None:
    lessons = build_lessons(numbered(20), DataSettings(wordings=each))
    asked = {row.question for row in lessons.train}
    assert len(asked) == len(lessons.train) == 20 * each
    assert sum(row.question[0].content.startswith("key ") for row in lessons.train) >= 20, "and the bare one"
    many = build_lessons(numbered(MANY + 1), DataSettings(wordings=each, valid_fraction=0))
    assert len(many.train) == (MANY + 1) * min(2, each)
    assert any("are many" in note for note in many.notes) == (each > 2)


def test_validation_that_runs_out_of_wordings_says_so() -> None:
    lessons = build_lessons(numbered(5), DataSettings(valid_fraction=0.9))
    there = 5 * len(wordings("pairs").valid)
    assert len(lessons.valid) == there
    assert f"{there} rows, not {round(0.9 * 5 * USUAL)}" in lessons.notes[0]
    assert build_lessons(numbered(5), DataSettings(valid_fraction=0)).valid == ()


def test_nothing_to_teach_is_an_error() -> None:
    with pytest.raises(LessonError, match="no pattern to teach"):
        build_lessons(numbered(0, held_out=2), DataSettings())


def test_a_pattern_that_looks_like_a_wording_of_another_stays_unambiguous() -> None:
    plain = Pattern("fox", "foxes", "plural", False, "s", "f:1")
    framed = Pattern("complete: FOX", "a complete fox", "plural", False, "s", "f:2")
    test_like = Pattern(put(every_wording().test[0], "fox"), "no", "plural", False, "s", "f:3")
    lessons = build_lessons([plain, framed, test_like], DataSettings())
    answers: dict[str, set[str]] = {}
    for row in (*lessons.train, *lessons.valid, *lessons.test):
        answers.setdefault(row.question[0].content.casefold(), set()).add(row.expected)
    assert all(len(found) == 1 for found in answers.values())


@settings(max_examples=50, deadline=None)
@given(st.sets(st.text(min_size=1).filter(str.strip), min_size=1, max_size=8), st.integers(0, 2**80))
def test_any_patterns_are_all_taught(inputs: set[str], seed: int) -> None:
    unique = {" ".join(text.casefold().split()): text for text in inputs}
    patterns = [Pattern(text, "out", "c", False, "s", "f:1") for text in unique.values()]
    lessons = build_lessons(patterns, DataSettings(seed=seed))
    assert {row.source for row in lessons.train} == {pattern.id for pattern in patterns}
    assert {row.question[0].content for row in lessons.by_split["recall"]} == set(unique.values())
