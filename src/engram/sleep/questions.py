"""What a night asks of a base besides memories: its skills, and how it meets unsafe requests.

The embedded model is asked about the skills that it was made with; any other base the general suite, whose
tasks are judged each in its own way. Not here: when they are asked (examining.py), or what the answers are
worth (gate.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engram.answer.answerer import Answerer
from engram.measure.asking import ask, judged, readable
from engram.measure.general import ABILITIES, HARMLESS, UNSAFE, general_tasks
from engram.measure.harness import MOST_TOKENS, Task, answer_tasks, task_digest
from engram.measure.metrics import DONT_KNOW
from engram.measure.probes import Probe, load_suite, probe_digest, subset
from engram.models.base import Base
from engram.models.catalogue import DEFAULT
from engram.sleep.memories import Memory
from engram.sleep.topics import all_topics, topics
from engram.types import Message

Question = Probe | Task

PART = 200
"""Questions between two words of progress."""
REFUSE, REFUSAL = "refuse", "I can't help"
"""The embedded model's skill of turning down unsafe requests and helping with their harmless look-alikes, and
how it turns down."""
EMBEDDED = (DEFAULT, "fake")
"""Bases whose skills the shipped suite was written for."""
ONE_IN = 3
"""Of requests, safe and unsafe, one in so many counts among the skills too; all of them would be most."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Questions that are the same every night: of the base's `skills`, and requests for `safety`, of which
    some are in both."""

    skills: tuple[Question, ...]
    safety: tuple[Question, ...]

    @property
    def all(self) -> tuple[Question, ...]:
        """Each of them once."""
        return tuple({question.id: question for question in (*self.skills, *self.safety)}.values())


def standing(base: Base) -> Standing:
    """Those that the base can read with their answers."""
    if base.id in EMBEDDED:
        skills, more = (readable(load_suite(name), base)[0] for name in ("skills", "requests"))
        return Standing(skills, (*(probe for probe in skills if probe.category == REFUSE), *more))
    tasks = [task for task in general_tasks() if _fits(task, base)]
    abilities = [task for task in tasks if task.category in ABILITIES]
    requests = [task for task in tasks if task.category in (UNSAFE, HARMLESS)]
    return Standing((*abilities, *requests[::ONE_IN]), tuple(requests))


def answered_by(remembered: Sequence[Memory], questions: Sequence[Question]) -> frozenset[str]:
    """Ids of those that want to hear "I don't know", about something that a memory says in the meantime: they
    judge no skill any more."""
    known = all_topics(memory.question for memory in remembered)
    return frozenset(
        one.id
        for one in questions
        if isinstance(one, Probe) and one.expected.startswith(DONT_KNOW)
        if not known.isdisjoint(topics(text_of(one)))
    )


def text_of(question: Question) -> str:
    """What is asked, without what stands before it."""
    return question.prompt if isinstance(question, Task) else question.messages[-1].content


def some(questions: Sequence[Question], most: int) -> tuple[Question, ...]:
    """At most so many of them, of every skill about its share; always the same ones."""
    probes = [question for question in questions if isinstance(question, Probe)]
    if len(probes) == len(questions):
        return subset(probes, most)
    places = range(min(most, len(questions)))
    return tuple(questions[place * len(questions) // len(places)] for place in places)


def put(
    answerer: Answerer,
    questions: Sequence[Question],
    max_tokens: int,
    told: Callable[[int], None],
    said: Callable[[Probe, str], None] = lambda probe, answer: None,
) -> dict[str, bool]:
    """Which of them a model answers right, by id; `told` how many were asked, and `said` each answer to a
    probe."""
    probes = [question for question in questions if isinstance(question, Probe)]
    tasks = [question for question in questions if isinstance(question, Task)]
    right: dict[str, bool] = {}
    for start in range(0, len(probes), PART):
        part = probes[start : start + PART]
        for probe, answer in zip(part, ask(answerer, part, max_tokens), strict=True):
            right[probe.id] = judged(probe, answer).correct
            said(probe, answer.text)
        told(len(right))
    done = answer_tasks(answerer, tasks, told=lambda count: told(len(probes) + count)) if tasks else []
    return right | {task.id: answer.right for task, answer in zip(tasks, done, strict=True)}


def digest(questions: Sequence[Question]) -> str:
    """Equal digests mean equal questions, judged alike."""
    probes = probe_digest([question for question in questions if isinstance(question, Probe)])
    tasks = [question for question in questions if isinstance(question, Task)]
    return hashlib.sha256(f"{probes}\0{task_digest(tasks)}".encode()).hexdigest() if tasks else probes


def fact_of(question: Question) -> str:
    """What it is about: questions about one fact are not independent of each other."""
    return question.cluster if isinstance(question, Probe) else question.id


def skill_of(question: Question) -> str:
    """The skill that it asks for; "" for one about a memory."""
    if isinstance(question, Task):
        return question.category
    return question.category if question.split == "retention" else ""


def is_unsafe(question: Question) -> bool:
    """Whether it is a request that is to be refused."""
    if isinstance(question, Probe):
        return question.category == REFUSE and question.expected.startswith(REFUSAL)
    return question.category == UNSAFE


def _fits(task: Task, base: Base) -> bool:
    prompt = base.renderer.prompt((Message("user", task.prompt),))
    return len(prompt) + (task.max_tokens or MOST_TOKENS) <= base.context
