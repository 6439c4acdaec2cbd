"""What a training run is made from: the session's spec, the plan, and what identifies the run.

Not here: running it (loop.py).
"""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

from engram.backends.base import AdapterSpec, ConditionalSpec, TrainSpec
from engram.config import TrainSettings
from engram.training.examples import digest_examples
from engram.training.plan import Plan
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule


def train_spec(settings: TrainSettings, conditional: ConditionalSpec | None = None) -> TrainSpec:
    """The part of the settings that a session needs; `conditional` is the memory module that the rows ask
    for, where one is to be trained."""
    return TrainSpec(
        adapter=AdapterSpec(**_shared(settings, AdapterSpec)),
        conditional=conditional,
        **_shared(settings, TrainSpec),
    )


def _shared(settings: TrainSettings, spec: type[AdapterSpec] | type[TrainSpec]) -> dict[str, Any]:
    """The settings that a spec has under the same name: all but what is nested in it."""
    names = {field.name for field in fields(spec)} - {"adapter", "conditional"}
    return {name: getattr(settings, name) for name in names}


def make_plan(data: TrainingSet, settings: TrainSettings) -> Plan:
    lengths = tuple(len(example.ids) for example in data.train)
    return Plan(lengths, len(data.replay), settings.batch_size, settings.replay, settings.seed)


def tokens_per_pass(data: TrainingSet, settings: TrainSettings) -> int:
    """Tokens of one pass, padding not counted; replay rows, which differ from pass to pass, at their mean."""
    taught = sum(len(example.ids) for example in data.train)
    if not data.replay:
        return taught
    mean = sum(len(example.ids) for example in data.replay) / len(data.replay)
    return taught + round(settings.replay * len(data.train) * mean)


def planned_steps(plan: Plan, data: TrainingSet, settings: TrainSettings, rule: AutoRule) -> tuple[int, bool]:
    """The last step as the loop will have it, and whether the run may end earlier."""
    if settings.epochs is not None:
        return max(1, math.ceil(settings.epochs * plan.steps_per_pass)), False
    if settings.iters == "auto":
        return rule.cap(plan.steps_per_pass, tokens_per_pass(data, settings)).steps, True
    return settings.iters, False


def run_identity(data: TrainingSet, settings: TrainSettings, rule: AutoRule, **others: str) -> dict[str, Any]:
    """What must be equal for a run to be resumed; `others` name base, renderer, device, number type..."""
    return {
        "settings": settings.model_dump(mode="json"),
        "auto": asdict(rule),
        "plan": make_plan(data, settings).digest,
        "data": {
            "train": digest_examples(data.train),
            "valid": digest_examples(data.valid),
            "replay": digest_examples(data.replay),
        },
        **others,
    }
