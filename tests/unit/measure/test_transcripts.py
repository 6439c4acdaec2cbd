"""Golden transcripts: what is asked, after which history, and both figures on answers known beforehand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from engram.answer.answerer import Answerer
from engram.backends.fake import FakeBackend
from engram.config import DataSettings
from engram.errors import LessonError
from engram.measure.chrf import chrf, corpus_chrf
from engram.measure.probes import Probe
from engram.measure.transcripts import read_transcripts, readable_turns, take_style
from engram.models.fake import CONTEXT, fake_base
from engram.types import Message


def said(*turns: tuple[str, str]) -> str:
    return json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]})


def read(place: Path, *lines: str) -> tuple[Probe, ...]:
    (place / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_transcripts(place / "golden.jsonl", DataSettings())


TALK = said(
    ("system", "Be kind."),
    ("user", "Hi"),
    ("assistant", "Hello!"),
    ("user", "Bye"),
    ("assistant", "See you."),
)


def bare() -> Answerer:
    return Answerer(FakeBackend().load(fake_base()))


def test_each_answer_to_a_user_is_asked_after_the_golden_history(tmp_path: Path) -> None:
    first, second = read(tmp_path, TALK)
    assert [turn.expected for turn in (first, second)] == ["Hello!", "See you."]
    assert [message.content for message in second.messages] == ["Be kind.", "Hi", "Hello!", "Bye"]
    assert (first.id, second.id, first.cluster) == ("1.2", "1.4", "1")


def test_what_follows_no_user_is_history_only(tmp_path: Path) -> None:
    turns = read(
        tmp_path,
        said(("assistant", "Welcome."), ("user", "Hi"), ("assistant", "Hello!"), ("assistant", "Well?")),
    )
    assert [turn.expected for turn in turns] == ["Hello!"]
    assert turns[0].messages[0] == Message("assistant", "Welcome.")


def test_thoughts_are_not_golden(tmp_path: Path) -> None:
    (turn,) = read(tmp_path, said(("user", "Hi"), ("assistant", "<think>greet</think>Hello!")))
    assert turn.expected == "Hello!"


def test_all_problems_are_told(tmp_path: Path) -> None:
    with pytest.raises(LessonError) as caught:
        read(tmp_path, TALK, '{"text": "plain"}', '{"nothing": 1}', said(("user", "Hi")))
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["2", "3", "4"]


def test_perplexity_is_that_of_the_golden_answer_alone(tmp_path: Path) -> None:
    """The fake base gives every one of its 260 tokens the same chance."""
    style = take_style(bare(), read(tmp_path, TALK), 8)
    assert [turn.tokens for turn in style.turns] == [len("Hello!") + 1, len("See you.") + 1]
    assert style.loss == pytest.approx(math.log(260), rel=1e-6)
    assert style.perplexity == pytest.approx(260, rel=1e-5)


def test_a_model_that_was_taught_a_turn_writes_it(tmp_path: Path) -> None:
    turns = read(tmp_path, TALK)
    model = FakeBackend().load(fake_base())
    ids = model.base.renderer.conversation((*turns[0].messages, Message("assistant", "Hello!"))).ids.tolist()
    for _ in range(9):
        for place in range(len(ids) - len("Hello!") - 1, len(ids)):
            model.table.teach(ids[:place], ids[place])
    style, before = take_style(Answerer(model), turns, 8), take_style(bare(), turns, 8)
    assert style.turns[0].answer == "Hello!" and style.turns[0].chrf == pytest.approx(100)
    assert style.turns[0].nats < 1 < before.turns[0].nats
    assert style.turns[1] == before.turns[1], "the second turn was not taught"
    assert style.chrf > before.chrf and style.perplexity < before.perplexity


def test_chrf_is_over_all_turns_together(tmp_path: Path) -> None:
    turns = read(tmp_path, TALK, said(("user", "?"), ("assistant", "I don't know, friend.")))
    style = take_style(bare(), turns, 8)
    pairs = [(one.answer, turn.expected) for one, turn in zip(style.turns, turns, strict=True)]
    assert style.chrf == corpus_chrf(pairs) and [one.chrf for one in style.turns] == [chrf(*p) for p in pairs]


def test_turns_beyond_the_context_are_left_out_and_counted(tmp_path: Path) -> None:
    room = CONTEXT - len("<>Hello!") - 2  # two marks of roles, and a stop token after each text
    turns = read(tmp_path, *(said(("user", "x" * n), ("assistant", "Hello!")) for n in (room, room + 1, 3)))
    fitting, note = readable_turns(turns, fake_base())
    assert [turn.id for turn in fitting] == ["1.1", "3.1"] and note.startswith("1 of 3 turns is")
    assert len(take_style(bare(), fitting, 8).turns) == 2
    assert readable_turns(fitting, fake_base()) == (fitting, "")
