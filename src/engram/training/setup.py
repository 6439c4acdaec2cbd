"""What a training run is made from: the session's spec, the plan, and what identifies the run.

Not here: running it (loop.py).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engram.backends.base import AdapterSpec, TrainSpec
from engram.config import TrainSettings
from engram.training.examples import digest_examples
from engram.training.plan import Plan
from engram.training.state import TrainingSet
from engram.training.stopping import AutoRule


def train_spec(settings: TrainSettings) -> TrainSpec:
    """The part of the settings that a session needs."""
    shape = AdapterSpec(
        settings.rank, settings.alpha, settings.dropout, settings.num_layers, settings.target_modules
    )
    return TrainSpec(
        shape,
        settings.weight_decay,
        settings.clip_norm,
        settings.anchor_weight,
        settings.grad_checkpoint,
        settings.seed,
    )


def make_plan(data: TrainingSet, settings: TrainSettings) -> Plan:
    lengths = tuple(len(example.ids) for example in data.train)
    return Plan(lengths, len(data.replay), settings.batch_size, settings.replay, settings.seed)


def run_identity(data: TrainingSet, settings: TrainSettings, rule: AutoRule, **others: str) -> dict[str, Any]:
    """What must be equal for a run to be resumed; `others` name base, renderer, program version..."""
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
