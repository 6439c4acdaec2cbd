"""One model, with or without an adapter, through one exam: every answer kept, and what follows from them.

Not here: comparing two measurements (comparison.py). Asking goes through the Answerer, so what is measured is
what is served; batching is the backend's.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from engram.answer.answerer import Answerer
from engram.config import MeasureSettings
from engram.errors import UsageError
from engram.measure.asking import Result, ask, judged
from engram.measure.consistency import Consistency, consistency
from engram.measure.metrics import Latency, Loss, answer_loss, latency, text_loss
from engram.measure.probes import SPLITS, Probe, probe_digest, subset
from engram.measure.speed import SPEED_PROMPTS, DecodingSpeed, decoding_speeds

LATENCY_PROBES = 20
Progress = Callable[[str, int, int], None]
"""Called with the name of a phase, how many of its items are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that was seen of one model in one exam.

    `exam_seconds` is what the whole exam took; it depends on how long the answers are, `decoding` does not.
    `peak_memory_bytes` is the device's since the model was loaded; on a CPU it is this process's so far,
    with all that it did before, so it says nothing about one of two models.
    """

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
    decoding: DecodingSpeed
    exam_seconds: float
    text_loss: Loss | None
    answer_loss: Mapping[str, Loss | None]
    peak_memory_bytes: int

    @property
    def peak_memory_of(self) -> str:
        return "this process so far" if self.device == "cpu" else "the device since the model was loaded"

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
            "overall": _shares(self.results),
            "splits": {split: _shares(self.of(split)) for split in SPLITS},
            "categories": _grouped(self.of("recall", "rephrased", "unseen")),
            "skills": _grouped(self.of("retention")),
            "consistency": asdict(self.consistency),
            "latency_ms": asdict(self.latency),
            "tokens_per_second": self.decoding.tokens_per_second,
            "decoding": asdict(self.decoding),
            "exam_seconds": self.exam_seconds,
            "held_out_text": asdict(self.text_loss) if self.text_loss else None,
            "expected_answers": {
                name: asdict(loss) if loss else None for name, loss in self.answer_loss.items()
            },
            "peak_memory_bytes": self.peak_memory_bytes,
            "peak_memory_of": self.peak_memory_of,
        }
        return dict(finite(values))

    def to_json(self) -> dict[str, Any]:
        """The summary and every answer."""
        return self.summary() | {"results": [finite(result.to_json()) for result in self.results]}


def measure(
    answerer: Answerer,
    probes: Sequence[Probe],
    texts: Sequence[str] = (),
    settings: MeasureSettings | None = None,
    progress: Progress = lambda phase, done, total: None,
    adapter: str | None = None,
) -> Measurement:
    """Ask every probe greedily, then measure consistency, latency, speed and loss.

    `adapter` names what the answerer wears, for the record. Raises UsageError if there are no probes, or
    where a prompt fills the model's context.
    """
    if not probes:
        raise UsageError("There is nothing to measure: no probes were given.")
    settings = settings or MeasureSettings()
    model, base = answerer.model, answerer.model.base
    started = time.perf_counter()
    results = _results(answerer, probes, settings, progress)
    return Measurement(
        base=base.id,
        revision=base.revision,
        adapter=adapter,
        device=model.device,
        dtype=model.dtype,
        renderer_digest=base.renderer.digest,
        exam_digest=_exam_digest(probes, texts, settings),
        results=results,
        consistency=consistency(answerer, results, settings, partial(progress, "consistency")),
        latency=_latency(answerer, probes, settings.max_tokens, progress),
        decoding=_decoding(answerer, probes, progress),
        text_loss=text_loss(model, texts),
        answer_loss=_losses(answerer, probes, progress),
        peak_memory_bytes=model.peak_memory_bytes(),
        exam_seconds=time.perf_counter() - started,
    )


def _results(
    answerer: Answerer, probes: Sequence[Probe], settings: MeasureSettings, progress: Progress
) -> tuple[Result, ...]:
    progress("answers", 0, len(probes))
    answers = ask(answerer, probes, settings.max_tokens)
    progress("answers", len(probes), len(probes))
    return tuple(map(judged, probes, answers))


def _losses(answerer: Answerer, probes: Sequence[Probe], progress: Progress) -> dict[str, Loss | None]:
    """Loss on the expected answers, for each split that was asked."""
    by_split = {split: [p for p in probes if p.split == split] for split in SPLITS}
    losses: dict[str, Loss | None] = {}
    for number, (split, members) in enumerate(by_split.items(), 1):
        if members:
            losses[split] = answer_loss(answerer.model, members)
        progress("loss", number, len(by_split))
    return losses


def _latency(answerer: Answerer, probes: Sequence[Probe], most: int, progress: Progress) -> Latency:
    """Single answers to a fixed sample; the first one is asked twice, and its first time is warm-up."""
    sample = subset(probes, LATENCY_PROBES)
    seconds = []
    for number, probe in enumerate((sample[0], *sample)):
        seconds.append(ask(answerer, [probe], most)[0].seconds)
        progress("latency", number, len(sample))
    return latency(seconds[1:])


def _decoding(answerer: Answerer, probes: Sequence[Probe], progress: Progress) -> DecodingSpeed:
    """Of the bare model: processors that the answerer may have are not part of its speed."""
    progress("speed", 0, 1)
    render = answerer.model.base.renderer.prompt
    prompts = [render(probe.messages) for probe in subset(probes, SPEED_PROMPTS)]
    speed = decoding_speeds([answerer.model], prompts)[0]
    progress("speed", 1, 1)
    return speed


def _exam_digest(probes: Sequence[Probe], texts: Sequence[str], settings: MeasureSettings) -> str:
    """sha256 over everything that must be equal on both sides of a comparison."""
    sampled = (settings.consistency_runs, settings.consistency_temperature, settings.consistency_probes)
    exam = json.dumps([probe_digest(probes), list(texts), settings.max_tokens, sampled])
    return hashlib.sha256(exam.encode()).hexdigest()


def _shares(results: Sequence[Result]) -> dict[str, Any]:
    """`strict` answers equal what was expected; `stopped` ones ended with the stop token."""
    n = len(results)
    if not n:
        return {"n": 0, "accuracy": None, "strict": None, "stopped": None}
    return {
        "n": n,
        "accuracy": sum(r.correct for r in results) / n,
        "strict": sum(r.strict for r in results) / n,
        "stopped": sum(r.stopped for r in results) / n,
    }


def _grouped(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.probe.category].append(result)
    return {name: _shares(groups[name]) for name in sorted(groups)}


def finite(value: Any) -> Any:
    """Plain values as JSON can hold them: it has no infinity and no NaN, so these become None."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
