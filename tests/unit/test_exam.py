"""What both sides are asked: taught rows and skills, and no skill question that is being taught."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.road import TEXT, fake_job, write_patterns
from tests.support.tiny import tiny_base

from engram.answer.answerer import Answerer
from engram.backends.torch.backend import TorchBackend
from engram.errors import Interrupted, UsageError
from engram.job import Job, Nobody
from engram.lessons.rows import Row
from engram.measure.asking import readable
from engram.measure.probes import Probe, load_suite
from engram.teaching import make_exam, readable_exam, teach
from engram.types import Message, Sampling


@pytest.fixture(autouse=True)
def short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engram.teaching.load_texts", lambda: TEXT)


def job(home: Path, context: int = 1024, items: int = 40) -> Job:
    """A job on the fake base (a token is a byte) that reads `context` tokens and gets `items` questions."""
    made = fake_job(home / "home")
    measure = made.settings.measure.model_copy(update={"retention_items": items})
    settings = made.settings.model_copy(update={"measure": measure})
    return replace(made, settings=settings, base=replace(made.base, context=context))


def length(probe: Probe) -> int:
    """Bytes of the question and its answer, role marks and end marks included, written out by hand."""
    question = sum(len(message.content.encode()) + 2 for message in probe.messages)
    return question + 1 + len(probe.expected.encode()) + 1


def row(split: str, *messages: Message) -> Row:
    return Row((*messages, Message("assistant", "a")), "c", "s", split)  # type: ignore[arg-type]


def test_skill_questions_that_are_taught_are_left_out_and_noted(tmp_path: Path) -> None:
    suite = load_suite("skills")
    trained = [row("train", *probe.messages) for probe in (suite[3], suite[900])]
    test = [row("recall", Message("user", "q"))]
    exam = make_exam(job(tmp_path, items=len(suite)), test, trained)
    kept = [probe for probe in suite if probe not in (suite[3], suite[900])]
    assert len(exam.probes) == 1 + len(kept) and list(exam.probes[1:]) == kept
    assert exam.notes == ("2 of the skill questions are taught themselves and were not asked.",)


def test_ordinary_lessons_leave_the_suite_whole(tmp_path: Path) -> None:
    exam = make_exam(
        job(tmp_path, items=10_000), [], [row("train", Message("user", "the capital of Portugal"))]
    )
    assert exam.probes == load_suite("skills") and exam.notes == () and exam.texts == TEXT


@pytest.mark.parametrize("context", [90, 128, 400])
def test_skill_questions_that_the_base_cannot_read_are_left_out_and_counted(
    tmp_path: Path, context: int
) -> None:
    suite = load_suite("skills")
    kept = tuple(probe for probe in suite if length(probe) <= context)
    assert 0 < len(kept) < len(suite)
    rows = [row("recall", Message("user", "q" * 2000))]
    exam = make_exam(job(tmp_path, context, items=len(suite)), rows)
    assert exam.probes[1:] == kept
    assert len(exam.probes[0].messages[0].content) == 2000, "a user's own row is not left out silently"
    (note,) = exam.notes
    assert note.startswith(f"{len(suite) - len(kept):,} of the 1,200 skill questions are")
    assert f"longer than the {context} tokens that fake can read" in note
    some = make_exam(job(tmp_path, context, items=40), rows)
    assert len(some.probes) == 41 and set(some.probes[1:]) <= set(kept) and some.notes == exam.notes


def test_no_more_questions_are_asked_than_the_settings_say(tmp_path: Path) -> None:
    rows = [
        row(split, Message("user", f"{split} {n}")) for split in ("recall", "rephrased") for n in range(9)
    ]
    small = job(tmp_path, 400, items=7)
    measure = small.settings.measure.model_copy(update={"rephrased_items": 4})
    small = replace(small, settings=small.settings.model_copy(update={"measure": measure}))
    exam = make_exam(small, rows)
    assert [sum(p.split == s for p in exam.probes) for s in ("recall", "rephrased", "retention")] == [9, 4, 7]
    assert make_exam(small, rows).probes == exam.probes


def test_one_is_left_out_in_the_singular(tmp_path: Path) -> None:
    base, suite = job(tmp_path, 100).base, sorted(load_suite("skills"), key=length)
    probes = [suite[0], suite[-1]]
    assert readable(probes, base)[1] == (
        "1 of the 2 skill questions is, with the answer, longer than the 100 tokens that fake can read and "
        "was not asked.",
    )
    exact = replace(base, context=length(suite[-1]))
    assert readable(probes, exact) == (tuple(probes), ())
    assert readable(probes, replace(exact, context=exact.context - 1))[0] == (suite[0],)


def test_a_real_model_can_answer_whatever_is_left(tmp_path: Path) -> None:
    base = replace(tiny_base(tmp_path), context=100)
    kept, notes = readable(load_suite("skills"), base)
    longest = max(kept, key=length)
    assert notes and length(longest) <= 100
    answer = Answerer(TorchBackend("cpu", "float32").load(base)).answer(longest.messages, Sampling(1000))
    prompt = length(longest) - len(longest.expected.encode()) - 1
    assert answer.finish_reason == "stop" or answer.tokens == 100 - prompt


class Listener(Nobody):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def note(self, sentence: str) -> None:
        self.heard.append(sentence)


def test_an_exam_of_a_suite_leaves_them_out_and_says_so(tmp_path: Path) -> None:
    suite, listener = load_suite("skills")[::40], Listener()
    short = replace(job(tmp_path, 100), watcher=listener)
    exam = readable_exam(short, suite)
    assert exam.probes == tuple(probe for probe in suite if length(probe) <= 100) and exam.texts == TEXT
    assert len(listener.heard) == 1 and "of the 30 skill questions" in listener.heard[0]
    with pytest.raises(UsageError, match="All 30 skill questions are"):
        readable_exam(replace(short, base=replace(short.base, context=8)), suite)


def test_without_a_readable_skill_question_retention_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tuple(probe for probe in load_suite("skills") if length(probe) > 200)
    monkeypatch.setattr("engram.teaching.load_suite", lambda name: long)
    taught = teach(job(tmp_path, 200), [write_patterns(tmp_path)], tmp_path / "out", "mine")
    assert taught.comparison.splits["retention"] is None and taught.comparison.splits["recall"]
    assert taught.notes[0].startswith(f"All {len(long)} skill questions are")
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| Retention | – | – | – | – | not measured | 0 |" in page


def test_a_resumed_teach_asks_the_same(tmp_path: Path) -> None:
    patterns = [write_patterns(tmp_path)]

    class Impatient(Nobody):
        def stage(self, name: str) -> None:
            if name == "After":
                raise KeyboardInterrupt

    unbroken = teach(job(tmp_path / "a", 128), patterns, tmp_path / "out", "mine")
    broken = job(tmp_path / "b", 128)
    with pytest.raises(Interrupted):
        teach(replace(broken, watcher=Impatient()), patterns, tmp_path / "out", "mine")
    resumed = teach(broken, patterns, tmp_path / "out", "mine", resume=True)
    for taught in (unbroken, resumed):
        sides = taught.comparison.baseline, taught.comparison.tuned
        assert {side.exam_digest for side in sides} == {unbroken.comparison.baseline.exam_digest}
    assert resumed.notes == unbroken.notes and "skill questions" in resumed.notes[0]
