"""The folder: one plan, one writer, answers that survive, and nothing of anybody else's overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from filelock import FileLock

from engram.errors import StorageError, UsageError
from engram.synth.asks import Ask
from engram.synth.folder import Answered, SynthFolder
from engram.synth.replies import LONGEST_TURN
from engram.types import Message

PLAN = {"version": 1, "seed": 3, "topic": ["tea", "é"], "eval-fraction": 0.2}
ASK = Ask(1, "tea", "a kind", 2, "train")
ANSWER = Answered(
    ((Message("user", "Why\u2028 so?"), Message("assistant", "So ☕" + "x" * LONGEST_TURN)),),
    {"email": 1},
    {"hate": 1},
)


def test_an_answer_is_kept_as_it_was(tmp_path: Path) -> None:
    folder = SynthFolder(tmp_path / "out")
    with folder.opened(PLAN):
        assert folder.answer(ASK) is None
        folder.keep(ASK, ANSWER)
    with folder.opened(PLAN):
        assert folder.answer(ASK) == ANSWER
        assert folder.answer(Ask(1, "coffee", "a kind", 2, "train")) is None, "another prompt"
        assert folder.answer(Ask(2, "tea", "a kind", 2, "train")) is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"prompt": 1}', "\ud800", '{"prompt": "x", "conversations": 7}']
)
def test_what_cannot_be_read_is_asked_again(content: str, tmp_path: Path) -> None:
    folder = SynthFolder(tmp_path)
    with folder.opened(PLAN):
        folder.keep(ASK, ANSWER)
        (file,) = (tmp_path / "synth" / "answers").iterdir()
        value = json.loads(file.read_text())
        for wrong in (
            content.encode("utf-8", "surrogatepass"),
            json.dumps(value | {"masked": {"a": "b"}}).encode(),
        ):
            file.write_bytes(wrong)
            assert folder.answer(ASK) is None
        file.write_text(json.dumps(value))
        assert folder.answer(ASK) == ANSWER


def test_another_plan_is_refused_and_named(tmp_path: Path) -> None:
    folder = SynthFolder(tmp_path / "out")
    with folder.opened(PLAN):
        pass
    folder.check(dict(reversed(PLAN.items())))
    with pytest.raises(UsageError, match="begun otherwise") as error:
        folder.check({**PLAN, "seed": 4, "topic": []})
    assert "seed, topic" in str(error.value)
    (tmp_path / "out" / "synth" / "plan.json").write_text("[]")
    with pytest.raises(UsageError, match="begun otherwise"):
        folder.check(PLAN)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "train.jsonl"
    mine.write_text("mine")
    with pytest.raises(UsageError, match="something else"), SynthFolder(tmp_path).opened(PLAN):
        pass
    with pytest.raises(UsageError, match="something else"):
        SynthFolder(mine).check(PLAN)
    assert mine.read_text() == "mine" and list(tmp_path.iterdir()) == [mine]


def test_what_a_killed_beginning_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "out" / "synth" / "answers").mkdir(parents=True)
    (tmp_path / "out" / "synth" / "lock").touch()
    (tmp_path / "out" / "synth" / ".plan.json.77.partial").write_text("{")
    with SynthFolder(tmp_path / "out").opened(PLAN):
        pass


def test_one_at_a_time(tmp_path: Path) -> None:
    folder = SynthFolder(tmp_path / "out")
    with folder.opened(PLAN):
        pass
    held = FileLock(tmp_path / "out" / "synth" / "lock")
    with held, pytest.raises(StorageError, match="Another process"), folder.opened(PLAN):
        pass


def test_where_nothing_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError), SynthFolder(tmp_path / "file" / "out").opened(PLAN):
        pass
