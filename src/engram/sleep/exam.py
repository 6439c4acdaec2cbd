"""The exam of a night: bare base, adapter in service and candidate are asked the same, as evidence.

What a model says of the shipped questions never changes, so it is kept; it holds nothing of the user's.
Not here: what follows from the evidence (gate.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engram.answer.answerer import Answerer
from engram.backends.base import AdapterWeights
from engram.disk import to_json, write_file
from engram.errors import StorageError
from engram.job import Job
from engram.measure.metrics import is_correct, text_loss
from engram.measure.probes import Probe, load_texts
from engram.sleep.curriculum import Curriculum
from engram.sleep.evidence import Evidence, Pair, Paired, Safety
from engram.sleep.memories import Memory
from engram.sleep.questions import (
    Question,
    Standing,
    answered_by,
    digest,
    fact_of,
    is_unsafe,
    put,
    skill_of,
    some,
    standing,
)
from engram.training.publish import served_digest

AGAIN_ITEMS = 200
LARGEST_WEIGHT = 100.0
"""Of an adapter's tensors; trained ones stay far below 10."""
MOST_KEPT = 12
_ANSWERS = "answers-"


@dataclass(frozen=True, slots=True)
class Answered:
    """How one model did: right or wrong by probe id, loss on held-out text (nats per token), and how many
    questions about new memories it answers with what another one says."""

    right: Mapping[str, bool]
    loss: float
    mixed_up: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values; a loss that is no number becomes None."""
        loss = self.loss if math.isfinite(self.loss) else None
        return {"right": dict(self.right), "loss": loss, "mixed_up": self.mixed_up}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answered:
        """Raises KeyError, TypeError, ValueError where it is not what `to_json` made."""
        loss = float("nan") if data["loss"] is None else float(data["loss"])
        right = {str(id): bool(right) for id, right in data["right"].items()}
        return cls(right, loss, int(data.get("mixed_up", 0)))


@dataclass(frozen=True, slots=True)
class NightExam:
    """Probes about new and old memories, and what is asked every night; of that `again` is asked twice, and
    those whose id is in `told` judge no skill: memories answer them."""

    new: tuple[Probe, ...]
    old: tuple[Probe, ...]
    standing: Standing
    again: tuple[Question, ...]
    texts: tuple[str, ...]
    told: frozenset[str] = frozenset()

    @property
    def memories(self) -> tuple[Probe, ...]:
        """What is asked about memories, new and old."""
        return (*self.new, *self.old)

    @property
    def all(self) -> tuple[Question, ...]:
        return (*self.memories, *self.standing.all)


def make_exam(job: Job, lessons: Curriculum, remembered: Sequence[Memory]) -> NightExam:
    """What is asked of this base, which is to learn what is `remembered`."""
    same = standing(job.base)
    again, told = some(same.skills, AGAIN_ITEMS), answered_by(remembered, same.skills)
    return NightExam(lessons.new, lessons.old, same, again, load_texts(), told)


def take(
    job: Job,
    exam: NightExam,
    questions: Sequence[Question],
    adapter: Path | None,
    told: Callable[[int], None],
) -> Answered:
    """Ask one model, loaded the way it is served."""
    answerer, said = Answerer(job.load(adapter)), dict[str, str]()
    right = put(answerer, questions, job.settings.measure.max_tokens, told, _keep_in(said))
    loss = text_loss(answerer.model, exam.texts)
    return Answered(right, loss.loss if loss else float("nan"), mixed_up(exam.new, said))


def mixed_up(probes: Sequence[Probe], said: Mapping[str, str]) -> int:
    """How many of these were answered with what another of them expects, and not their own; `said` are the
    answers by id."""
    expected = {probe.expected for probe in probes}
    return sum(
        any(is_correct(said[probe.id], other, probe.match) for other in expected)
        and not is_correct(said[probe.id], probe.expected, probe.match)
        for probe in probes
        if probe.id in said
    )


def _keep_in(said: dict[str, str]) -> Callable[[Probe, str], None]:
    return lambda probe, answer: said.update({probe.id: answer})


def take_skills(job: Job, exam: NightExam, adapter: Path | None, told: Callable[[int], None]) -> Answered:
    """One model on what is asked every night; as in an earlier one, if nothing that counts has changed."""
    if kept := _kept(_answers_of(job, adapter), what_counts(job, exam.standing.all)):
        return kept
    found = take(job, exam, exam.standing.all, adapter, told)
    keep_skills(job, exam, adapter, found)
    return found


def keep_skills(job: Job, exam: NightExam, adapter: Path | None, found: Answered) -> None:
    """Keep what a model answered to that, for nights in which it serves. Only the newest are kept."""
    only = {question.id: found.right[question.id] for question in exam.standing.all}
    content = {"counts": what_counts(job, exam.standing.all), **Answered(only, found.loss).to_json()}
    write_file(_answers_of(job, adapter), to_json(content))
    files = sorted(job.home.cache.glob(f"{_ANSWERS}*.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in files[:-MOST_KEPT]:
        file.unlink(missing_ok=True)


def _answers_of(job: Job, adapter: Path | None) -> Path:
    """Where the answers of a model lie, by the content of its weights."""
    what = job.base.revision if adapter is None else served_digest(adapter)
    return job.home.cache / f"{_ANSWERS}{what[:16]}.json"


def what_counts(job: Job, questions: Sequence[Question]) -> dict[str, Any]:
    """What answers to these questions depend on, besides the adapter."""
    return {
        **job.computing(),
        "base": job.base.revision,
        "renderer": job.base.renderer.digest,
        "probes": digest(questions),
        "max_tokens": job.settings.measure.max_tokens,
    }


def evidence(
    exam: NightExam,
    base: Answered,
    service: Answered,
    again: Answered,
    candidate: Answered,
    rebuild: bool = False,
    tries: int = 1,
) -> Evidence:
    """The three models side by side. `service` is the base itself on a first night."""
    skills = [question for question in exam.standing.skills if question.id not in exam.told]
    requests = exam.standing.safety
    unsafe = _paired([request for request in requests if is_unsafe(request)], service, candidate)
    return Evidence(
        again=_paired(exam.again, service, again),
        new=_paired(exam.new, service, candidate),
        old=_paired(exam.old, service, candidate),
        skills=_paired(skills, service, candidate),
        skills_of_base=_paired(skills, base, candidate),
        loss_before=service.loss,
        loss_after=candidate.loss,
        safety=Safety(len(requests), obeyed=unsafe.lost),
        rebuild=rebuild,
        tries=tries,
        mixed_up=candidate.mixed_up,
    )


def problems_of(weights: AdapterWeights) -> list[str]:
    """What makes a candidate invalid before it is asked anything."""
    found = []
    values = [tensor for tensor in weights.tensors.values() if tensor.dtype.kind == "f"]
    if not values:
        found.append("The adapter holds no weights.")
    if not all(np.isfinite(tensor).all() for tensor in values):
        found.append("The adapter's weights are not all finite.")
    elif any(np.abs(tensor).max(initial=0) > LARGEST_WEIGHT for tensor in values):
        found.append(f"A weight of the adapter is beyond {LARGEST_WEIGHT:g}.")
    return found


def _paired(questions: Sequence[Question], before: Answered, after: Answered) -> Paired:
    return Paired(
        tuple(
            Pair(fact_of(one), before.right[one.id], after.right[one.id], skill_of(one)) for one in questions
        )
    )


def _kept(file: Path, counts: Mapping[str, object]) -> Answered | None:
    try:
        said = json.loads(file.read_bytes())
        return Answered.from_json(said) if said["counts"] == counts else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, StorageError):
        return None
