"""A file or folder of one's own becomes rows: nothing lost silently, nothing on both sides of validation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.config import DataSettings
from engram.errors import LessonError, UsageError
from engram.lessons.build import build_lessons
from engram.lessons.dataset import write_dataset
from engram.lessons.leaks import find_leaks
from engram.lessons.own_data import OwnData, read_data, read_own_data, set_aside
from engram.lessons.reader import read_patterns
from engram.lessons.rows import Row, read_rows, write_rows
from engram.types import Message

PAIRS = [{"prompt": f"code for tree {i}", "completion": f"t-{i}"} for i in range(20)]


def lines(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def read(path: Path, **given: Any) -> OwnData:
    return read_own_data(path, DataSettings.model_validate(given))


def row(question: str, number: int, answer: str = "x") -> Row:
    return Row((Message("user", question), Message("assistant", answer)), "c", f"s:{number}", "train")


def test_a_file_is_read_and_said_aloud(tmp_path: Path) -> None:
    found = read(lines(tmp_path / "trees.jsonl", [{**PAIRS[0], "id": 4}, *PAIRS[1:]]))
    lessons = found.lessons
    assert str(found.files[0]) == "trees.jsonl: 20 rows, prompt/completion; not read: id" == lessons.notes[0]
    assert (len(lessons.train), len(lessons.valid), lessons.test) == (16, 4, ())
    assert lessons.notes[-1] == "16 rows to train, 4 set aside for validation by seed 0."
    sources = {item.source for item in (*lessons.train, *lessons.valid)}
    assert sources == {f"trees.jsonl:{number}" for number in range(1, 21)}
    assert {item.split for item in lessons.valid} == {"valid"} and lessons.train[0].category == "trees"


def test_the_choice_hangs_on_seed_and_text_not_on_order(tmp_path: Path) -> None:
    def chosen(pairs: Sequence[Mapping[str, str]], seed: int) -> set[str]:
        lessons = read(lines(tmp_path / "x.jsonl", pairs), seed=seed).lessons
        return {item.question[0].content for item in lessons.valid}

    assert chosen(PAIRS, 0) == chosen(PAIRS[::-1], 0)
    assert len({frozenset(chosen(PAIRS, seed)) for seed in range(5)}) > 1


def test_settings_and_rows_make_the_digest(tmp_path: Path) -> None:
    def digest(pairs: Sequence[Mapping[str, str]], **given: Any) -> str:
        return read(lines(tmp_path / "x.jsonl", pairs), **given).lessons.digest

    first = digest(PAIRS)
    assert digest(PAIRS) == first
    others = [digest(PAIRS[1:]), digest(PAIRS, seed=1), digest([{**PAIRS[0], "completion": "t"}, *PAIRS[1:]])]
    assert len({first, *others}) == 4


def test_duplicates_are_left_out_and_told(tmp_path: Path) -> None:
    again = {"prompt": " CODE  for\ntree 3", "completion": "T-3"}
    other = {"prompt": "code for tree 3", "completion": "another answer"}
    found = read(lines(tmp_path / "x.jsonl", [*PAIRS, again, other]), valid_fraction=0)
    assert found.duplicates == (("x.jsonl:21", "x.jsonl:4"),)
    assert len(found.lessons.train) == 21
    assert any("1; the first: x.jsonl:21 repeats x.jsonl:4" in note for note in found.lessons.notes)


colours = st.sampled_from(["red", "blue", "green", "sky", "sea"])
words = st.lists(colours, min_size=1, max_size=30).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(words, min_size=2, max_size=14), st.integers(0, 3), st.sampled_from([0.1, 0.3, 0.6]))
def test_nothing_that_is_set_aside_leaks(texts: list[str], seed: int, share: float) -> None:
    """Few words, so that most texts overlap; and every row is on exactly one side."""
    rows = [row(text, number) for number, text in enumerate(texts)]
    train, valid = set_aside(rows, DataSettings(seed=seed, valid_fraction=share))
    assert find_leaks(train, valid) == []
    assert sorted(item.source for item in (*train, *valid)) == sorted(item.source for item in rows)
    assert len(valid) <= max(1, round(share * len(rows)))


def test_a_frame_that_many_rows_share_is_no_leak() -> None:
    """A long instruction before every question must not keep rows from being set aside."""
    frame = "You are a careful clerk. Read what follows and say in a word which colour it is about, please: "
    _, valid = set_aside([row(f"{frame}thing {i}", i) for i in range(20)], DataSettings())
    assert len(valid) == 4


def test_near_copies_stay_on_one_side() -> None:
    marks = "?!"
    twins = [row(f"What is the secret word number {i // 2}{marks[i % 2]}", i, str(i)) for i in range(40)]
    train, valid = set_aside(twins, DataSettings(valid_fraction=0.5))
    numbers = [{int(item.source[2:]) // 2 for item in side} for side in (train, valid)]
    assert not numbers[0] & numbers[1] and valid


def test_plain_texts_are_compared_as_a_whole() -> None:
    texts = [Row((Message("assistant", f"Story {i}"),), "c", f"s:{i}", "train", True) for i in range(9)]
    train, valid = set_aside(texts, DataSettings())
    assert len(valid) == 2 and all(item.is_text for item in valid) and not find_leaks(train, valid)
    again = Row(texts[2].messages, "c", "s:10", "valid", True)
    other = Row(texts[7].messages, "c", "s:11", "valid", True)
    assert [leak.evaluation for leak in find_leaks(texts[:3], [again, other])] == [again]


def test_a_folder_of_splits(tmp_path: Path) -> None:
    lines(tmp_path / "train-00000-of-00002.jsonl", PAIRS[:8])
    lines(tmp_path / "train-00001-of-00002.jsonl", PAIRS[8:16])
    lines(tmp_path / "validation.jsonl", PAIRS[16:18])
    lines(tmp_path / "test.jsonl", PAIRS[18:])
    lines(tmp_path / "extra.jsonl", PAIRS)
    (tmp_path / "README.md").write_text("not data")
    lessons = read(tmp_path).lessons
    assert [len(part) for part in (lessons.train, lessons.valid, lessons.test)] == [16, 2, 2]
    assert {item.split for item in lessons.test} == {"unseen"}
    assert "Files not read: extra.jsonl." in lessons.notes


def test_a_folder_without_splits_is_read_whole(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", PAIRS[:10])
    (tmp_path / "b.csv").write_text("instruction;input;output\nsay hi;;hi\n")
    lines(tmp_path / ".hidden.jsonl", PAIRS[10:])
    found = read(tmp_path, valid_fraction=0)
    assert [file.shape for file in found.files] == ["prompt-completion", "alpaca"]
    assert len(found.lessons.train) == 11


def test_files_whose_names_fold_alike_keep_their_rows_apart(tmp_path: Path) -> None:
    for number, name in enumerate(("a b.jsonl", "a-b.jsonl")):
        lines(tmp_path / name, PAIRS[number * 10 : number * 10 + 10])
    lessons = read(tmp_path).lessons
    rows = (*lessons.train, *lessons.valid)
    assert len({item.source for item in rows}) == len(rows) == 20


def test_several_shapes_in_one_file_are_an_error_with_the_first_of_each(tmp_path: Path) -> None:
    file = lines(tmp_path / "x.jsonl", [*PAIRS[:2], {"text": "once"}, PAIRS[2], {"text": "more"}])
    with pytest.raises(LessonError) as wrong:
        read(file)
    (problem,) = wrong.value.problems
    assert "prompt/completion:1, text:3" in problem
    with pytest.raises(LessonError, match="this one has only 'completion', 'prompt'"):
        read(file, shape="text")


def test_a_shape_can_be_forced(tmp_path: Path) -> None:
    both = [{"instruction": "a", "output": str(i), "text": f"Below {i}"} for i in range(3)]
    file = lines(tmp_path / "x.jsonl", both)
    assert not read(file).lessons.train[0].is_text
    assert read(file, shape="text").lessons.train[0].is_text


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", [PAIRS[0], {"prompt": "x", "completion": ""}, {"question": "?"}])
    (tmp_path / "b.json").write_text("[1,")
    (tmp_path / "c.csv").write_text("text\n")
    with pytest.raises(LessonError) as wrong:
        read(tmp_path)
    starts = [f"{tmp_path}/{start}" for start in ("a.jsonl:3:", "a.jsonl:2:", "b.json:", "c.csv:")]
    assert len(wrong.value.problems) == 4
    for problem, start in zip(wrong.value.problems, starts, strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize(
    ("names", "path", "sentence"),
    [
        ([], "missing.csv", "no file or folder"),
        (["notes.txt"], "notes.txt", "no data file"),
        (["notes.txt"], "", "holds no data file"),
        (["valid.jsonl"], "", "no train file"),
    ],
)
def test_a_path_without_data_is_refused(tmp_path: Path, names: list[str], path: str, sentence: str) -> None:
    for name in names:
        (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError, match=sentence):
        read(tmp_path / path)


def test_when_nothing_is_left_the_reasons_are_told(tmp_path: Path) -> None:
    thought = {"prompt": "a", "completion": "<think>only this"}
    with pytest.raises(UsageError, match="nothing was left of an answer: 1"):
        read(lines(tmp_path / "x.jsonl", [thought]))


def test_a_built_data_set_is_still_one(tmp_path: Path) -> None:
    file = lines(tmp_path / "p.jsonl", [{"input": "a", "output": "b", "category": "c"}])
    lessons = build_lessons(read_patterns([file]), DataSettings())
    write_dataset(tmp_path / "built", lessons)
    assert read_data(tmp_path / "built", DataSettings(seed=9)) == lessons
    with pytest.raises(LessonError, match="engram teach"):
        read_data(file, DataSettings())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), st.booleans())
def test_rows_of_both_kinds_come_back_from_a_file(tmp_path: Path, text: str, is_text: bool) -> None:
    rows = [Row((Message("assistant", text),), "c", "s:1", "valid", is_text)]
    write_rows(tmp_path / "rows.jsonl", rows)
    assert list(read_rows(tmp_path / "rows.jsonl")) == rows
