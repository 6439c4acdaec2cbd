"""What a night asks every base: its own suite of the embedded one, the general suite of any other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.road import TEXT, fake_job

from engram.answer.answerer import Answerer
from engram.job import Job
from engram.measure.general import CATEGORIES, general_tasks
from engram.measure.harness import Task
from engram.measure.probes import Probe
from engram.sleep import exam as module
from engram.sleep.exam import Answered, NightExam, evidence, make_exam, mixed_up, take
from engram.sleep.gate import GateRules, judge
from engram.sleep.memories import Memory
from engram.sleep.questions import (
    Question,
    Standing,
    answered_by,
    digest,
    is_unsafe,
    put,
    skill_of,
    some,
    standing,
)
from engram.types import Message

TASKS = {task.id: task for task in general_tasks()}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return fake_job(tmp_path / "home")


@pytest.fixture
def other(job: Job) -> Job:
    """On a base that is not the embedded one, and reads enough for every task."""
    return replace(job, base=replace(job.base, id="someone/elses", context=8192))


def test_the_embedded_model_is_asked_about_its_own_skills(job: Job) -> None:
    found = standing(replace(job.base, context=8192))
    assert all(isinstance(probe, Probe) for probe in found.skills) and len(found.skills) == 1200
    assert {skill_of(probe) for probe in found.safety} == {"refuse"} and len(found.safety) == 300
    assert len(set(found.safety) - set(found.skills)) == 180 == len(found.all) - len(found.skills)


def test_what_a_memory_answers_judges_nothing(job: Job) -> None:
    same = standing(replace(job.base, context=8192))
    unknown = [probe for probe in same.skills if isinstance(probe, Probe) and skill_of(probe) == "abstain"]
    asked = next(probe for probe in unknown if probe.messages[-1].content == "my doctor's name?")
    doctor = Memory("What is my doctor's name?", "Your doctor's name is Rux.", "fact", (1,), "")
    found = answered_by([doctor], same.skills)
    assert asked.id in found and found < {probe.id for probe in unknown}
    assert {probe.messages[-1].content.lower().rstrip("?") for probe in unknown if probe.id in found} <= {
        "my doctor's name",
        "what is my doctor's name",
        "what's my doctor's name",
        "what was my doctor's name again",
        "tell me my doctor's name",
    }
    for question in ("What is my doctor called?", "Who is my doctor?"):
        called = Memory(question, "Your doctor is Rux.", "fact", (1,), "")
        assert answered_by([called], same.skills) == found
    boss = Memory("What is my boss's name?", "Your boss's name is Rux.", "fact", (1,), "")
    assert asked.id not in answered_by([boss], same.skills) and not answered_by([], same.skills)

    exam = NightExam((), (), same, (), TEXT, found)
    shown = evidence(exam, *[answered(exam.all)] * 4)
    assert len(shown.skills) == len(shown.skills_of_base) == len(same.skills) - len(found)
    assert asked.cluster not in {pair.fact for pair in shown.skills.pairs}


def test_answers_of_other_memories_are_counted() -> None:
    said = {"a": "Lisbon", "b": "Porto, surely", "c": "I don't know", "d": "Faro", "e": "Faro"}
    expected = {"a": "Porto", "b": "Porto", "c": "Faro", "d": "Lisbon", "e": "Faro"}
    probes = [
        Probe(name, "rephrased", "", (Message("user", name),), value, "prefix", name)
        for name, value in expected.items()
    ]
    assert mixed_up(probes, said) == 2  # a says what d expects, d what c and e do; b and e are right
    assert mixed_up(probes, {}) == mixed_up(probes[:1], said) == 0
    shown = evidence(
        NightExam((), (), Standing((), ()), (), TEXT), *[Answered({}, 1.0)] * 3, Answered({}, 1.0, 7)
    )
    assert shown.mixed_up == 7
    assert Answered.from_json(Answered({"a": True}, 1.0, 7).to_json()).mixed_up == 7
    assert Answered.from_json({"right": {}, "loss": 1.0}).mixed_up == 0


def test_what_was_said_about_new_memories_reaches_the_evidence(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tuple(
        Probe(value, "rephrased", "", (Message("user", value),), value, "prefix", value)
        for value in ("A", "B")
    )
    exam = NightExam(new, (), Standing((), ()), (), TEXT)

    def said_the_first(answerer: Answerer, asked: Any, length: int, told: Any, said: Any) -> dict[str, bool]:
        for probe in asked:
            said(probe, "A")
        return {probe.id: probe.expected == "A" for probe in asked}

    monkeypatch.setattr(module, "put", said_the_first)
    assert take(job, exam, new, None, lambda done: None).mixed_up == 1


def test_an_exam_knows_what_memories_answer(job: Job) -> None:
    large = replace(job, base=replace(job.base, context=8192))
    lessons: Any = SimpleNamespace(new=(), old=())
    doctor = Memory("What is my doctor's name?", "Your doctor's name is Rux.", "fact", (1,), "")
    assert make_exam(large, lessons, [doctor]).told and not make_exam(large, lessons, []).told


def test_any_other_base_is_asked_the_general_suite(other: Job) -> None:
    found = standing(other.base)
    assert {question.id for question in found.all} == set(TASKS)
    assert Counter(map(skill_of, found.safety)) == {"safety": 150, "harmless": 150}
    counts = Counter(map(skill_of, found.skills))
    assert set(counts) == set(CATEGORIES) and counts["safety"] == counts["harmless"] == 50
    assert len(found.skills) >= GateRules().skill_items, "or no night could ever be decided"


def test_what_a_base_cannot_read_is_not_asked(other: Job) -> None:
    small = replace(other.base, context=600)
    found = standing(small)
    assert "long_context" not in set(map(skill_of, found.all)) and len(found.safety) == 300


def test_some_of_them_are_of_every_kind_and_always_the_same(other: Job) -> None:
    skills = standing(other.base).skills
    chosen = some(skills, 100)
    assert len({question.id for question in chosen}) == 100 and chosen == some(skills, 100)
    assert set(map(skill_of, chosen)) == set(CATEGORIES)
    assert some(skills, 10_000) == skills and some([], 5) == ()


def test_answers_are_judged_each_in_its_own_way(job: Job) -> None:
    """The fake model says "I don't know", whatever it is asked: it refuses nothing and knows nothing."""
    asked: list[Question] = [TASKS[name] for name in ("maths-01", "harmless-003", "safety-004", "facts-02")]
    seen: list[int] = []
    right = put(Answerer(job.load()), asked, 48, seen.append)
    assert right == {"maths-01": False, "harmless-003": True, "safety-004": False, "facts-02": False}
    assert seen[-1] == 4


def test_the_digest_is_of_every_question(other: Job) -> None:
    questions = standing(other.base).all
    changed = replace(questions[3], source=questions[3].source + " ")  # type: ignore[union-attr]
    digests = {digest(questions), digest(questions[1:]), digest((*questions[:3], changed, *questions[4:]))}
    assert len(digests) == 3


def answered(questions: tuple[Question, ...], wrong: set[str] = frozenset()) -> Answered:  # type: ignore[assignment]
    return Answered({question.id: question.id not in wrong for question in questions}, 2.0)


@pytest.mark.parametrize(
    ("wrong", "obeyed", "mark"),
    [
        (set(), 0, "holds"),
        ({"safety-004"}, 1, "holds"),  # one of 300
        ({"safety-004", "safety-104"}, 2, "fails"),
        ({"harmless-004", "harmless-104", "harmless-077"}, 0, "holds"),  # over-refusal is a skill lost
    ],
)
def test_unsafe_requests_that_are_newly_obeyed(other: Job, wrong: set[str], obeyed: int, mark: str) -> None:
    same = standing(other.base)
    exam = NightExam((), (), same, some(same.skills, 200), TEXT)
    before = answered(exam.all)
    shown = evidence(exam, before, before, before, answered(exam.all, wrong), rebuild=True)
    assert (shown.safety.asked, shown.safety.obeyed) == (300, obeyed)
    (check,) = [check for check in judge(shown).checks if check.name == "safety"]
    assert check.mark == mark
    assert len(shown.skills) == len(same.skills) and {"maths", "harmless"} <= set(shown.skills.by_skill())


def test_a_base_that_obeys_already_can_be_no_worse(other: Job) -> None:
    same = standing(other.base)
    exam = NightExam((), (), same, (), TEXT)
    unsafe = {question.id for question in same.safety if is_unsafe(question)}
    never = answered(exam.all, unsafe)
    assert evidence(exam, never, never, never, never).safety.obeyed == 0 and len(unsafe) == 150


def test_the_embedded_models_harmless_requests_are_no_unsafe_ones(job: Job) -> None:
    same = standing(job.base)
    unsafe = {question.id for question in same.safety if is_unsafe(question)}
    harmless = {question.id for question in same.safety} - unsafe
    assert len(same.safety) == 300 and min(len(unsafe), len(harmless)) > 130
    exam = NightExam((), (), same, (), TEXT)
    before = answered(exam.all)
    refused_too = evidence(exam, before, before, before, answered(exam.all, harmless))
    assert refused_too.safety.obeyed == 0, "what is refused is not obeyed"
    obeyed = evidence(exam, before, before, before, answered(exam.all, {min(unsafe)}))
    assert obeyed.safety.obeyed == 1


def test_one_model_is_put_to_all_of_it(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: tuple[Task, ...] = tuple(TASKS[name] for name in ("maths-01", "harmless-003", "safety-004"))
    exam = NightExam((), (), Standing(chosen[:1], chosen[1:]), chosen[:1], TEXT)
    monkeypatch.setattr(module, "text_loss", lambda model, texts: None)
    found = take(job, exam, exam.all, None, lambda done: None)
    assert set(found.right) == {task.id for task in chosen} and found.loss != found.loss
