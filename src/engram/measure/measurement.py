"""One model, with or without an adapter, through one exam: every answer kept, and what follows from them.

Not here: comparing two measurements (comparison.py). Asking goes through the Answerer, so what is measured is
what is served; batching is the backend's.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engram.answer.answerer import Answer, Answerer
from engram.config import MeasureSettings
from engram.errors import UsageError
from engram.measure.metrics import (
    Latency,
    Loss,
    answer_loss,
    is_correct,
    is_strict,
    latency,
    rephrasing_consistency,
    sampled_consistency,
    text_loss,
)
from engram.measure.probes import SPLITS, Probe, probe_digest, subset
from engram.types import Sampling

LATENCY_PROBES = 20
Progress = Callable[[str, int, int], None]
"""Called with the name of a phase, how many of its items are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Result:
    """One probe and the greedy answer to it. `seconds` is the answer's share of its batch."""

    probe: Probe
    answer: str
    correct: bool
    strict: bool
    tokens: int
    seconds: float
    finish_reason: str

    def to_json(self) -> dict[str, Any]:
        """What was answered; the probe itself is told apart by its id."""
        names = ("answer", "correct", "strict", "tokens", "seconds", "finish_reason")
        return {"id": self.probe.id} | {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Consistency:
    """Shares from 0 to 1, each with how often it was also right; None where no pattern has two wordings.

    `sampled`: k runs at a temperature over `probes` questions; `sampled_correct`: share of those answers
    that are right. `rephrased`: over `patterns` with two wordings or more; `rephrased_correct`: share of
    those whose most common answer is right. Sameness alone is no merit, so both stand side by side.
    """

    sampled: float
    sampled_correct: float
    probes: int
    runs: int
    temperature: float
    rephrased: float | None
    rephrased_correct: float | None
    patterns: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that was seen of one model in one exam. Speeds are tokens/s, memory is bytes."""

    base: str
    revision: str
    adapter: str | None
    device: str
    dtype: str
    renderer_digest: str
    exam_digest: str
    results: tuple[Result, ...]
    consistency: Consistency
    latency: Latency
    tokens_per_second: float
    text_loss: Loss | None
    answer_loss: Mapping[str, Loss | None]
    peak_memory_bytes: int

    def of(self, *splits: str) -> tuple[Result, ...]:
        """The results of some splits, in the order of the exam."""
        return tuple(result for result in self.results if result.probe.split in splits)

    def summary(self) -> dict[str, Any]:
        """Plain values without the single answers; numbers that are not finite become None."""
        values = {
            name: getattr(self, name) for name in ("base", "revision", "adapter", "device", "dtype")
        } | {
            "renderer_digest": self.renderer_digest,
            "exam_digest": self.exam_digest,
            "splits": {split: _shares(self.of(split)) for split in SPLITS},
            "categories": _grouped(self.of("recall", "rephrased", "unseen")),
            "skills": _grouped(self.of("retention")),
            "consistency": asdict(self.consistency),
            "latency_ms": asdict(self.latency),
            "tokens_per_second": self.tokens_per_second,
            "held_out_text": asdict(self.text_loss) if self.text_loss else None,
            "expected_answers": {
                name: asdict(loss) if loss else None for name, loss in self.answer_loss.items()
            },
            "peak_memory_bytes": self.peak_memory_bytes,
        }
        return dict(_finite(values))

    def to_json(self) -> dict[str, Any]:
        """The summary and every answer."""
        return self.summary() | {"results": [_finite(result.to_json()) for result in self.results]}


def measure(
    answerer: Answerer,
    probes: Sequence[Probe],
    texts: Sequence[str] = (),
    settings: MeasureSettings | None = None,
    progress: Progress = lambda phase, done, total: None,
    adapter: str | None = None,
) -> Measurement:
    """Ask every probe greedily, then measure consistency, latency and loss.

    `adapter` names what the answerer wears, for the record. Raises UsageError if there are no probes, or
    where a prompt fills the model's context.
    """
    if not probes:
        raise UsageError("There is nothing to measure: no probes were given.")
    settings = settings or MeasureSettings()
    limit = _token_limit(answerer, probes, settings)
    model, base = answerer.model, answerer.model.base

    progress("answers", 0, len(probes))
    results = _ask_all(answerer, probes, limit)
    progress("answers", len(probes), len(probes))
    consistency = _consistency(answerer, results, settings, limit, progress)
    speed = _latency(answerer, probes, limit, progress)
    progress("loss", 0, 1)
    by_split = {split: [p for p in probes if p.split == split] for split in SPLITS}
    losses: dict[str, Loss | None] = {
        split: answer_loss(model, members) for split, members in by_split.items() if members
    }
    on_texts = text_loss(model, texts)
    progress("loss", 1, 1)

    return Measurement(
        base=base.id,
        revision=base.revision,
        adapter=adapter,
        device=model.device,
        dtype=model.dtype,
        renderer_digest=base.renderer.digest,
        exam_digest=_exam_digest(probes, texts, limit, settings),
        results=results,
        consistency=consistency,
        latency=speed,
        tokens_per_second=_rate(results),
        text_loss=on_texts,
        answer_loss=losses,
        peak_memory_bytes=model.peak_memory_bytes(),
    )


def _token_limit(answerer: Answerer, probes: Sequence[Probe], settings: MeasureSettings) -> int:
    """No expected output may be cut short; one more token leaves room to stop."""
    encode = answerer.model.base.renderer.tokenizer.encode
    return max(settings.max_tokens, 1 + max(len(encode(probe.expected)) for probe in probes))


def _ask_all(answerer: Answerer, probes: Sequence[Probe], limit: int) -> tuple[Result, ...]:
    answers = answerer.answer_all([probe.messages for probe in probes], Sampling(max_tokens=limit))
    return tuple(_judge(probe, answer) for probe, answer in zip(probes, answers, strict=True))


def _judge(probe: Probe, answer: Answer) -> Result:
    return Result(
        probe=probe,
        answer=answer.text,
        correct=is_correct(answer.text, probe.expected, probe.match),
        strict=is_strict(answer.text, probe.expected),
        tokens=answer.tokens,
        seconds=answer.seconds,
        finish_reason=answer.finish_reason,
    )


def _consistency(
    answerer: Answerer, results: Sequence[Result], settings: MeasureSettings, limit: int, progress: Progress
) -> Consistency:
    """Sampled on recall probes, for they are what was taught (on all probes where there are none)."""
    asked = [result.probe for result in results]
    recall = [probe for probe in asked if probe.split == "recall"]
    sample = subset(recall or asked, settings.consistency_probes)
    runs: list[list[str]] = [[] for _ in sample]
    for seed in range(settings.consistency_runs):
        progress("consistency", seed, settings.consistency_runs)
        sampling = Sampling(max_tokens=limit, temperature=settings.consistency_temperature, seed=seed)
        for texts, answer in zip(
            runs, answerer.answer_all([p.messages for p in sample], sampling), strict=True
        ):
            texts.append(answer.text)
    progress("consistency", settings.consistency_runs, settings.consistency_runs)
    right = [
        is_correct(text, p.expected, p.match) for p, texts in zip(sample, runs, strict=True) for text in texts
    ]
    groups = _wordings(results)
    return Consistency(
        sampled=sampled_consistency(runs),
        sampled_correct=sum(right) / len(right),
        probes=len(sample),
        runs=settings.consistency_runs,
        temperature=settings.consistency_temperature,
        rephrased=rephrasing_consistency([[r.answer for r in group] for group in groups]) if groups else None,
        rephrased_correct=sum(map(_modal_is_right, groups)) / len(groups) if groups else None,
        patterns=len(groups),
    )


def _wordings(results: Iterable[Result]) -> list[list[Result]]:
    """Greedy answers to the untrained wordings of each pattern that has two or more."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.probe.split == "rephrased":
            groups[result.probe.cluster].append(result)
    return [group for group in groups.values() if len(group) > 1]


def _modal_is_right(group: Sequence[Result]) -> bool:
    texts = [result.answer.strip() for result in group]
    return group[max(range(len(texts)), key=lambda i: texts.count(texts[i]))].correct


def _latency(answerer: Answerer, probes: Sequence[Probe], limit: int, progress: Progress) -> Latency:
    """Single answers to a fixed sample; the first one is asked twice, and its first time is warm-up."""
    sample = subset(probes, LATENCY_PROBES)
    answers = []
    for number, probe in enumerate((sample[0], *sample)):
        answers.append(answerer.answer(probe.messages, Sampling(max_tokens=limit)))
        progress("latency", number, len(sample))
    timed = answers[1:]
    return latency([answer.seconds for answer in timed], [answer.tokens for answer in timed])


def _rate(results: Sequence[Result]) -> float:
    seconds = sum(result.seconds for result in results)
    return sum(result.tokens for result in results) / seconds if seconds > 0 else 0.0


def _exam_digest(probes: Sequence[Probe], texts: Sequence[str], limit: int, settings: MeasureSettings) -> str:
    """sha256 over everything that must be equal on both sides of a comparison."""
    sampled = (settings.consistency_runs, settings.consistency_temperature, settings.consistency_probes)
    exam = json.dumps([probe_digest(probes), list(texts), limit, sampled])
    return hashlib.sha256(exam.encode()).hexdigest()


def _shares(results: Sequence[Result]) -> dict[str, Any]:
    n = len(results)
    if not n:
        return {"n": 0, "accuracy": None, "strict": None}
    right, strict = sum(r.correct for r in results), sum(r.strict for r in results)
    return {"n": n, "accuracy": right / n, "strict": strict / n}


def _grouped(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.probe.category].append(result)
    return {name: _shares(groups[name]) for name in sorted(groups)}


def _finite(value: Any) -> Any:
    """JSON has no infinity and no NaN."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
