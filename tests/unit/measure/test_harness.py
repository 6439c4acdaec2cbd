"""A user's own tasks: all problems of a file at once, answers judged in order, limits and context kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.measure.doubles import model

from engram.errors import LessonError
from engram.measure.harness import Task, answer_tasks, ask_harness, read_tasks, task_digest


def row(id: str = "a", **values: Any) -> dict[str, Any]:
    sound = {"id": id, "category": "keys", "prompt": f"key {id}", "type": "contains_any", "expected": "one"}
    return {name: value for name, value in (sound | values).items() if value is not ...}


def written(place: Path, *rows: dict[str, Any] | str) -> Path:
    file = place / "prompts.jsonl"
    lines = (line if isinstance(line, str) else json.dumps(line) for line in rows)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def tasks(place: Path, *rows: dict[str, Any]) -> tuple[Task, ...]:
    return read_tasks(written(place, *rows))


def test_all_problems_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    rows = [
        row("a"),
        "{nonsense",
        row("b", expected=...),
        row("c", type="perplexity"),
        row("d", colour="red"),
        row("e", type="regex", expected="("),
        row("f", tolerance=1),
        row("g", max_tokens=0),
        row("a"),
        row("h", prompt=" "),
        row("i", prompt=["x"]),
        "[]",
    ]
    with pytest.raises(LessonError) as caught:
        read_tasks(written(tmp_path, *rows))
    lines = [int(problem.split(":")[1]) for problem in caught.value.problems]
    assert lines == list(range(2, 13)), caught.value
    for words in ("no 'expected'", "contains_any, regex", "'colour'", "not valid", "numeric task", "twice"):
        assert words in str(caught.value)


def test_an_empty_or_missing_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("\n\n")
    for name in ("none.jsonl", "missing.jsonl", "prompts.txt"):
        with pytest.raises(LessonError):
            read_tasks(tmp_path / name)


def test_each_task_is_judged_by_its_own_rule(tmp_path: Path) -> None:
    found = tasks(
        tmp_path, row("a"), row("b", type="numeric", expected=7), row("c", type="regex", expected="^th")
    )
    answers = {"key a": "It is one.", "key b": "I count 8", "key c": "three"}
    assert ask_harness(model(answers), found) == {"a": True, "b": False, "c": True}
    said = answer_tasks(model(answers), found)
    assert [one.answer for one in said] == list(answers.values()) and said[1].why == "its last number is 8"


def test_limits_are_those_of_the_task(tmp_path: Path) -> None:
    rows = [
        row("a"),
        row("b", max_tokens=7),
        row("c", type="python_tests", expected="assert True"),
        row("d", type="python_tests", expected="assert True", max_tokens=5),
    ]
    found, asked = tasks(tmp_path, *rows), model({})
    answer_tasks(asked, found, 50)
    calls = asked.model.calls  # type: ignore[attr-defined]
    assert sorted(sampling.max_tokens for _, sampling in calls) == [5, 7, 50, 256]
    assert all(sampling.temperature == 0 for _, sampling in calls)


def test_a_prompt_that_fills_the_context_is_wrong_and_not_asked(tmp_path: Path) -> None:
    found = tasks(tmp_path, row("a", prompt="x" * 40), row("b", prompt="y" * 39))
    asked = model({"y" * 39: "one", "x" * 40: "one"}, context=40)
    said = answer_tasks(asked, found)
    assert [one.right for one in said] == [False, True] and "longer than the 40 tokens" in said[0].why


def test_every_task_is_told_of_once(tmp_path: Path) -> None:
    found, told = tasks(tmp_path, *(row(f"t{n}") for n in range(250))), list[int]()
    answer_tasks(model({}), found, told=told.append)
    assert told == [100, 200, 250]


def test_the_digest_changes_with_every_part_of_a_task(tmp_path: Path) -> None:
    first = task_digest(tasks(tmp_path, row("a"), row("b")))
    changed = [
        (row("a"), row("c")),
        (row("b"), row("a")),
        (row("a", expected="uno"), row("b")),
        (row("a", category="x"), row("b")),
        (row("a", max_tokens=9), row("b")),
    ]
    assert first == task_digest(tasks(tmp_path, row("a"), row("b")))
    assert len({first, *(task_digest(tasks(tmp_path, *rows)) for rows in changed)}) == 6
